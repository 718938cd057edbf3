"""Reads from the record what a page needs; never writes to it."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from wardround.evidence.check import Check
from wardround.evidence.facts import (
    Change,
    Classification,
    Gate,
    Halt,
    History,
    Journey,
    Name,
    Proof,
    Rollout,
    Run,
    Step,
    TaskFailure,
)
from wardround.evidence.network import DeviceChange, NetworkProof
from wardround.network.tally import Fault, PairTally
from wardround.run.store import Store, state_dir

_WHOLE_ROLLOUTS = 3
_NEWEST_RUNS = 50
_TASK_FAILURES = 500
_NEWEST_JOURNEYS = 60
_NETWORK_PROOFS = 20

# Roll-outs whose every change and proof is read: the newest, and all that are not over.
_TOLD = (
    "SELECT id FROM rollouts WHERE state IN ('open', 'held', 'stopped')"
    f" UNION SELECT id FROM (SELECT id FROM rollouts ORDER BY started DESC, rowid DESC LIMIT {_WHOLE_ROLLOUTS})"
)


def read() -> History:
    """The control host's record; an empty one where nothing was ever recorded.

    Raises StoreError, naming the file and the way out, where the record cannot be read.
    """
    path = state_dir() / "wardround.db"
    if not path.exists():
        return History()
    with Store.open().read() as db:
        damage = db.execute("PRAGMA quick_check(1)").fetchone()[0]
        if damage != "ok":
            raise sqlite3.DatabaseError(f"damaged: {damage}")
        try:
            return _history(db)
        except (ValueError, TypeError, KeyError) as error:
            raise sqlite3.DatabaseError(f"a row of it is damaged: {error}") from error


def _history(db: sqlite3.Connection) -> History:
    changes = tuple(
        Change(
            row["id"], row["opened_seq"], row["closed_seq"], row["rollout"], row["wave"], row["host"], row["run"],
            row["direction"], row["from_version"], row["to_version"], row["state"], row["reason"],
            row["opened"], row["closed"], row["staged"], row["busy"],
        )
        for row in db.execute(
            f"SELECT * FROM intents WHERE rollout IN ({_TOLD})"
            " OR opened_seq IN (SELECT max(opened_seq) FROM intents JOIN rollouts ON rollouts.id = intents.rollout"
            " GROUP BY host, product) ORDER BY opened_seq"
        )
    )  # fmt: skip
    proofs = tuple(
        Proof(
            row["seq"], row["run"], row["rollout"], row["host"], row["phase"], row["expected_version"],
            row["served_version"], bool(row["ok"]), _checks(row["checks"], row["seq"]), row["at"],
            row["product"] or "",
        )
        for row in db.execute(
            f"SELECT * FROM proofs WHERE rollout IN ({_TOLD})"
            " OR seq IN (SELECT max(seq) FROM proofs GROUP BY host, product) ORDER BY seq"
        )
    )  # fmt: skip
    journeys = tuple(
        Journey(
            row["seq"], row["run"], row["rollout"], row["phase"], bool(row["ok"]), _steps(row["steps"], row["seq"]),
            row["at"],
        )
        for row in db.execute(
            f"SELECT * FROM (SELECT * FROM journeys WHERE rollout IN ({_TOLD})"
            " OR seq IN (SELECT max(seq) FROM journeys)"
            f" ORDER BY seq DESC LIMIT {_NEWEST_JOURNEYS}) ORDER BY seq"
        )
    )  # fmt: skip
    devices = tuple(_device_changes(db))
    return History(
        runs=_runs(db, {record.run for records in (changes, proofs, journeys, devices) for record in records}),
        task_failures=tuple(
            TaskFailure(
                row["seq"], row["run"], row["host"], row["task"], row["status"], row["message"], row["at"]
            )
            for row in db.execute(
                "SELECT * FROM (SELECT * FROM tasks WHERE status IN ('failed', 'unreachable')"
                f" ORDER BY seq DESC LIMIT {_TASK_FAILURES}) ORDER BY seq"
            )
        ),
        rollouts=tuple(
            Rollout(
                row["id"], row["plan_path"], _object(row["plan"], f"plan of {row['id']}"), row["product"],
                row["from_version"], row["to_version"], row["state"], row["reason"], row["unreviewed"],
                row["who"], row["started"], row["ended"],
            )
            for row in db.execute("SELECT * FROM rollouts ORDER BY started, rowid")
        ),
        changes=changes,
        proofs=proofs,
        gates=tuple(Gate(**row) for row in db.execute("SELECT * FROM gates ORDER BY seq")),
        classifications=tuple(
            Classification(**row) for row in db.execute("SELECT * FROM classifications ORDER BY seq")
        ),
        halts=tuple(Halt(**row) for row in db.execute("SELECT * FROM halts ORDER BY seq")),
        journeys=journeys,
        network_proofs=tuple(_network_proofs(db)),
        network_changes=devices,
    )  # fmt: skip


def _network_proofs(db: sqlite3.Connection) -> Iterator[NetworkProof]:
    for row in db.execute(
        f"SELECT * FROM (SELECT * FROM network_proofs ORDER BY seq DESC LIMIT {_NETWORK_PROOFS}) ORDER BY seq"
    ):
        what = f"of network proof {row['seq']}"
        yield NetworkProof(
            row["seq"], row["kind"], bool(row["ok"]), row["intent"], row["revision"], row["sockets"], row["trunks"],
            row["leaks"], tuple(PairTally(**one) for one in _list(row["pairs"], f"pairs {what}")),
            tuple(Fault(**one) for one in _list(row["faults"], f"faults {what}")), row["who"], row["command"],
            row["at"],
        )  # fmt: skip


def _device_changes(db: sqlite3.Connection) -> Iterator[DeviceChange]:
    for row in db.execute(
        "SELECT * FROM network_changes WHERE seq IN (SELECT max(seq) FROM network_changes GROUP BY host) ORDER BY seq"
    ):
        commands = tuple(str(line) for line in _list(row["commands"], f"commands of change {row['seq']}"))
        yield DeviceChange(
            row["seq"], row["run"], row["host"], row["state"], commands, row["diff"], row["mechanism"], row["at"]
        )


def _runs(db: sqlite3.Connection, wanted: Iterable[str]) -> tuple[Run, ...]:
    db.execute("CREATE TEMP TABLE told (run TEXT PRIMARY KEY)")
    db.executemany("INSERT INTO told VALUES (?)", [(run,) for run in sorted(wanted)])
    db.execute(f"INSERT OR IGNORE INTO told SELECT id FROM runs ORDER BY started DESC, rowid DESC LIMIT {_NEWEST_RUNS}")
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for row in db.execute(
        "SELECT run, status, count(*) AS n FROM tasks WHERE run IN (SELECT run FROM told) GROUP BY run, status"
    ):
        counts[row["run"]][row["status"]] = row["n"]
    return tuple(
        Run(
            row["id"], row["kind"], row["rollout"], row["wave"], row["playbook"] or "", row["argv"] or "",
            row["who"] or "", bool(row["check_mode"]), row["started"], row["ended"], row["rc"], counts[row["id"]],
        )
        for row in db.execute("SELECT * FROM runs WHERE id IN (SELECT run FROM told) ORDER BY started, rowid")
    )  # fmt: skip


def _checks(text: str, seq: int) -> tuple[Check, ...]:
    found = _list(text, f"checks of proof {seq}")
    return tuple(
        Check(
            str(check["name"]), check["ok"] is True, str(check["expected"]), str(check["found"]), check.get("seconds")
        )
        for check in found
    )


def _steps(text: str, seq: int) -> tuple[Step, ...]:
    found = _list(text, f"steps of journey {seq}")
    return tuple(
        Step(
            str(step["key"]),
            Name(str(step["name"]), str(step.get("zh") or step["name"])),
            str(step["host"]),
            step["ok"] is True,
            str(step["expected"]),
            str(step["found"]),
            float(step["seconds"]) if step.get("seconds") is not None else None,
            str(step.get("cause") or ""),
        )
        for step in found
    )


def _list(text: str, what: str) -> list[Any]:
    found = json.loads(text)
    if not isinstance(found, list):
        raise ValueError(what)
    return found


def _object(text: str, what: str) -> Mapping[str, Any]:
    found = json.loads(text)
    if not isinstance(found, dict):
        raise ValueError(what)
    return found
