"""`wardround halt`: nothing begins any more."""

from __future__ import annotations

import click

from wardround.cli import session
from wardround.cli.options import json_option
from wardround.exit_codes import DONE
from wardround.run import journal


@click.command()
@click.argument("reason")
@json_option
def halt(reason: str, as_json: bool) -> None:
    """Stop every roll-out before its next host. Hosts in flight finish."""
    journal.halt(session.open_store(as_json), reason)
    session.end(DONE, "halted: no further host is begun; `wardround resume` lifts it", as_json)
