"""What runs, what starts, what the server says to a desk: asked of small stand-ins."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, ClassVar

import pytest
from ansible_collections.wardround.hospital.plugins.module_utils import gnuhealth_desk as desk
from ansible_collections.wardround.hospital.plugins.module_utils.gnuhealth_desk import DeskError
from ansible_collections.wardround.hospital.plugins.module_utils.tryton import TrytonError

from wardround.run.processes import start_time

ROOT = "/opt/wardround/his_client"
INIT = 'import locale\n__version__ = "5.0.2"\nSERVER_VERSION = "7.0.0"\nx, y = 1, 2\n'


def process(pid: int, *arguments: str, uid: int = 1000) -> dict[str, Any]:
    return {"pid": pid, "uid": uid, "arguments": list(arguments)}


def client(version: str, root: str = ROOT) -> str:
    return f"{root}/releases/{version}/bin/gnuhealth-client"


def test_clients_are_known_by_the_release_they_were_started_from() -> None:
    found = desk.running(
        [
            process(7, "/usr/bin/python3", "-PB", client("5.0.0"), "-c", "/home/li/his_client.conf", ""),
            process(8, "/usr/bin/python3", "-PB", client("5.0.2"), uid=4242),
            process(9, "/usr/bin/python3", "-PB", client("5.0.2", "/opt/wardround/lis_client")),
            process(10, "vi", client("5.0.2") + ".txt"),
            process(11, "tar", f"{ROOT}/releases/5.0.2"),
        ],
        ROOT + "/",
        {1000: "li"},
    )
    assert found == [
        {"pid": 7, "user": "li", "version": "5.0.0"},
        {"pid": 8, "user": "4242", "version": "5.0.2"},
    ]


def test_the_version_is_what_is_printed() -> None:
    assert desk.printed_version("dconf: warning\nGNUHealth 5.0.3-lab1\nbye\n") == "5.0.3-lab1"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it printed nothing"),
        ("Traceback\nImportError: gi\n", "it printed ImportError: gi"),
        ("GNUHealth \n", "it printed GNUHealth"),
    ],
)
def test_a_client_that_does_not_start_has_no_version(text: str, said: str) -> None:
    with pytest.raises(DeskError, match=said):
        desk.printed_version(text)


def test_the_series_is_read_and_not_run(tmp_path: Path) -> None:
    package = tmp_path / "current/lib/gnuhealth"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(INIT + "raise SystemExit\n")
    assert desk.client_series(str(tmp_path)) == ("5.0.2", "7.0")
    for source in ('__version__ = "5.0.2"\n', "SERVER_VERSION = \n"):
        (package / "__init__.py").write_text(source)
        with pytest.raises(DeskError, match="does not say"):
            desk.client_series(str(tmp_path))


def test_the_profile_is_what_lies_in_the_users_folder(tmp_path: Path) -> None:
    (tmp_path / "profiles.cfg").write_text("[his-01]\nhost = 10.0.0.1:443\ndatabase = health\nusername = reg\n")
    (tmp_path / "his_client.conf").write_text("[login]\nhost = 10.0.0.1:443\n[client]\nlang = zh_CN\n")
    (tmp_path / "known_hosts").write_text("10.0.0.1:443 AB:CD\n10.0.0.2:443 \n")
    assert desk.profile_of(tmp_path, "his_client") == {
        "profiles": {"his-01": {"host": "10.0.0.1:443", "database": "health", "username": "reg"}},
        "login": {"host": "10.0.0.1:443"},
        "language": "zh_CN",
        "tls_only": ["10.0.0.1:443"],
    }
    assert desk.profile_of(tmp_path / "none", "his_client") == {
        "profiles": {},
        "login": {},
        "language": "",
        "tls_only": [],
    }


class FakeSession:
    """A server of Tryton 7.0; `refuses` is what its login says."""

    url = "https://10.0.0.1:443"
    context: ClassVar = {"language": "en", "groups": [1]}
    refuses: str | None = None
    offered: ClassVar = ["en", "zh_CN"]
    names: ClassVar = {"en": {"a": "Patient", "b": "ID"}, "zh_CN": {"a": "患者", "b": "ID"}}
    categories: ClassVar = ["hematology", "hematology"]

    def __init__(self, settings: dict[str, Any], deadline: float) -> None:
        self.series, self.deadline = settings["series"], deadline
        self.version: str | None = None

    def login(self) -> None:
        if self.refuses == "down":
            raise TrytonError("cannot be reached")
        self.version = "7.0.59"
        if self.series != "7.0":
            raise TrytonError(f"a client of series {self.series}")
        if self.refuses:
            raise TrytonError(self.refuses)

    def call(self, method: str, *params: Any, context: dict[str, Any] | None = None) -> Any:
        language = (context or self.context)["language"]
        if method == "model.ir.lang.search_read":
            return [{"code": code} for code in self.offered]
        if method == "model.ir.model.get_names":
            return self.names[language]
        if method == "model.ir.model.data.search_read":
            return [{"db_id": 273}] if params[0][1][2] == "view" else []
        if method == "model.ir.action.get_action_value":
            return {"name": f"Results in {language}", "res_model": "gnuhealth.lab"}
        if method == "model.gnuhealth.lab.search_read":
            if params[0]:
                return [{"id": 1, "test.": {"id": 2, "category": category}} for category in self.categories]
            return [{"id": 1}, {"id": 2}, {"id": 3}]
        raise AssertionError(method)


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(desk, "Session", FakeSession)

    def make(refuses: str | None = None, wants: str = "7.0") -> tuple[Any, str | None]:
        monkeypatch.setattr(FakeSession, "refuses", refuses)
        return desk.connect({"url": "x"}, wants, 5)

    return make


def test_a_server_of_another_series_is_still_asked(session: Any) -> None:
    for wants in ("7.0", "6.0"):
        found, error = session(wants=wants)
        assert (found.version, error) == ("7.0.59", None)


def test_a_wrong_password_and_a_server_that_is_down_are_told_apart(session: Any) -> None:
    found, error = session("wrong password")
    assert (found.version, error) == ("7.0.59", "wrong password")
    found, error = session("wrong password", wants="6.0")
    assert (found.version, error) == ("7.0.59", "wrong password")
    found, error = session("down")
    assert (found.version, error) == (None, "cannot be reached")


def test_how_much_the_server_says_in_a_language(session: Any) -> None:
    inside, _error = session()
    answer = {"language": "zh_CN", "offered": ["en", "zh_CN"], "names": 2, "translated": 1}
    assert desk.language_of(inside, "zh_CN") == answer
    assert desk.language_of(inside, "en")["translated"] == 0


def settings(**changes: Any) -> dict[str, Any]:
    values = {"view": "lab_results", "action": "health_lab.view", "language": "zh_CN", "domain": []}
    return {**values, "section": "", "section_field": "test.category", **changes}


def test_the_view_is_the_servers_own_in_the_desks_language(session: Any) -> None:
    inside, _error = session()
    assert desk.view_of(inside, settings()) == {
        "view": "lab_results",
        "action": "health_lab.view",
        "title": "Results in zh_CN",
        "model": "gnuhealth.lab",
        "records": 3,
        "section": "",
        "sections": [],
    }
    menu = {"view": "menu", "action": "", "title": "", "section": ""}
    assert desk.view_of(inside, settings(view="menu", action="")) == menu
    with pytest.raises(TrytonError, match=r"has no view health_lab\.other"):
        desk.view_of(inside, settings(action="health_lab.other"))


def test_the_sections_are_those_of_the_records_listed(session: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    inside, _error = session()
    chosen = settings(section="hematology", domain=[["test.category", "=", "hematology"]])
    assert desk.view_of(inside, chosen)["sections"] == ["hematology"]
    monkeypatch.setattr(FakeSession, "categories", ["hematology", None])
    assert desk.view_of(inside, chosen)["sections"] == ["None", "hematology"]


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands run without the other user and without a virtual screen."""
    real = subprocess.Popen

    def popen(arguments: list[str], **options: Any) -> Any:
        assert arguments[:3] == ["setpriv", "--reuid", "wardround-probe"]
        assert "xvfb-run" in arguments
        return real(arguments[arguments.index(sys.executable) :], **options)

    monkeypatch.setattr(desk.subprocess, "Popen", popen)


