import json
import sys
from pathlib import Path

import pytest

from lab import screen
from lab.podman import LabError

FOUND = {"windows": ["HIS"], "tabs": ["患者"], "texts": ["患者", "王小明", "WRT0001"], "seconds": 2.5, "changed": True}


@pytest.fixture
def ansible(monkeypatch, tmp_path: Path):
    """A stand-in for the command `ansible` that prints what it is given, and keeps its arguments."""

    def answer(text: str, code: int = 0) -> Path:
        program = tmp_path / "ansible"
        program.write_text(
            f"#!{sys.executable}\nimport json, sys\n"
            f"open({str(tmp_path / 'arguments')!r}, 'w').write(json.dumps(sys.argv[1:]))\n"
            f"print({text!r})\nsys.exit({code})\n"
        )
        program.chmod(0o755)
        monkeypatch.setattr(screen.sys, "executable", str(tmp_path / "python"))
        return tmp_path / "arguments"

    return answer


@pytest.fixture(autouse=True)
def copied(monkeypatch) -> list[tuple]:
    """What podman was asked."""
    asked: list[tuple] = []
    monkeypatch.setattr(screen, "podman", lambda *arguments, **_: asked.append(arguments))
    return asked


def test_the_desk_is_asked_and_its_picture_fetched(ansible, copied, tmp_path: Path) -> None:
    arguments = ansible(f"reg-ws-01 | CHANGED => {json.dumps(FOUND)}")
    picture = tmp_path / "report" / "reg-ws-01.png"
    seen = screen.screenshot("reg-ws-01", picture, "WRT0001")
    assert (seen.title, seen.pages, seen.seconds, seen.picture) == ("HIS", ("患者",), 2.5, picture)
    assert "王小明" in seen.texts
    host, _m, module, _a, asked = json.loads(arguments.read_text())
    assert (host, module) == ("reg-ws-01", "wardround.hospital.gnuhealth_screen")
    assert json.loads(asked) == {
        "product": "his_client",
        "picture": screen.ON_DESK,
        "deadline": screen.SECONDS,
        "patient": "WRT0001",
    }
    assert copied == [
        ("cp", f"wr-reg-ws-01:{screen.ON_DESK}", picture),
        ("exec", "wr-reg-ws-01", "rm", screen.ON_DESK),
    ]
    assert picture.parent.is_dir()


def test_another_patient_on_the_screen_is_an_error(ansible, tmp_path: Path) -> None:
    ansible(f"reg-ws-01 | CHANGED => {json.dumps(FOUND)}")
    with pytest.raises(LabError, match="does not show patient WRT0002; its pages: 患者"):
        screen.screenshot("reg-ws-01", tmp_path / "x.png", "WRT0002")


def test_the_modules_own_sentence_is_the_error(ansible, tmp_path: Path) -> None:
    ansible('reg-ws-01 | FAILED! => {"changed": false, "msg": "the client hangs"}', code=2)
    with pytest.raises(LabError, match=r"^reg-ws-01: the client hangs$"):
        screen.screenshot("reg-ws-01", tmp_path / "x.png")


def test_a_desk_that_is_not_reached_is_an_error(ansible, tmp_path: Path) -> None:
    ansible("[WARNING]: Could not match supplied host pattern, ignoring: reg-ws-01")
    with pytest.raises(LabError, match="the screen of reg-ws-01 was not read"):
        screen.screenshot("reg-ws-01", tmp_path / "x.png")
