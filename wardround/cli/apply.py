"""`wardround apply`: the next waves of an approved plan, up to a gate that holds."""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from wardround.cli import session
from wardround.cli.options import inventory_option, json_option, today_option
from wardround.cli.warn import warn_only
from wardround.exit_codes import BAD_INPUT, DONE
from wardround.run import admission, journal
from wardround.run.rollout import Rollout


@click.command()
@click.argument("plan", type=click.Path(path_type=Path))
@inventory_option
@click.option("--through", metavar="WAVE", help="End after this wave, for example wave_02.")
@click.option("--no-wait", is_flag=True, help="Hold where a machine is in use, instead of waiting for its user.")
@click.option("--unreviewed", metavar="REASON", help="Apply a plan that is not approved; the reason is recorded.")
@today_option
@json_option
def apply(
    plan: Path,
    inventory: Path,
    through: str | None,
    no_wait: bool,
    unreviewed: str | None,
    today: datetime.date,
    as_json: bool,
) -> None:
    """Apply PLAN wave by wave. Start it again after any interruption: it observes, heals and goes on.

    Ctrl-C ends it after the hosts in flight, a second one at once.
    """
    store = session.open_store(as_json)
    try:
        read = admission.check_plan(plan, inventory, unreviewed)
    except admission.RefusedError as error:
        session.end(error.exit_code, str(error), as_json)
    names = [wave.name for wave in read.waves]
    if through is not None and through not in names:
        session.end(BAD_INPUT, f"--through {through}: {plan} has {', '.join(names)}", as_json)
    warn_only(inventory, today)
    with session.rollout(store, read, plan, inventory, unreviewed, as_json) as opened:
        journal.begin_rollout(store, read, str(plan), plan.read_text(encoding="utf-8"), unreviewed)
        outcome = Rollout(opened.standing, opened.acts, not no_wait).apply(through)
    if outcome.exit_code == DONE and through is None and not as_json:
        print(f"Make it the current version: releases.products.{read.product}.current: {read.to_version}")
    session.finish(outcome, as_json)