def run(code: str, folder: Path, deadline: float = 20, said: str = "") -> str:
    return desk.as_probe([sys.executable, "-c", code], folder, deadline, said)


@pytest.mark.usefixtures("bare")
def test_what_a_program_prints_is_returned_and_its_home_is_its_own(tmp_path: Path) -> None:
    code = "import os, sys; print(os.environ['HOME'], sys.stdin.read()); print('worse', file=sys.stderr)"
    printed = run(code, tmp_path, said="患者")
    assert f"{tmp_path} 患者" in printed
    assert "worse" in printed


@pytest.mark.usefixtures("bare")
def test_a_program_that_hangs_is_ended_with_everything_it_started(tmp_path: Path) -> None:
    child = "import time; time.sleep(60)"
    code = (
        f"import subprocess, sys, time; child = subprocess.Popen([sys.executable, '-c', {child!r}]);"
        " open('child', 'w').write(str(child.pid)); time.sleep(60)"
    )
    started = time.monotonic()
    with pytest.raises(DeskError, match="did not end within 3 s"):
        run(code, tmp_path, deadline=3)
    assert time.monotonic() - started < 15
    pid = int((tmp_path / "child").read_text())
    for _attempt in range(100):
        if start_time(pid) is None:
            return
        time.sleep(0.05)
    pytest.fail(f"process {pid} still runs")


def test_the_probes_home_is_gone_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "chown", lambda *_: None)
    with desk.home() as folder:
        (folder / "x").write_text("y")
        assert os.stat(folder).st_mode & 0o777 == 0o700  # noqa: PTH116
    assert not folder.exists()


def test_keyboards_of_displays_that_are_gone_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("server-99.xkm", "server-100.xkm", ".X100-lock", "server-room.txt"):
        (tmp_path / name).touch()
    monkeypatch.setattr(desk, "PROBE_USER", "somebody-else")
    desk.forget_keyboards(tmp_path)
    assert (tmp_path / "server-99.xkm").exists(), "another user's"
    monkeypatch.setattr(desk, "PROBE_USER", (tmp_path / "server-99.xkm").owner())
    desk.forget_keyboards(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".X100-lock", "server-100.xkm", "server-room.txt"]


def test_a_desk_without_the_role_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "PROBE_USER", "nobody-of-this-name")
    with pytest.raises(DeskError, match="no user nobody-of-this-name"), desk.home():
        pass


@pytest.mark.parametrize(("content", "said"), [(None, "No such file"), ("{", "could not be read")])
def test_settings_that_cannot_be_read_are_said(tmp_path: Path, content: str | None, said: str) -> None:
    path = tmp_path / "desk.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(DeskError, match=said):
        desk.read_settings(str(path))
