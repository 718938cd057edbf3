"""`wardround resume`: the way out of a halt."""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from wardround.cli import session
from wardround.cli.options import json_option, today_option, warned_inventory_option
from wardround.cli.warn import warn_only
from wardround.exit_codes import DONE
from wardround.run import journal


@click.command()
@warned_inventory_option
@today_option
@json_option
def resume(inventory: Path | None, today: datetime.date, as_json: bool) -> None:
    """Lift every halt. Roll-outs go on with `wardround apply`."""
    store = session.open_store(as_json)
    warn_only(inventory, today)
    lifted = journal.lift_halt(store)
    session.end(DONE, f"{lifted} halts lifted" if lifted else "nothing was halted", as_json)
