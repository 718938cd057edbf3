"""The record of the network: proofs of who reaches whom, and changes of its devices that were kept."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from wardround.network.tally import Fault, PairTally
from wardround.run import clock, processes
from wardround.run.store import Store, next_seq

Kind = Literal["twin", "live"]


@dataclass(frozen=True, slots=True)
class Bound:
    """What a proof is about. intent: SHA-256 of the network that was to be; revision: the commit it was read from.

    sockets, trunks: how many of them were tried for VLANs that are not apart.
    """

    intent: str
    revision: str
    sockets: int = 0
    trunks: int = 0


def add_proof(
    store: Store,
    kind: Kind,
    command: str,
    bound: Bound,
    ok: bool,
    pairs: Sequence[PairTally],
    faults: Sequence[Fault],
    leaks: int,
) -> None:
    """Write down a proof. kind: asked in the twin or in the network itself; leaks: how many there were in all."""
    told = [json.dumps([asdict(one) for one in rows], ensure_ascii=False) for rows in (pairs, faults)]
    with store.write() as db:
        db.execute(
            "INSERT INTO network_proofs (seq, kind, ok, intent, revision, sockets, trunks, leaks, pairs, faults, who,"
            " command, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                next_seq(db), kind, int(ok), bound.intent, bound.revision, bound.sockets, bound.trunks, leaks, *told,
                processes.who(), command, clock.now(),
            ),
        )  # fmt: skip


def add_change(store: Store, run: str, host: str, state: str, change: Mapping[str, Any]) -> None:
    """Write down a change that a device kept. change: commands (lines), diff (unified) and mechanism."""
    with store.write() as db:
        db.execute(
            "INSERT INTO network_changes (seq, run, host, state, commands, diff, mechanism, at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                next_seq(db), run, host, state, json.dumps(change["commands"], ensure_ascii=False), change["diff"],
                change["mechanism"], clock.now(),
            ),
        )  # fmt: skip


def last_proved(db: sqlite3.Connection) -> str | None:
    """One sentence on the newest proof, None where there is none."""
    row = db.execute("SELECT * FROM network_proofs ORDER BY seq DESC LIMIT 1").fetchone()
    if row is None:
        return None
    counted = [PairTally(**pair) for pair in json.loads(row["pairs"])]
    proved, asked = sum(one.proved for one in counted), sum(one.asked for one in counted)
    where = "in its twin" if row["kind"] == "twin" else "live"
    sentence = f"the network was last asked {where} at {row['at']}: {proved} of {asked} answers as intended"
    return sentence + (f", {row['leaks']} faults at sockets and trunks" if row["leaks"] else "")
