"""What a database needs done, and that a command's exit code alone is never believed. No PostgreSQL here: Molecule."""

from __future__ import annotations

import shutil
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.wardround.hospital.plugins.module_utils import gnuhealth_database
from ansible_collections.wardround.hospital.plugins.module_utils.gnuhealth_database import Database, DatabaseError

WANTED = {
    "version": "5.0.4",
    "modules": ["health", "health_lab"],
    "languages": ["zh_CN"],
    "email": "root@localhost",
    "password": "s3cret",
}
Usage = namedtuple("Usage", "total used free")


class Fake(Database):
    """Answers what it was made with, and remembers what was changed."""

    def __init__(self, **state: Any) -> None:
        super().__init__("health", "gnuhealth", release="/opt/x", config="/etc/x")
        self.state: dict[str, Any] = {
            "reachable": True,
            "exists": True,
            "version": "5.0.4",
            "modules": {"health", "health_lab", "party"},
            "languages": {"en", "zh_CN"},
            "password": "s3cret",
            "defaults": False,
            **state,
        }
        self.changed: list[str] = []

    def reachable(self) -> bool:
        return bool(self.state["reachable"])

    def exists(self, name: str | None = None) -> bool:
        return bool(self.state["exists"])

    def version(self) -> str | None:
        return self.state["version"]

    def modules(self) -> set[str]:
        return set(self.state["modules"])

    def languages(self) -> set[str]:
        return set(self.state["languages"])

    def password_works(self, login: str, password: str) -> bool:
        return bool(self.state["password"] == password)

    def has_default_passwords(self) -> bool:
        return bool(self.state["defaults"])

    def create(self) -> None:
        self.changed.append("create")

    def initialise(self, version: str, email: str, password: str) -> None:
        self.changed.append(f"initialise {version}")
        self.state |= {"version": version, "modules": set(), "languages": {"en"}, "password": password}

    def restore(self, path: Path, version: str) -> None:
        self.changed.append(f"restore {path} {version}")
        self.state |= {"version": version}

    def update(self, version: str, languages: Any = ()) -> None:
        self.changed.append(" ".join(["update", version, *languages]))

    def activate(self, modules: Any, languages: Any) -> None:
        self.changed.append("activate " + " ".join(sorted(modules)))

    def set_password(self, email: str, password: str) -> None:
        self.changed.append("password")

    def clear_default_passwords(self) -> None:
        self.changed.append("defaults")


@pytest.mark.parametrize(
    ("state", "changed"),
    [
        ({}, []),
        (
            {"exists": False, "version": None, "defaults": True},
            ["create", "initialise 5.0.4", "activate health health_lab", "defaults"],
        ),
        ({"version": None}, ["initialise 5.0.4", "activate health health_lab"]),  # killed before it was finished
        ({"version": "5.0.0"}, ["update 5.0.4"]),
        ({"modules": {"health"}}, ["activate health_lab"]),
        ({"languages": {"en"}}, ["update 5.0.4 zh_CN"]),
        ({"password": "old"}, ["password"]),
        ({"defaults": True}, ["defaults"]),
    ],
)
def test_just_what_is_missing_is_done(state: dict[str, Any], changed: list[str]) -> None:
    database = Fake(**state)
    done = gnuhealth_database.present(database, WANTED)
    assert database.changed == changed
    assert len(done) == len(changed)
    dry = Fake(**state)
    assert bool(gnuhealth_database.present(dry, WANTED, check=True)) == bool(changed)
    assert dry.changed == []


@pytest.mark.parametrize(
    ("state", "changed"),
    [
        ({"exists": False, "version": None, "password": "old"}, ["restore /d 5.0.0", "update 5.0.4", "password"]),
        ({"version": None}, ["restore /d 5.0.0", "update 5.0.4"]),  # killed before it was finished
        ({}, []),  # there is one: what is in it counts
    ],
)
def test_a_new_database_begins_with_the_dump(state: dict[str, Any], changed: list[str]) -> None:
    wanted = {**WANTED, "initial_dump": "/d", "initial_version": "5.0.0"}
    database = Fake(**state)
    gnuhealth_database.present(database, wanted)
    assert database.changed == changed
    dry = Fake(**state)
    assert bool(gnuhealth_database.present(dry, wanted, check=True)) == bool(changed)
    assert dry.changed == []


def test_in_check_mode_a_machine_without_postgresql_is_no_error() -> None:
    assert gnuhealth_database.present(Fake(reachable=False), WANTED, check=True) == [
        "PostgreSQL would be installed first"
    ]


def test_no_password_is_in_what_was_done() -> None:
    for state in ({"exists": False, "version": None}, {"password": "old"}):
        assert "s3cret" not in str(gnuhealth_database.present(Fake(**state), WANTED))


@pytest.mark.parametrize("name", ["", "Health", "health; drop", "a" * 42, "1health", 'he"alth', "-health"])
def test_a_name_that_would_need_quoting_is_refused(name: str) -> None:
    with pytest.raises(DatabaseError, match="is no name"):
        Database(name, "gnuhealth")
    with pytest.raises(DatabaseError, match="is no name"):
        Database("health", name)


