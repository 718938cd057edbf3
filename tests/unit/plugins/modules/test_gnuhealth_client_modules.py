"""gnuhealth_probe and gnuhealth_screen as called by a playbook; the client and the server are stand-ins."""

from __future__ import annotations

import base64
import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.wardround.hospital.plugins.module_utils import gnuhealth_desk
from ansible_collections.wardround.hospital.plugins.module_utils.gnuhealth_desk import DeskError
from ansible_collections.wardround.hospital.plugins.modules import gnuhealth_probe, gnuhealth_screen

DESK = {"product": "his_client", "root": "/opt/x", "language": "zh_CN", "action": "health.view"}
LOGIN = {"url": "https://10.0.0.1:443", "database": "health", "user": "reg", "password": "secret"}


@pytest.fixture
def settings(tmp_path: Path) -> str:
    (tmp_path / "desk.json").write_text(json.dumps(DESK))
    (tmp_path / "login.json").write_text(json.dumps(LOGIN))
    return str(tmp_path)


def call(module: Any, capsys: pytest.CaptureFixture[str], **arguments: Any) -> dict[str, Any]:
    with patch_module_args({"product": "his_client", **arguments}), pytest.raises(SystemExit):
        module.main()
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert "secret" not in json.dumps(found)
    return found


class Session:
    """A session as `connect` returns it."""

    user, database, url, version = "reg", "health", "https://10.0.0.1:443", "7.0.59"

    def __init__(self) -> None:
        self.ended = False

    def call(self, method: str, *arguments: Any) -> Any:
        assert (method, arguments[0]) == ("model.res.user.search_read", [["login", "=", "reg"]])
        return [{"id": 5, "name": "Registration"}]

    def logout(self) -> None:
        self.ended = True


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Session:
    """A desk whose client starts and whose server answers."""
    found = Session()
    answers = ({"running": [], "starts": "5.0.2"}, {"language": "zh_CN"})
    monkeypatch.setattr(gnuhealth_desk, "version_of", lambda desk, deadline: answers)
    monkeypatch.setattr(gnuhealth_desk, "client_series", lambda root: ("5.0.2", "7.0"))
    monkeypatch.setattr(gnuhealth_desk, "connect", lambda login, series, deadline: (found, None))
    monkeypatch.setattr(gnuhealth_desk, "language_of", lambda session, language: {"language": language})
    monkeypatch.setattr(gnuhealth_desk, "view_of", lambda session, desk: {"view": "patients"})
    return found


