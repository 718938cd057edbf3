"""`wardround prove network --live`: the network, asked from the hospital's own machines."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

from rich.console import Console

from wardround.cli import session
from wardround.cli.display import RunDisplay
from wardround.cli.network_table import WIDEST, matrix_table
from wardround.cli.proving_network import Subject, list_wrong, record, subject
from wardround.exit_codes import DONE, FAILED
from wardround.intent import Intent
from wardround.network import live
from wardround.network.matrix import compare, expectations
from wardround.run import live_proof
from wardround.run.network_proof import Proof
from wardround.run.store import Store


def prove_live(intent: Intent, inventory: Path, limit: str, console: Console, as_json: bool) -> NoReturn:
    """Have the machines ask everything, record it, say what is wrong, end with the exit code."""
    planned = subject(intent, limit, as_json)
    session.need_playbook(live_proof.PLAYBOOK, as_json)
    store = session.open_store(as_json)
    real = live.wire_live(planned.wiring, planned.network, intent.hosts)
    nobody = live.silent(real, sorted(planned.wiring.machines.keys() - planned.network.zones.keys()))
    asked = Subject(planned.network, real, expectations(planned.network, real), planned.models)
    try:
        proof, hosts = _ask(asked, nobody, store, inventory, console)
    except KeyboardInterrupt:
        session.end(FAILED, "left: the machines end by themselves, nothing is proved", as_json)
    record(store, intent, asked, "live", limit, proof, as_json)
    if not as_json and len(asked.wiring.listeners) <= WIDEST:
        console.print(matrix_table(asked, set(proof.services.wrong)))
    if not as_json:
        list_wrong(console, proof.sentences)
    counted = f"{proof.services.proved} of {len(asked.expected)} questions answered as intended"
    apart = f"{len(proof.leaks)} faults" if proof.leaks else "VLANs apart"
    session.end(
        DONE if proof.ok else FAILED,
        f"{intent.hospital.name.en}, live: {counted}, asked from {hosts} machines, {apart}",
        as_json,
        questions=len(asked.expected),
        proved=proof.services.proved,
        leaks=list(proof.leaks),
        mismatches=list(proof.services.mismatches),
        inconclusive=list(proof.services.inconclusive),
    )


def _ask(asked: Subject, nobody: list[str], store: Store, inventory: Path, console: Console) -> tuple[Proof, int]:
    """The proof, and how many machines took part. What is not as it must be is asked once more."""
    real, expected = asked.wiring, asked.expected
    display, firewalls = RunDisplay(store, console), asked.models.firewalls.values()
    answered = live_proof.ask(store, inventory, live.questions(real, expected, everybody=True), display)
    hosts = len(answered.answers)
    seen, leaks = live.seen(real, expected, answered.answers), live.apart(real, answered.answers)
    wrong = compare(expected, seen, real, firewalls).wrong
    if wrong or leaks:
        console.print(f"  {len(wrong) + len(leaks)} not as intended: asked once more, for a busy machine loses packets")
        again = live.questions(real, wrong, everybody=bool(leaks))
        answered = live_proof.ask(store, inventory, again, display)
        seen |= live.seen(real, wrong, answered.answers)
        leaks = live.apart(real, answered.answers) if leaks else []
    missing = [f"{host} brought no answers: see {answered.output}" for host in answered.missing]
    verdict = compare(expected, seen, real, firewalls)
    return Proof(leaks=(*leaks, *nobody, *missing), services=verdict), hosts
