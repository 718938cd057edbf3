"""What stands in the record of a hospital under test."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any


def rows(state: Path, query: str, *values: Any) -> list[sqlite3.Row]:
    """Rows of the record in a state directory; none before there is one.

    The connection is closed at once. One left open keeps the index of a log that others then delete, when its process
    reads the file in another way (https://sqlite.org/howtocorrupt.html, section 2.2): what it reads next is malformed.
    """
    path = state / "wardround.db"
    if not path.exists():
        return []
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as db:
        db.row_factory = sqlite3.Row
        return db.execute(query, values).fetchall() if db.execute("PRAGMA user_version").fetchone()[0] else []
