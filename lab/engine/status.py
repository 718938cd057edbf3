"""What a technician asks the engine: who answers, what waits, what was refused and why."""

from __future__ import annotations

import json
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from lab.engine.config import Config

ALIVE = 30.0  # seconds without a sign of life after which the engine counts as stopped
REFUSED = 100  # the newest refused messages that are told
SHOWN = ("destination", "kind", "control_id", "subject", "origin", "reason", "attempts")


@contextmanager
def reading(config: Config) -> Iterator[sqlite3.Connection]:
    """The engine's journal, which is left as it is."""
    path = config.state / "engine.db"
    if not path.exists():
        raise FileNotFoundError(f"{path} is not there: the engine has never run on this machine")
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as database:
        database.row_factory = sqlite3.Row
        yield database


def status(config: Config) -> dict[str, Any]:
    """Everything at a glance; see `lab/engine/README.md`."""
    now = time.time()
    with reading(config) as database:
        links = {row["name"]: dict(row) for row in database.execute("SELECT * FROM links")}
        beat = database.execute("SELECT value FROM cursors WHERE name = 'alive'").fetchone()
        refused = database.execute(
            f"SELECT {', '.join(SHOWN)}, ended, made FROM outbox WHERE state = 'refused' ORDER BY id DESC LIMIT ?",
            (REFUSED,),
        ).fetchall()
        merges = dict(database.execute("SELECT prior, surviving FROM merges").fetchall())
        counts = database.execute(
            "SELECT destination, state, count(*) AS n, min(made) AS oldest FROM outbox GROUP BY destination, state"
        ).fetchall()
    destinations: dict[str, dict[str, Any]] = {}
    for name in [*config.destinations, *sorted({row["destination"] for row in counts} - set(config.destinations))]:
        of = {row["state"]: row for row in counts if row["destination"] == name}
        waiting = of.get("waiting")
        destinations[name] = {
            **partner(links.get(name)),
            **{state: of[state]["n"] if state in of else 0 for state in ("waiting", "sent", "refused")},
            "oldest_waiting_seconds": round(now - waiting["oldest"], 1) if waiting else 0.0,
        }
    return {
        "running": beat is not None and now - float(beat["value"]) < ALIVE,
        "ports": {name: listening(port) for name, (_host, port) in config.listen.items()},
        "sources": {name: partner(links.get(f"poll {name}")) for name in config.servers},
        "destinations": destinations,
        "refused": [{**{key: row[key] for key in SHOWN}, "at": moment(row["ended"] or row["made"])} for row in refused],
        "merges": merges,
    }


def partner(link: dict[str, Any] | None) -> dict[str, Any]:
    """How a partner was last met. well: None when never."""
    if link is None:
        return {"well": None, "said": "", "since": None}
    return {"well": bool(link["well"]), "said": link["said"], "since": moment(link["since"])}


def listening(port: int) -> bool:
    """Whether something takes connections on a port of this machine."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def moment(seconds: float) -> str:
    """A time with its zone."""
    return datetime.fromtimestamp(seconds).astimezone().isoformat(timespec="seconds")


def message(config: Config, control_id: str) -> str | None:
    """The text of a message, a segment a line; None when the engine has none of this control id."""
    with reading(config) as database:
        row = database.execute("SELECT message FROM outbox WHERE control_id = ?", (control_id,)).fetchone()
    return None if row is None else str(row["message"]).replace("\r", "\n")


def messages(config: Config, puid: str) -> list[str]:
    """The texts of a patient's messages in the order in which they were made, segments ending with CR."""
    with reading(config) as database:
        rows = database.execute("SELECT message FROM outbox WHERE subject = ? ORDER BY id", (puid,)).fetchall()
    return [str(row["message"]) for row in rows]


def told(found: dict[str, Any]) -> str:
    """The status as JSON that people can read too."""
    return json.dumps(found, ensure_ascii=False, indent=2)


def default_path() -> Path:
    """Where the settings are on engine-01."""
    return Path("/etc/engine/config.json")
