"""When the databases to begin with are made: once, anew when what they are made of has changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lab import databases
from lab.podman import LabError


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[dict[str, object]]:
    """What the container was asked for, each time."""
    asked: list[dict[str, object]] = []
    monkeypatch.setattr(databases, "DATABASES", tmp_path / "databases")
    monkeypatch.setattr(databases, "bake", lambda name: {name: "image"})
    monkeypatch.setattr(databases, "_make", lambda _image, _release, wanted: asked.append(json.loads(wanted)))
    return asked


def test_they_are_made_once_with_each_role_s_own_modules(made: list[dict[str, object]]) -> None:
    databases.build()
    databases.build()
    (wanted,) = made
    assert wanted["modules"] == {name: databases.modules(name) for name in ("his_server", "lis_server")}
    assert "health_imaging" in databases.modules("his_server")
    assert "health_imaging" not in databases.modules("lis_server")


def test_what_they_are_made_of_has_changed(made: list[dict[str, object]], monkeypatch: pytest.MonkeyPatch) -> None:
    databases.build()
    monkeypatch.setattr(databases, "LANGUAGES", ("de",))
    databases.build()
    assert [wanted["languages"] for wanted in made] == [["zh_CN"], ["de"]]


def test_one_that_failed_is_tried_again(made: list[dict[str, object]], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> None:
        raise LabError("no")

    with monkeypatch.context() as patched:
        patched.setattr(databases, "_make", fail)
        with pytest.raises(LabError):
            databases.build()
    databases.build()
    assert len(made) == 1
