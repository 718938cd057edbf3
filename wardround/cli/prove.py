"""`wardround prove`: ask the real thing, and say what it answered."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from wardround.cli import session
from wardround.cli.display import RunDisplay
from wardround.cli.options import inventory_option, json_option, today_option
from wardround.cli.prove_live import prove_live
from wardround.cli.prove_network import prove_network
from wardround.cli.warn import load_and_warn
from wardround.clinical.answered import EVERY_DESK
from wardround.evidence.check import Check
from wardround.exit_codes import BAD_INPUT, DONE, FAILED
from wardround.intent import Intent, IntentError
from wardround.rollout.request import TARGET_GROUP
from wardround.run import asking
from wardround.run.store import Store

_SHOWN = 40
_NETWORK = "network"


@click.command()
@click.argument("what", metavar="PRODUCT|print_client|time_client|clinical|network")
@inventory_option
@click.option(
    "--limit",
    default="",
    metavar="HOSTS",
    help="Only these machines, as Ansible's --limit; of network, these zones by commas.",
)
@click.option("--live", is_flag=True, help="Of network: ask from the hospital's own machines instead of a twin.")
@today_option
@json_option
def prove(what: str, inventory: Path, limit: str, live: bool, today: datetime.date, as_json: bool) -> None:
    """Ask the questions of PRODUCT from every machine that has it, or walk the patient's journey (clinical).

    print_client and time_client ask of every desk whether it prints and whether its clock is right; network builds the
    network's twin and asks with real packets who reaches whom; with --live the machines themselves ask.
    """
    try:
        intent = load_and_warn(inventory, today)
    except IntentError as error:
        session.end(BAD_INPUT, "\n".join(str(problem) for problem in error.problems), as_json)
    console = Console(stderr=as_json, highlight=False)
    if live and what != _NETWORK:
        session.end(
            BAD_INPUT, f"--live: found with {what}, allowed with {_NETWORK}: the others always ask live", as_json
        )
    if live:
        prove_live(intent, inventory, limit, console, as_json)
    if what == _NETWORK:
        prove_network(intent, limit, console, as_json)
    clinical = what == asking.CLINICAL
    session.need_playbook("prove_clinical.yml" if clinical else "prove_product.yml", as_json)
    store = session.open_store(as_json)
    try:
        if clinical:
            _clinical(store, intent, inventory, limit, console, as_json)
        else:
            _product(store, intent, what, inventory, limit, console, as_json)
    except KeyboardInterrupt:
        session.end(FAILED, "left: what was begun is asked, cleaned up and recorded without us", as_json)


def _product(
    store: Store, intent: Intent, product: str, inventory: Path, limit: str, console: Console, as_json: bool
) -> None:
    known = sorted({*intent.releases.products, *EVERY_DESK})
    if product not in known:
        what = ", ".join([*known, asking.CLINICAL])
        session.end(BAD_INPUT, f"no product {product}; {what} or {_NETWORK} can be proved", as_json)
    having = _having(intent, product)
    if not having and product in EVERY_DESK:
        where = f"no workstation has {EVERY_DESK[product]}"
        session.end(BAD_INPUT, f"{where}: there is nothing to ask of {product}", as_json)
    if not having:
        session.end(BAD_INPUT, f"no host has {product} in its `clients`, and none is in group {product}s", as_json)
    answered = asking.ask(store, product, having, limit, inventory, RunDisplay(store, console))
    if not as_json and answered.proofs:
        console.print(_checks(answered.proofs))
    if unmet := sorted(host for host, reason in answered.silent.items() if reason == asking.NOT_REACHED):
        console.print(Text(f"  not reached: {', '.join(unmet[:_SHOWN])}", "red"), soft_wrap=True)
    proved = sum(all(check.ok for check in checks) for checks in answered.proofs.values())
    asked = len(answered.proofs) + len(answered.silent)
    if not asked:
        where = f"no machine of --limit {limit} that has {product}" if limit else "no machine"
        session.end(FAILED, f"{where} was asked: see {answered.output}", as_json, hosts={})
    hosts = {host: [check.as_dict() for check in checks] for host, checks in sorted(answered.proofs.items())}
    sentence = f"{product}: {proved} of {asked} machines proved"
    session.end(DONE if answered.ok else FAILED, sentence, as_json, hosts=hosts, silent=answered.silent)


def _having(intent: Intent, product: str) -> list[str]:
    """The machines that playbooks/prove_product.yml does not leave out."""
    desks, whom = intent.groups.get(TARGET_GROUP, ()), EVERY_DESK.get(product, "")
    return [
        name
        for name, host in intent.hosts.items()
        if product in host.clients or f"{product}s" in host.groups or (name in desks and host.vars.get(whom))
    ]


def _checks(proofs: dict[str, list[Check]]) -> Table:
    """A row a machine and a column a check, those that failed first."""
    names = list(dict.fromkeys(check.name for checks in proofs.values() for check in checks))
    table = Table(box=None)
    for heading in ("machine", *names, "seconds"):
        table.add_column(heading)
    order = sorted(proofs, key=lambda host: (all(check.ok for check in proofs[host]), host))
    for host in order[:_SHOWN]:
        by_name = {check.name: check for check in proofs[host]}
        cells = [_cell(by_name.get(name)) for name in names]
        took = sum(check.seconds or 0 for check in proofs[host])
        table.add_row(host, *cells, f"{took:.1f}")
    if len(order) > _SHOWN:
        table.add_row(f"and {len(order) - _SHOWN} more")
    return table


def _cell(check: Check | None) -> Text:
    if check is None:
        return Text("–")
    if check.name == "version":
        return Text(check.found if check.ok else f"✗ {check.found[:24]}", "" if check.ok else "red")
    return Text("✓") if check.ok else Text("✗", "red")


def _clinical(store: Store, intent: Intent, inventory: Path, limit: str, console: Console, as_json: bool) -> None:
    if limit:
        session.end(BAD_INPUT, "the patient's journey is walked whole: no --limit", as_json)
    if intent.journey is None:
        home = inventory / "group_vars/all/journey.yml"
        session.end(BAD_INPUT, f"{home}: nothing says who takes part in the patient's journey", as_json)
    walked = asking.walk(store, inventory, RunDisplay(store, console))
    if not walked.steps:
        session.end(FAILED, f"the journey recorded no step: see {walked.output}", as_json, steps=[])
    if not as_json:
        console.print(_steps(walked.steps))
    took = sum(step["seconds"] or 0 for step in walked.steps)
    done = sum(bool(step["ok"]) for step in walked.steps)
    sentence = f"the patient's journey: {done} of {len(walked.steps)} steps proved, {took:.1f} s"
    if broken := next((step for step in walked.steps if not step["ok"]), None):
        sentence += f"; {broken['name']} at {broken['host']} failed: {broken['found']}"
        sentence += f"; likely cause: {broken['cause']}" if broken.get("cause") else ""
    session.end(DONE if walked.ok else FAILED, sentence, as_json, steps=walked.steps)


def _steps(steps: list[dict[str, Any]]) -> Table:
    table = Table(box=None)
    for heading in ("", "step", "at", "seconds", "found"):
        table.add_column(heading)
    for step in steps:
        mark = Text("✓") if step["ok"] else Text("✗", "red")
        took = "" if step["seconds"] is None else f"{step['seconds']:.1f}"
        table.add_row(mark, Text(step["name"]), step["host"], took, Text(str(step["found"])[:80]))
    return table
