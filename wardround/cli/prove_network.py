"""`wardround prove network`: the network in its twin, asked with real packets."""

from __future__ import annotations

from typing import NoReturn

from rich.console import Console
from rich.table import Table
from rich.text import Text

from wardround.cli import session
from wardround.cli.proving_network import Bar, Subject, list_wrong, subject, told
from wardround.exit_codes import DONE, FAILED
from wardround.intent import Intent
from wardround.network import tally
from wardround.network.digest import intent_sha256
from wardround.run import git, network_proof, network_record
from wardround.run.network_proof import Proof
from wardround.run.store import Store, StoreError

_WIDEST = 24  # zones; a wider table is no picture any more


def prove_network(intent: Intent, limit: str, console: Console, as_json: bool) -> NoReturn:
    """Build the twin, ask everything, record it, say what is wrong, end with the exit code."""
    asked = subject(intent, limit, as_json)
    store = session.open_store(as_json)
    with told(as_json), Bar(console) as progress:
        proof = network_proof.prove(asked.wiring, asked.expected, asked.models, progress)
    try:
        _record(store, intent, asked, proof, limit)
    except StoreError as error:
        session.end(FAILED, f"the proof is not recorded: {error}", as_json)
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


def _record(store: Store, intent: Intent, asked: Subject, proof: Proof, limit: str) -> None:
    bound = network_record.Bound(
        intent_sha256(asked.network, intent.hosts),
        git.revision(intent.directory),
        len(asked.wiring.outlets),
        len(asked.wiring.cables),
    )
    command = f"wardround prove network -i {intent.directory}" + (f" --limit {limit}" if limit else "")
    pairs = tally.pairs(asked.wiring, asked.expected, proof.services, proof.unproved)
    faults = tally.faults(asked.wiring, proof.services, proof.unproved, proof.blind, proof.leaks)
    network_record.add_proof(store, "twin", command, bound, proof.ok, pairs, faults, len(proof.leaks))


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
