"""`wardround resume`: the way out of a halt."""

from __future__ import annotations

import click

from wardround.cli import session
from wardround.cli.options import json_option
from wardround.exit_codes import DONE
from wardround.run import journal


@click.command()
@json_option
def resume(as_json: bool) -> None:
    """Lift every halt. Roll-outs go on with `wardround apply`."""
    lifted = journal.lift_halt(session.open_store(as_json))
    session.end(DONE, f"{lifted} halts lifted" if lifted else "nothing was halted", as_json)
