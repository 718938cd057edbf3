"""The record on disk: one SQLite file that every process of the control host shares."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

_SCHEMA_VERSION = 3
_BUSY_SECONDS = 60


class StoreError(Exception):
    """The store cannot be used; the message names the file and the way out."""


def state_dir() -> Path:
    """`WARDROUND_STATE`, or /var/lib/wardround."""
    return Path(os.environ.get("WARDROUND_STATE", "/var/lib/wardround")).absolute()


class Store:
    """Opens a connection an operation, so that forked Ansible workers never share one."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def open(cls) -> Store:
        """The control host's store, made when there is none and brought to this program's schema when it is older.

        Raises StoreError where it is damaged, newer than this program or not writable.
        """
        directory = state_dir()
        try:
            directory.mkdir(parents=True, exist_ok=True, mode=0o750)
        except OSError as error:
            raise StoreError(f"{directory}: cannot be made ({error.strerror}); set WARDROUND_STATE") from error
        store = cls(directory / "wardround.db")
        store.prepare()
        return store

    def prepare(self) -> None:
        """Make the file, or bring an older one to this program's schema. Raises StoreError."""
        with self.write() as db:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version > _SCHEMA_VERSION:
                raise StoreError(f"{self.path}: schema {version}, this program knows {_SCHEMA_VERSION}; upgrade it")
            scripts = [f"schema_{old}_to_{old + 1}.sql" for old in range(version, _SCHEMA_VERSION)]
            for script in scripts if version else ["schema.sql"]:
                for statement in _statements(resources.files(__package__).joinpath(script).read_text()):
                    db.execute(statement)

    @contextlib.contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        try:
            with contextlib.closing(
                sqlite3.connect(self.path, timeout=_BUSY_SECONDS, isolation_level=None)
            ) as connection:
                connection.row_factory = sqlite3.Row
                connection.execute("PRAGMA journal_mode = WAL")
                # Only the last connection to close copies the log into the file, alone. SQLite before 3.51.3, as Debian
                # 12 and 13 have it, may lose commits where others copy meanwhile (sqlite.org/wal.html, section 11).
                connection.execute("PRAGMA wal_autocheckpoint = 0")
                connection.execute("PRAGMA synchronous = FULL")
                yield connection
        except sqlite3.IntegrityError:
            raise
        except sqlite3.DatabaseError as error:
            raise StoreError(
                f"{self.path}: {error}. If it is damaged, move it and its -wal and -shm files away and run"
                " `wardround apply` again: every planned host is observed before anything is changed"
            ) from error

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one consistent state."""
        with self._connect() as connection:
            connection.execute("BEGIN")
            yield connection
            connection.execute("COMMIT")

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction that excludes other writers; rolled back when the block raises."""
        with self._connect() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")


def next_seq(db: sqlite3.Connection) -> int:
    """The next number of the one sequence; call inside `write`."""
    row = db.execute("UPDATE sequence SET n = n + 1 RETURNING n").fetchone()
    return int(row[0])


def _statements(script: str) -> Iterator[str]:
    """Single statements of a script: `executescript` would end the surrounding transaction."""
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
