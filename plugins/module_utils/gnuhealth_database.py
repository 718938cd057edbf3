# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
"""GNU Health's database on this machine's PostgreSQL: made, brought to a version, dumped, restored.

The version that the tables were made for is the database's own comment; it is written last, so work that was
interrupted is done again. Exit codes are not evidence alone: what a command was to do is looked at in the database.
"""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

MARGIN = 64 * 1024 * 1024  # bytes that stay free beside a dump
_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
_COMMENT = "gnuhealth "
_PASSWORD_CHECK = """
import json, sys
from passlib.context import CryptContext
asked = json.load(sys.stdin)
print(CryptContext(schemes=["scrypt", "bcrypt", "pbkdf2_sha512", "argon2"]).verify(asked["password"], asked["hash"]))
"""


class DatabaseError(Exception):
    """The database is not as wanted; the message is for the engineer."""


def checked_name(name):
    """`name` when it needs no quoting in SQL and on command lines, else DatabaseError."""
    if not _NAME.fullmatch(name):
        raise DatabaseError(f"{name!r} is no name: lower-case letters, digits and _ are allowed, 41 at most")
    return name


class Database:
    """One database, its owner (also the system's user), and the release whose commands work on it."""

    def __init__(self, name, owner, release=None, config=None, unit=None, deadline=1800.0):
        self.name, self.owner = checked_name(name), checked_name(owner)
        self.release, self.config, self.unit, self.deadline = release, config, unit, deadline

    # Questions

    def reachable(self):
        """Whether this machine's PostgreSQL answers."""
        if shutil.which("psql") is None:
            return False
        try:
            return self.ask("select 1", "postgres") == ["1"]
        except DatabaseError:
            return False

    def exists(self, name=None):
        return bool(self.ask(f"select 1 from pg_database where datname = '{name or self.name}'", "postgres"))

    def version(self):
        """Version that the tables were made for, None when they never were finished."""
        found = self.ask(
            f"select shobj_description(oid, 'pg_database') from pg_database where datname = '{self.name}'", "postgres"
        )
        comment = found[0] if found else ""
        return comment[len(_COMMENT) :] if comment.startswith(_COMMENT) else None

    def modules(self):
        """Names of the activated modules; raises DatabaseError when one is half-way between two states."""
        found = [line.split("|") for line in self.ask("select name, state from ir_module")]
        between = sorted(name for name, state in found if state.startswith("to "))
        if between:
            raise DatabaseError(f"modules of {self.name} are half-way: {', '.join(between)}")
        return {name for name, state in found if state == "activated"}

    def languages(self):
        return set(self.ask("select code from ir_lang where translatable"))

    def size(self):
        """Bytes of the tables."""
        return int(self.ask(f"select pg_database_size('{self.name}')", "postgres")[0])

    def has_default_passwords(self):
        """Whether GNU Health's demonstration users still have the password that everybody knows."""
        return bool(self.ask(f"select 1 from res_user where {_DEMONSTRATION}"))

    def password_works(self, login, password):
        """Whether `password` is the one of `login`, compared with its hash by the release's own library."""
        found = self.ask(f"select password_hash from res_user where login = '{checked_name(login)}'")
        if not found or not found[0]:
            return False
        command = ["python3", "-P", "-c", _PASSWORD_CHECK]
        asked = json.dumps({"password": password, "hash": found[0]})
        environment = dict(os.environ, PYTHONPATH=str(Path(self.release, "lib")))
        return (
            self._run(command, "comparing a password", stdin=asked.encode("utf-8"), env=environment).strip() == b"True"
        )

    # Changes

    def create(self):
        if not self.ask(f"select 1 from pg_roles where rolname = '{self.owner}'", "postgres"):
            self._postgres("createuser", "--no-superuser", "--no-createrole", "--no-createdb", self.owner)
        if not self.exists():
            # The C collation sorts and compares every script alike on every machine, whatever its locales.
            encoding = ["--encoding=UTF8", "--locale=C.UTF-8", "--template=template0"]
            self._postgres("createdb", f"--owner={self.owner}", *encoding, self.name)

    def initialise(self, version, email, password):
        """Tryton's own tables and the administrator, in an empty database."""
        with self._password_file(password) as path:
            self._admin("--all", "--email", email, "--password", environment={"TRYTONPASSFILE": path})
        self._finish(version)

    def activate(self, modules, languages):
        self._stop_server()
        self._admin("-u", *sorted(modules), "--activate-dependencies", *_language_options(languages))
        missing = sorted(set(modules) - self.modules())
        if missing:
            raise DatabaseError(f"trytond-admin ended well, but did not activate {', '.join(missing)}")

    def update(self, version, languages=()):
        """Bring the tables of every module to the release's version."""
        self._stop_server()
        self._admin("--all", *_language_options(languages))
        self.modules()
        self._finish(version)

    def set_password(self, email, password):
        with self._password_file(password) as path:
            self._admin("--email", email, "--password", environment={"TRYTONPASSFILE": path})

    def clear_default_passwords(self):
        self.ask(f"update res_user set password_hash = null where {_DEMONSTRATION}")

    def dump(self, path):
        """Write a dump that pg_restore can read, complete or not at all; raises DatabaseError when there is no room."""
        self.need_room(path.parent)
        partial = path.with_name(path.name + ".partial")
        try:
            with partial.open("wb") as target:
                os.fchmod(target.fileno(), 0o600)
                self._postgres("pg_dump", "--format=custom", self.name, stdout=target)
                os.fsync(target.fileno())
            with partial.open("rb") as source:
                listed = self._run(["pg_restore", "--list"], "reading the dump", stdin=source)
            if b"TABLE DATA public res_user " not in listed:
                raise DatabaseError(f"the dump of {self.name} holds no users; it was not kept")
            partial.rename(path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                partial.unlink()

    def need_room(self, directory):
        """Raise DatabaseError unless the disk holds the dump and the tables once more, which a way back takes."""
        needed, free = 2 * self.size() + MARGIN, shutil.disk_usage(directory).free
        if free < needed:
            raise DatabaseError(
                f"disk full: a dump of {self.name} and the way back take up to {needed / 1e6:.0f} MB in {directory},"
                f" {free / 1e6:.0f} MB are free"
            )

    def restore(self, path, version):
        """Put a dump in the place of the database; what was there stays as NAME_left until the next time."""
        if not path.is_file():
            raise DatabaseError(f"there is no dump {path} to go back to")
        self._stop_server()
        left = self.name + "_left"
        if self.exists():
            self._postgres("dropdb", "--if-exists", left)
            self.ask(f"alter database {self.name} rename to {left}", "postgres")
        try:
            self.create()
            with path.open("rb") as source:
                self._postgres("pg_restore", "--exit-on-error", f"--dbname={self.name}", stdin=source)
            self._finish(version)
        except DatabaseError:
            if self.exists(left):
                self._postgres("dropdb", "--if-exists", self.name)
                self.ask(f"alter database {left} rename to {self.name}", "postgres")
            raise

    # Commands

    def _stop_server(self):
        """Tables never change under a running server."""
        if self.unit and Path("/etc/systemd/system", self.unit + ".service").exists():
            self._run(["systemctl", "stop", self.unit], f"stopping {self.unit}")

    def _finish(self, version):
        if not re.fullmatch(r"[0-9A-Za-z._+-]+", version):
            raise DatabaseError(f"{version!r} is no version")
        self.ask(f"comment on database {self.name} is '{_COMMENT}{version}'", "postgres")

    def ask(self, sql, database=None):
        """Lines of an SQL statement's answer, columns joined by `|`."""
        output = self._postgres(
            "psql", "--no-psqlrc", "--tuples-only", "--no-align", "--quiet", "--set=ON_ERROR_STOP=1",
            f"--dbname={database or self.name}", f"--command={sql}",
        )  # fmt: skip
        return [line for line in output.decode("utf-8").splitlines() if line]

    def _postgres(self, *command, **streams):
        return self._run(["runuser", "-u", "postgres", "--", *command], command[0], **streams)

    def _admin(self, *arguments, environment=None):
        command = [str(Path(self.release, "bin", "trytond-admin")), "-c", self.config, "-d", self.name, *arguments]
        shown = f"trytond-admin {' '.join(argument for argument in arguments if argument.startswith('-'))}"
        self._run(["runuser", "-u", self.owner, "--", *command], shown, env=dict(os.environ, **(environment or {})))

    def _run(self, command, what, stdin=None, stdout=subprocess.PIPE, env=None):
        given = {"input": stdin} if isinstance(stdin, bytes) else {"stdin": stdin or subprocess.DEVNULL}
        try:
            done = subprocess.run(
                command,
                stdout=stdout,
                stderr=subprocess.PIPE,
                env=env,
                timeout=self.deadline,
                cwd="/",
                check=False,
                **given,
            )
        except subprocess.TimeoutExpired:
            raise DatabaseError(f"{what} for {self.name} did not end within {self.deadline:g} s") from None
        except OSError as error:
            raise DatabaseError(f"{what} could not be started: {error.strerror}") from error
        if done.returncode != 0:
            said = " ".join(done.stderr.decode("utf-8", "replace").strip().splitlines()[-3:])
            raise DatabaseError(f"{what} for {self.name} failed: {said or f'it ended with {done.returncode}'}")
        return done.stdout or b""

    @contextlib.contextmanager
    def _password_file(self, password):
        """A file that only the owner reads, for as long as a command needs it: nothing on a command line."""
        handle, path = tempfile.mkstemp(prefix="gnuhealth.", dir="/run")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(password + "\n")
            os.chown(path, pwd.getpwnam(self.owner).pw_uid, -1)
            yield path
        finally:
            Path(path).unlink()


_DEMONSTRATION = "login like 'demo\\_%' and password_hash is not null"


def _language_options(languages):
    return [option for code in sorted(languages) for option in ("-l", code)]


def present(database, wanted, check=False):
    """Bring the database to what is wanted; what was done (or, in check mode, would be), a list of sentences.

    wanted: dict of version, modules, languages, email, password, and initial_dump and initial_version where a new
    database begins with a dump.
    """
    done = []

    def do(what, action, *arguments):
        done.append(what)
        if not check:
            action(*arguments)

    if check and not database.reachable():
        return ["PostgreSQL would be installed first"]
    finished = database.exists() and database.version() is not None
    if not finished and wanted.get("initial_dump"):
        what = f"begin with {wanted['initial_dump']} of {wanted['initial_version']}"
        do(what, database.restore, Path(wanted["initial_dump"]), wanted["initial_version"])
    elif not finished:
        if not database.exists():
            do(f"create {database.name}", database.create)
        what = f"initialise for {wanted['version']}"
        do(what, database.initialise, wanted["version"], wanted["email"], wanted["password"])
    if check and done:
        return done
    if database.version() != wanted["version"]:
        do(f"update from {database.version()} to {wanted['version']}", database.update, wanted["version"])
    modules = set(wanted["modules"]) - database.modules()
    languages = set(wanted["languages"]) - database.languages()
    if modules:
        do(f"activate {', '.join(sorted(modules))}", database.activate, modules, wanted["languages"])
    elif languages:
        do(f"load {', '.join(sorted(languages))}", database.update, wanted["version"], languages)
    if not database.password_works("admin", wanted["password"]):
        do("set the administrator's password", database.set_password, wanted["email"], wanted["password"])
    if database.has_default_passwords():
        do("take the demonstration users' password away", database.clear_default_passwords)
    return done
