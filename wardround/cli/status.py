"""`wardround status`: where the roll-outs stand."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from wardround.cli import session
from wardround.cli.options import json_option, today_option, warned_inventory_option
from wardround.cli.warn import warn_only
from wardround.rollout.progress import MEANING
from wardround.run import network_record, past, rollouts


@click.command()
@warned_inventory_option
@click.option("--all", "everything", is_flag=True, help="Ended roll-outs too.")
@today_option
@json_option
def status(inventory: Path | None, everything: bool, today: datetime.date, as_json: bool) -> None:
    """Show each roll-out's waves, its hosts and what holds it."""
    store = session.open_store(as_json)
    warn_only(inventory, today)
    known = rollouts.every(store)
    found = known if everything else known[-1:]
    with store.read() as db:
        halted, network = past.halted(db), network_record.last_proved(db)
    if as_json:
        print(
            json.dumps(
                {"halted": halted, "network": network, "rollouts": [_as_dict(one) for one in found]}, ensure_ascii=False
            )
        )
        return
    console = Console(highlight=False)
    if halted:
        console.print(halted, style="bold red", markup=False, soft_wrap=True)
    if not found:
        console.print(
            "nothing has been rolled out yet: `wardround plan upgrade PRODUCT -o plans/X.plan.json`", markup=False
        )
    for one in found:
        plan = one.plan
        console.print(
            f"{plan.product} {plan.from_version} -> {plan.to_version}: {one.state} {one.reason}", markup=False
        )
        table = Table(box=None)
        for heading in ("wave", "host", "state", "why"):
            table.add_column(heading)
        for wave in plan.waves:
            for host in wave.hosts:
                here = one.hosts[host.name]
                table.add_row(wave.name, host.name, MEANING[here.state], here.reason)
        console.print(table)
        if one.plan.journey:
            console.print(f" the patient's journey: {_journey(one)}", markup=False, soft_wrap=True)
    if network:
        console.print(network, markup=False, soft_wrap=True)


def _journey(one: rollouts.RecordedRollout) -> str:
    if one.journey is None:
        return "not walked yet"
    return "proved" if one.journey.ok else f"failed: {one.journey.sentence}"


def _as_dict(one: rollouts.RecordedRollout) -> dict[str, object]:
    return {
        "id": one.id,
        "plan": one.plan_path,
        "product": one.plan.product,
        "from": one.plan.from_version,
        "to": one.plan.to_version,
        "state": one.state,
        "reason": one.reason,
        "journey": {"ok": one.journey.ok, "sentence": one.journey.sentence} if one.journey else None,
        "hosts": {host: {"state": here.state.value, "reason": here.reason} for host, here in one.hosts.items()},
    }
