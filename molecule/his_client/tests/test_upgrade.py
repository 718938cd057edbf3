"""The way to another release and back, with somebody at the desk, and the release that is not for this server."""

import subprocess
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from desk import Desk

Run = subprocess.CompletedProcess[str]


@pytest.fixture
def upgrade(desk: Desk) -> Iterator[Any]:
    """Take the desk to a version, or back to one; afterwards it is as it was converged."""

    def take(version: str, verb: str = "apply") -> Run:
        # An intent is used once.
        variables = {"his_client_version": version, "his_client_intent": str(uuid.uuid4()), "verb": verb}
        return desk.playbook("his_client/upgrade.yml", **variables)

    yield take
    if linked(desk) != "5.0.0":
        assert take("5.0.0", "rollback").returncode == 0


@pytest.fixture
def clinician(desk: Desk) -> Iterator[int]:
    """Somebody has the client open; its process."""
    yield desk.start_for("li")
    desk.stop_for("li")


def linked(desk: Desk) -> str:
    return str(desk.host.check_output(f"readlink {desk.root}/current")).removeprefix("releases/")


def began(desk: Desk, process: int) -> str:
    """When a process began: the same number may be another one's later."""
    return str(desk.host.check_output(f"ps -o lstart= -p {process}"))


@pytest.mark.long
def test_there_and_back_and_every_question_is_answered(desk: Desk, upgrade: Any) -> None:
    done = upgrade("5.0.2")
    assert done.returncode == 0, done.stdout
    assert linked(desk) == "5.0.2"
    checks = desk.checks(version="5.0.2")
    assert all(ok for ok, _found in checks.values()), checks
    assert checks["version"] == (True, "5.0.2")
    done = upgrade("5.0.0", "rollback")
    assert done.returncode == 0, done.stdout
    assert all(ok for ok, _found in desk.checks().values())


def test_a_client_that_is_open_is_never_ended_and_counts_as_what_runs(desk: Desk, upgrade: Any, clinician: int) -> None:
    since = began(desk, clinician)
    assert f"{desk.root}/releases/5.0.0/" in desk.host.check_output(f"tr '\\0' ' ' </proc/{clinician}/cmdline")
    assert desk.probe("version")["version"]["running"] == [{"pid": clinician, "user": "li", "version": "5.0.0"}]
    # A roll-out asks before; where somebody sits down in between, the release is switched and not what runs.
    done = upgrade("5.0.2")
    assert done.returncode != 0
    assert f"5.0.0 runs (process {clinician} of li)" in done.stdout
    assert linked(desk) == "5.0.2"
    found = desk.checks(version="5.0.2")["version"]
    assert found == (False, f"5.0.0, which li has open (process {clinician}); 5.0.2 starts")
    assert began(desk, clinician) == since
    # The way back: what runs is what is wanted again.
    done = upgrade("5.0.0", "rollback")
    assert done.returncode == 0, done.stdout
    assert desk.checks()["version"] == (True, "5.0.0")
    assert began(desk, clinician) == since
    assert desk.probe("version")["version"]["running"][0]["pid"] == clinician


@pytest.mark.long
def test_the_exercise_release_starts_and_only_the_server_shows_its_defect(desk: Desk, upgrade: Any) -> None:
    done = upgrade("5.0.3-lab1")
    assert done.returncode == 0, done.stdout
    checks = desk.checks(version="5.0.3-lab1")
    assert checks["version"] == (True, "5.0.3-lab1")
    assert checks["series"] == (
        False,
        "client 5.0.3-lab1 is for Tryton 6.0, server wr-mol-his-client-server speaks 5.0 (Tryton 7.0): "
        "client 5.0.x is wanted",
    )
    assert [name for name, (ok, _found) in checks.items() if not ok] == ["series"]
    seen = desk.screen(deadline=30)
    assert seen["failed"]
    assert "服务器版本不兼容" in seen["msg"]  # Incompatible version of the server


@pytest.mark.long
def test_converge_moves_no_version(desk: Desk) -> None:
    done = desk.playbook("his_client/converge.yml", his_client_version="5.0.2")
    assert done.returncode == 0, done.stdout
    assert "drift: 5.0.0 is installed, 5.0.2 is wanted" in done.stdout
    assert linked(desk) == "5.0.0"
