"""`wardround rollback`: the recorded way back."""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from wardround.cli import session
from wardround.cli.options import inventory_option, json_option, today_option
from wardround.cli.warn import warn_only
from wardround.exit_codes import BAD_INPUT
from wardround.rollout import plan as plans
from wardround.run.way_back import roll_back


@click.command()
@click.argument("plan", type=click.Path(path_type=Path))
@click.argument("host", required=False)
@inventory_option
@click.option("--no-wait", is_flag=True, help="Do not wait for the users of machines in use.")
@today_option
@json_option
def rollback(plan: Path, host: str | None, inventory: Path, no_wait: bool, today: datetime.date, as_json: bool) -> None:
    """Take every host that PLAN changed (or one HOST) back to where it came from, last wave first.

    The way back was recorded with the change: it needs no new approval, and no halt stops it. A machine in use is
    asked again until its user has left.
    """
    store = session.open_store(as_json)
    try:
        read = plans.read(plan)
    except plans.PlanError as error:
        session.end(BAD_INPUT, str(error), as_json)
    planned = [one.name for wave in read.waves for one in wave.hosts]
    if host is not None and host not in planned:
        session.end(BAD_INPUT, f"{host} is not in {plan}; it has {', '.join(planned[:20])}", as_json)
    warn_only(inventory, today)
    with session.rollout(store, read, plan, inventory, None, as_json) as opened:
        outcome = roll_back(opened.standing, opened.acts, [host] if host else planned, not no_wait)
    session.finish(outcome, as_json)