def test_every_question_is_answered_and_timed(
    settings: str, session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    found = call(gnuhealth_probe, capsys, settings=settings)
    answers = found["answers"]
    assert not found["changed"]
    assert list(answers) == ["version", "profile", "series", "login", "language", "view"]
    for name in ("version", "series", "login", "language", "view"):
        assert isinstance(answers[name].pop("seconds"), float)
    assert answers == {
        "version": {"running": [], "starts": "5.0.2"},
        "profile": {"language": "zh_CN"},
        "series": {"client": "5.0.2", "wants": "7.0", "server": "7.0.59"},
        "login": {"user": "reg", "name": "Registration", "database": "health", "url": "https://10.0.0.1:443"},
        "language": {"language": "zh_CN"},
        "view": {"view": "patients"},
    }
    assert session.ended


def test_the_version_needs_no_server(
    settings: str, session: Session, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(gnuhealth_desk, "connect", None)
    (Path(settings) / "login.json").unlink()
    assert list(call(gnuhealth_probe, capsys, settings=settings, questions=["version"])["answers"]) == ["version"]


def test_no_question_stops_the_ones_after_it(
    settings: str, session: Session, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_arguments: Any) -> Any:
        raise KeyError("starts")

    monkeypatch.setattr(gnuhealth_desk, "version_of", broken)
    monkeypatch.setattr(gnuhealth_desk, "language_of", lambda session, language: broken())
    answers = call(gnuhealth_probe, capsys, settings=settings)["answers"]
    assert answers["version"]["error"] == "an answer nobody expected: KeyError('starts')"
    assert answers["profile"] == {"error": answers["version"]["error"]}
    assert "error" in answers["language"]
    assert "error" not in answers["login"]
    assert "error" not in answers["view"]


@pytest.mark.parametrize(
    ("version", "said_of_series"), [(None, "https://10.0.0.1:443 cannot be reached"), ("7.0.59", None)]
)
def test_without_a_login_the_reason_is_every_answer(
    settings: str,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    version: str | None,
    said_of_series: str | None,
) -> None:
    session.version = version
    reason = "https://10.0.0.1:443 cannot be reached"
    monkeypatch.setattr(gnuhealth_desk, "connect", lambda *_: (session, reason))
    answers = call(gnuhealth_probe, capsys, settings=settings)["answers"]
    assert answers["series"].get("error") == said_of_series
    assert [answers[name]["error"] for name in ("login", "language", "view")] == [reason] * 3
    assert answers["version"]["starts"] == "5.0.2"


def test_a_desk_without_a_login_is_said(settings: str, session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    (Path(settings) / "login.json").unlink()
    answers = call(gnuhealth_probe, capsys, settings=settings)["answers"]
    assert "login.json could not be read" in answers["series"]["error"]
    assert answers["login"]["error"] == answers["series"]["error"]


def test_a_desk_without_settings_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for module in (gnuhealth_probe, gnuhealth_screen):
        found = call(module, capsys, settings=str(tmp_path))
        assert found["failed"]
        assert "desk.json could not be read" in found["msg"]


PNG = base64.b64encode(b"\x89PNG").decode()
READ = 'warning: x\nREAD {"windows": ["HIS"], "tabs": [], "menus": ["文件"], "texts": [], "picture": "%s"}\nbye\n'


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Any]:
    """What the probing user's program was asked; it prints READ."""
    calls: list[Any] = []

    def as_probe(*arguments: Any) -> str:
        calls.append(arguments)
        return READ % PNG

    monkeypatch.setattr(gnuhealth_desk, "home", lambda: nullcontext(tmp_path))
    monkeypatch.setattr(gnuhealth_desk, "as_probe", as_probe)
    return calls


def test_the_screen_is_read_and_its_picture_written(
    settings: str, asked: list[Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "screen.png"
    arguments = {"settings": settings, "patient": "WRT0001", "picture": str(picture), "deadline": 9}
    found = call(gnuhealth_screen, capsys, **arguments)
    assert (found["windows"], found["menus"], found["changed"]) == (["HIS"], ["文件"], True)
    assert picture.read_bytes() == b"\x89PNG"
    ((command, home, deadline, said),) = asked
    program = ["/usr/bin/python3", "-PB", "/usr/local/lib/wardround/gnuhealth_client/screen.py"]
    assert command == [*program, "his_client", "--deadline=9", "--view", "--picture", "--patient=WRT0001"]
    assert (home, deadline, said) == (tmp_path, 14, "secret")


def test_check_mode_writes_no_picture(
    settings: str, asked: list[Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "screen.png"
    found = call(gnuhealth_screen, capsys, settings=settings, picture=str(picture), _ansible_check_mode=True)
    assert found["menus"] == ["文件"]
    assert not picture.exists()


def test_a_desk_that_opens_the_menu_waits_for_no_page(
    settings: str, asked: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    (Path(settings) / "desk.json").write_text(json.dumps({**DESK, "action": ""}))
    assert not call(gnuhealth_screen, capsys, settings=settings)["changed"]
    assert "--view" not in asked[0][0]


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        ("FAILED no login window came\n", "the client's screen: no login window came"),
        ("xvfb-run: error: Xvfb failed to start\n", "the screen was not read: xvfb-run: error: Xvfb failed to start"),
        ("", "the screen was not read: nothing was printed"),
    ],
)
def test_what_was_not_read_is_said(
    settings: str,
    asked: list[Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    printed: str,
    said: str,
) -> None:
    monkeypatch.setattr(gnuhealth_desk, "as_probe", lambda *_: printed)
    found = call(gnuhealth_screen, capsys, settings=settings)
    assert found["failed"]
    assert said in found["msg"]


def test_a_client_that_hangs_is_said(
    settings: str, asked: list[Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def hang(*_arguments: Any) -> str:
        raise DeskError("the client did not end within 25 s: it hangs")

    monkeypatch.setattr(gnuhealth_desk, "as_probe", hang)
    assert "it hangs" in call(gnuhealth_screen, capsys, settings=settings)["msg"]


def test_the_menu_is_looked_for_in_the_clients_own_words(tmp_path: Path) -> None:
    catalogue = tmp_path / "current/lib/gnuhealth/data/locale/zh_CN/LC_MESSAGES"
    catalogue.mkdir(parents=True)
    (catalogue / "tryton.mo").write_bytes(compiled({"": "Content-Type: text/plain; charset=UTF-8\n", "File": "文件"}))
    assert gnuhealth_screen.file_menu(str(tmp_path), "zh_CN") == "文件"
    assert gnuhealth_screen.file_menu(str(tmp_path), "en") == "File"


def compiled(messages: dict[str, str]) -> bytes:
    """A catalogue as GNU gettext compiles it (gettext manual, section 10.3, The Format of GNU MO Files)."""
    pairs = [(key.encode(), value.encode()) for key, value in sorted(messages.items())]
    head, tables, texts = 28, b"", b""
    start = head + 16 * len(pairs)
    for column in (0, 1):
        for pair in pairs:
            tables += len(pair[column]).to_bytes(4, "little") + (start + len(texts)).to_bytes(4, "little")
            texts += pair[column] + b"\0"
    header = [0x950412DE, 0, len(pairs), head, head + 8 * len(pairs), 0, 0]
    return b"".join(number.to_bytes(4, "little") for number in header) + tables + texts
