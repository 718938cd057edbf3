"""A server goes to another version and back: no patient is lost, nothing is left half-way, nothing without intent."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.on_target import Target

CONTAINER = "wr-mol-gnuhealth-server"
SCENARIO = Path(__file__).parents[1]
pytestmark = pytest.mark.long
BACKUPS = "/var/backups/wardround/his_server"
ADMIN = "/etc/wardround/his_server/admin.json"
PERSON = {"is_person": True, "is_patient": True, "create_target": True, "fed_country": "CHN", "gender": "m"}


class Move(Exception):
    """A verb of the role failed; the message is what Ansible said."""


class Server(Target):
    """The server, the role's verbs as a roll-out calls them, and what a clinician would see."""

    def move(self, *verbs: str, version: str, intent: str = "") -> str:
        asked = {"verbs": verbs, "gnuhealth_server_version": version, "gnuhealth_server_intent": intent}
        command = ["ansible-playbook", "-i", os.environ["MOLECULE_INVENTORY_FILE"], str(SCENARIO / "move.yml")]
        environment = os.environ | {"ANSIBLE_FORCE_COLOR": "0", "ANSIBLE_NOCOLOR": "1"}
        command += ["-e", json.dumps(asked)]
        done = subprocess.run(command, text=True, capture_output=True, check=False, env=environment)
        if done.returncode != 0:
            raise Move(done.stdout + done.stderr)
        return done.stdout

    def register(self, puid: str) -> None:
        values = {**PERSON, "name": "小明", "lastname": "王", "name_representation": "cjk"}
        arguments = {"settings": ADMIN, "model": "party.party", "match": {"ref": puid}, "values": values}
        found = self.module("gnuhealth_record", **arguments)
        assert not found["failed"], found["msg"]

    def patients(self) -> dict[str, str]:
        """PUID -> name of the test patients, asked of the running server."""
        match = [["party.ref", "like", "WRT%"]]
        arguments = {"settings": ADMIN, "model": "gnuhealth.patient", "state": "read", "match": match}
        found = self.module("gnuhealth_record", **arguments, fields=["puid", "rec_name"])
        assert not found["failed"], found["msg"]
        return {row["puid"]: row["rec_name"] for row in found["records"]}

    def running(self) -> str:
        """Version of the code that the running server was started from."""
        pid = self.host.check_output("systemctl show his_server -p MainPID --value")
        assert pid != "0"
        arguments = {"settings": ADMIN, "model": "ir.module", "state": "read", "match": {"name": "health"}}
        found = self.module("gnuhealth_record", **arguments, fields=["version"])
        assert not found["failed"], found["msg"]
        return str(found["records"][0]["version"])

    def sql(self, statement: str, database: str = "health") -> list[str]:
        command = f'runuser -u postgres -- psql -XAtq {database} -c "{statement}"'
        return str(self.host.check_output(command)).splitlines()

    def tables(self) -> str:
        (comment,) = self.sql("select shobj_description(oid, 'pg_database') from pg_database where datname = 'health'")
        return comment


@pytest.fixture(scope="module")
def server() -> Server:
    return Server(CONTAINER)


@pytest.fixture(autouse=True)
def as_converged(server: Server) -> Iterator[None]:
    """Every test begins and ends with 5.0.0 in use."""
    assert (server.running(), server.tables()) == ("5.0.0", "gnuhealth 5.0.0")
    yield
    assert (server.running(), server.tables()) == ("5.0.0", "gnuhealth 5.0.0")


def test_without_an_intent_another_version_is_drift_and_left_alone(server: Server) -> None:
    server.move("main", version="5.0.4")
    assert server.running() == "5.0.0"
    assert not server.host.file("/opt/wardround/his_server/releases/5.0.4").exists


