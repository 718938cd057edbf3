"""`wardround prove network`: the network in its twin, asked with real packets."""

from __future__ import annotations

from typing import NoReturn

from rich.console import Console

from wardround.cli import session
from wardround.cli.network_table import WIDEST, matrix_table
from wardround.cli.proving_network import Bar, list_wrong, record, subject, told
from wardround.exit_codes import DONE, FAILED
from wardround.intent import Intent
from wardround.run import network_proof


def prove_network(intent: Intent, limit: str, console: Console, as_json: bool) -> NoReturn:
    """Build the twin, ask everything, record it, say what is wrong, end with the exit code."""
    asked = subject(intent, limit, as_json)
    store = session.open_store(as_json)
    with told(as_json), Bar(console) as progress:
        proof = network_proof.prove(asked.wiring, asked.expected, asked.models, progress)
    record(store, intent, asked, "twin", limit, proof, as_json)
    if not as_json and len(asked.wiring.listeners) <= WIDEST:
        console.print(matrix_table(asked, set(proof.services.wrong)))
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