def scripted(monkeypatch: pytest.MonkeyPatch, answers: dict[str, str]) -> Database:
    """A database whose SQL is answered from `answers`, by a part of the statement."""

    def ask(self: Database, sql: str, database: str | None = None) -> list[str]:
        (found,) = (answer for part, answer in answers.items() if part in sql)
        return found.splitlines()

    monkeypatch.setattr(Database, "ask", ask)
    return Database("health", "gnuhealth", release="/opt/x", config="/etc/x")


def test_modules_that_are_half_way_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    database = scripted(monkeypatch, {"ir_module": "health|activated\nhealth_lab|to activate\nparty|to upgrade"})
    with pytest.raises(DatabaseError, match="modules of health are half-way: health_lab, party"):
        database.modules()
    database = scripted(monkeypatch, {"ir_module": "health|activated\nhealth_icu|not activated"})
    assert database.modules() == {"health"}


def test_an_activation_that_did_nothing_is_an_error_whatever_its_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    database = scripted(monkeypatch, {"ir_module": "health|activated"})
    monkeypatch.setattr(Database, "_run", lambda *_arguments, **_more: b"")
    with pytest.raises(DatabaseError, match="ended well, but did not activate health_lab"):
        database.activate({"health", "health_lab"}, [])


def test_the_version_of_the_tables_is_their_comment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert scripted(monkeypatch, {"shobj": "gnuhealth 5.0.0"}).version() == "5.0.0"
    assert scripted(monkeypatch, {"shobj": ""}).version() is None
    assert scripted(monkeypatch, {"shobj": "somebody's own"}).version() is None
    with pytest.raises(DatabaseError, match="is no version"):
        scripted(monkeypatch, {})._finish("5'; drop")


@pytest.fixture
def dumping(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """What pg_dump writes and what pg_restore lists; the database has 100 MB and the disk 1 GB."""
    said = {"pg_dump": b"PGDMP...", "pg_restore": b"; 12 TABLE DATA public res_user gnuhealth\n"}

    def run(
        self: Database, command: list[str], what: str, stdin: Any = None, stdout: Any = None, env: Any = None
    ) -> bytes:
        name = next(part for part in command if part.startswith("pg_"))
        if stdout is not None:
            stdout.write(said[name])
        return said[name]

    monkeypatch.setattr(Database, "_run", run)
    monkeypatch.setattr(Database, "size", lambda self: 100_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(0, 0, 1_000_000_000))
    return said


def test_a_dump_is_complete_or_not_there(dumping: dict[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / "5.0.0.dump"
    Database("health", "gnuhealth").dump(path)
    assert path.read_bytes() == b"PGDMP..."
    assert path.stat().st_mode & 0o777 == 0o600
    path.unlink()
    dumping["pg_restore"] = b"; 12 TABLE public res_user gnuhealth\n"  # the table without its rows
    with pytest.raises(DatabaseError, match="holds no users; it was not kept"):
        Database("health", "gnuhealth").dump(path)
    assert list(tmp_path.iterdir()) == []


def test_no_room_for_a_dump_and_the_way_back_is_said(
    dumping: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(0, 0, 250_000_000))
    with pytest.raises(DatabaseError, match=r"disk full: .* up to 267 MB in .*, 250 MB are free"):
        Database("health", "gnuhealth").dump(tmp_path / "5.0.0.dump")
    assert list(tmp_path.iterdir()) == []


def test_a_command_that_fails_or_hangs_says_what_and_why() -> None:
    database = Database("health", "gnuhealth", deadline=0.2)
    with pytest.raises(DatabaseError, match="doing it for health failed: no such thing"):
        database._run(["sh", "-c", "echo no such thing >&2; exit 3"], "doing it")
    with pytest.raises(DatabaseError, match="doing it for health failed: it ended with 3"):
        database._run(["sh", "-c", "exit 3"], "doing it")
    with pytest.raises(DatabaseError, match=r"doing it for health did not end within 0\.2 s"):
        database._run(["sleep", "5"], "doing it")
    with pytest.raises(DatabaseError, match="doing it could not be started: No such file"):
        database._run(["/nothing"], "doing it")


def test_a_password_is_in_a_file_and_not_on_a_command_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen = []

    def run(self: Database, command: list[str], what: str, env: Any = None, **_more: Any) -> bytes:
        seen.append(
            (command, Path(env["TRYTONPASSFILE"]).read_text(), Path(env["TRYTONPASSFILE"]).stat().st_mode & 0o777)
        )
        return b""

    monkeypatch.setattr(Database, "_run", run)
    monkeypatch.setattr(gnuhealth_database.pwd, "getpwnam", lambda name: namedtuple("User", "pw_uid")(0))
    Database("health", "gnuhealth", release="/opt/x", config="/etc/x").set_password("root@localhost", "s3cret")
    ((command, text, mode),) = seen
    assert (text, mode) == ("s3cret\n", 0o600)
    assert "s3cret" not in " ".join(command)
    assert command[-1] == "--password"
    assert not list(Path("/run").glob("gnuhealth.*"))
