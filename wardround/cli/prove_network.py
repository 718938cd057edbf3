"""`wardround prove network`: the network in its twin, asked with real packets."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

from rich.console import Console
from rich.table import Table
from rich.text import Text

from wardround.cli import session
from wardround.cli.display import RunDisplay
from wardround.cli.proving_network import Bar, Subject, list_wrong, subject, told
from wardround.exit_codes import DONE, FAILED
from wardround.intent import Intent
from wardround.network import live, matrix
from wardround.run import live_proof, network_proof

_WIDEST = 24  # zones; a wider table is no picture any more


def prove_network(intent: Intent, limit: str, console: Console, as_json: bool) -> NoReturn:
    """Build the twin, ask everything, say what is wrong, end with the exit code."""
    asked = subject(intent, limit, as_json)
    with told(as_json), Bar(console) as progress:
        proof = network_proof.prove(asked.wiring, asked.expected, asked.models, progress)
    if not as_json and len(asked.wiring.listeners) <= _WIDEST:
        console.print(_matrix(asked, set(proof.services.wrong)))
    if not as_json:
        list_wrong(console, proof.sentences)
    counted = f"{proof.services.proved} of {len(asked.expected)} questions answered as intended"
    sockets = f"{len(asked.wiring.outlets)} sockets and {len(asked.wiring.cables)} trunks"
    apart = f"VLANs apart at {sockets}" if not proof.leaks else f"{len(proof.leaks)} faults at {sockets}"
    sentence = f"{intent.hospital.name.en}: {counted}, {apart}"
    if proof.blind:
        sentence += f"; {len(proof.blind)} questions failed the positive control, so nothing is proved of them"
    session.end(
        DONE if proof.ok else FAILED,
        sentence,
        as_json,
        questions=len(asked.expected),
        proved=proof.services.proved,
        control=list(proof.blind),
        leaks=list(proof.leaks),
        mismatches=list(proof.services.mismatches),
        inconclusive=list(proof.services.inconclusive),
        left_out=list(asked.wiring.blocked),
    )


def prove_live(intent: Intent, inventory: Path, limit: str, console: Console, as_json: bool) -> NoReturn:
    """Have the hospital's own machines ask everything, say what is wrong, end with the exit code."""
    network, wiring, models = (asked := subject(intent, limit, as_json)).network, asked.wiring, asked.models
    session.need_playbook(live_proof.PLAYBOOK, as_json)
    store = session.open_store(as_json)
    real = live.wire_live(wiring, network, intent.hosts)
    expected = matrix.expectations(network, real)
    display = RunDisplay(store, console)
    try:
        answered = live_proof.ask(store, inventory, live.questions(real, expected), display)
        seen, leaks = live.seen(real, expected, answered.answers), live.apart(real, answered.answers)
        wrong = matrix.compare(expected, seen, real, ()).wrong
        if wrong or leaks:
            count = len(wrong) + len(leaks)
            console.print(f"  {count} not as intended: asked once more, for a busy machine loses packets")
            answered = live_proof.ask(store, inventory, live.questions(real, wrong), display)
            seen |= live.seen(real, wrong, answered.answers)
            leaks = live.apart(real, answered.answers)
    except KeyboardInterrupt:
        session.end(FAILED, "left: the machines end by themselves, nothing is proved", as_json)
    verdict = matrix.compare(expected, seen, real, models.firewalls.values())
    nobody = live.silent(real, network)
    nobody += [f"{host} brought no answers: see {answered.output}" for host in answered.missing]
    if not as_json:
        console.print(_matrix(Subject(network, real, expected, models), set(verdict.wrong)))
        list_wrong(console, [*nobody, *leaks, *verdict.mismatches, *verdict.inconclusive])
    hosts = len(answered.answers)
    counted = f"{verdict.proved} of {len(expected)} questions answered as intended, asked from {hosts} machines"
    counted += f"; {len(leaks)} faults between VLANs" if leaks else ", VLANs apart"
    session.end(
        DONE if verdict.ok and not nobody and not leaks else FAILED,
        f"{intent.hospital.name.en}, live: {counted}",
        as_json,
        questions=len(expected),
        proved=verdict.proved,
        silent=nobody,
        leaks=leaks,
        mismatches=list(verdict.mismatches),
        inconclusive=list(verdict.inconclusive),
    )


def _matrix(asked: Subject, wrong: set[object]) -> Table:
    """Zone by zone: how many questions are allowed, and whether everything was as intended."""
    machines = asked.wiring.machines
    zones = list(asked.wiring.listeners)
    allowed: dict[tuple[str, str], int] = {}
    faulty: dict[tuple[str, str], int] = {}
    for probe, right in asked.expected.items():
        pair = machines[probe.source].zone, machines[probe.destination].zone
        if machines[probe.destination].firewall is None and pair[0] != pair[1]:
            allowed[pair] = allowed.get(pair, 0) + right.allowed
            faulty[pair] = faulty.get(pair, 0) + (probe in wrong)
    table = Table(box=None, title="from (row) to (column): ✓ allowed and reached, · denied, ✗ not as intended")
    table.add_column("")
    for zone in zones:
        table.add_column(zone)
    for source in zones:
        cells = [_cell(allowed.get((source, to)), faulty.get((source, to), 0)) for to in zones]
        table.add_row(source, *cells)
    return table


def _cell(allowed: int | None, faulty: int) -> Text:
    if allowed is None:
        return Text("")
    if faulty:
        return Text(f"✗ {faulty}", "red")
    return Text(f"✓ {allowed}") if allowed else Text("·")