def test_there_and_back_keeps_the_patients(server: Server) -> None:
    server.register("WRT0001")
    started = time.monotonic()
    server.move("preflight", "apply", "verify", version="5.0.4", intent="up-1")
    there = time.monotonic() - started
    assert (server.running(), server.tables()) == ("5.0.4", "gnuhealth 5.0.4")
    assert server.patients() == {"WRT0001": "王小明"}
    dump = server.host.file(f"{BACKUPS}/5.0.0.dump")
    assert (dump.user, oct(dump.mode)) == ("root", "0o600")
    server.move("apply", "verify", version="5.0.4", intent="up-1")  # a second time nothing moves
    server.register("WRT0002")
    started = time.monotonic()
    server.move("rollback", "verify", version="5.0.0", intent="back-1")
    back = time.monotonic() - started
    print(f"5.0.0 to 5.0.4 in {there:.0f} s, back in {back:.0f} s", file=sys.stderr)
    assert server.patients() == {"WRT0001": "王小明"}
    # What was entered since is not lost to an engineer either.
    assert server.sql("select ref from party_party where ref like 'WRT%' order by ref", "health_left") == [
        "WRT0001",
        "WRT0002",
    ]


def test_a_disk_without_room_for_the_way_back_is_refused_before_anything_changes(server: Server) -> None:
    server.host.check_output(f"mount -t tmpfs -o size=32m none {BACKUPS}")
    try:
        with pytest.raises(Move, match=r"disk full: a dump of health and the way back take up to [0-9]+ MB in"):
            server.move("preflight", version="5.0.4", intent="up-2")
    finally:
        server.host.check_output(f"umount {BACKUPS}")
    assert server.host.service("his_server").is_running


def test_an_update_that_fails_is_taken_back(server: Server) -> None:
    server.register("WRT0003")
    server.move("preflight", version="5.0.4", intent="up-3")
    admin = "/opt/wardround/his_server/releases/5.0.4/bin/trytond-admin"
    server.host.check_output(f"chmod -x {admin}")
    try:
        with pytest.raises(Move, match="trytond-admin --all for health failed"):
            server.move("preflight", "apply", version="5.0.4", intent="up-3")
    finally:
        server.host.check_output(f"chmod +x {admin}")
    assert not server.host.service("his_server").is_running  # never new code on old tables
    server.move("rollback", "verify", version="5.0.0", intent="back-3")
    assert "WRT0003" in server.patients()


def test_a_run_that_was_killed_after_the_switch_is_simply_repeated(server: Server) -> None:
    server.move("preflight", version="5.0.4", intent="up-4")
    server.host.check_output("systemctl stop his_server")
    server.module("gnuhealth_database", state="dumped", path=f"{BACKUPS}/5.0.0.dump")
    digest = server.host.check_output("sha256sum /srv/share/gnuhealth-server-5.0.4.tar").split()[0]
    release = {"root": "/opt/wardround/his_server", "state": "active", "version": "5.0.4", "intent": "up-4"}
    url = "http://127.0.0.1:8042/gnuhealth-server-5.0.4.tar"
    assert server.module("release_install", **release, url=url, sha256=digest)["linked"] == "5.0.4"
    assert server.tables() == "gnuhealth 5.0.0"
    server.move("preflight", "apply", "verify", version="5.0.4", intent="up-4")
    assert server.tables() == "gnuhealth 5.0.4"
    server.move("rollback", "verify", version="5.0.0", intent="back-4")


def test_a_dump_that_cannot_be_read_leaves_the_database_as_it_was(server: Server) -> None:
    server.host.check_output("systemctl stop his_server")
    try:
        server.write(f"{BACKUPS}/bad.dump", "PGDMP but not really")
        arguments = {"state": "restored", "path": f"{BACKUPS}/bad.dump", "version": "4.4.1"}
        found = server.module("gnuhealth_database", **arguments)
        missing = server.module("gnuhealth_database", **{**arguments, "path": f"{BACKUPS}/none.dump"})
    finally:
        server.host.check_output("systemctl start his_server")
    assert found["failed"] and found["msg"].startswith("pg_restore for health failed: ")
    assert missing["msg"] == f"there is no dump {BACKUPS}/none.dump to go back to"
    assert "WRT0003" in server.patients()
