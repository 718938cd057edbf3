"""The history of a link on disk: whole or as it was, and readable years later."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wardround.network.link_health import LinkCheck
from wardround.run import link_history
from wardround.run.link_history import HistoryError
from wardround.run.lock import LockedError
from wardround.run.store import Store

CHECK = LinkCheck("images", "rad-ws-01", "pacs-01", 20.0, 5, "2031-05-06T07:00:00Z", {"ping": 0.2}, ("silent",), ("a",))
ACCEPTED = LinkCheck("images", "rad-ws-01", "pacs-01", 20.0, 5, "2031-05-07T07:00:00Z", {}, accepted="搬迁")


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WARDROUND_STATE", str(tmp_path / "state"))
    return tmp_path / "state"


def test_checks_come_back_in_order(state: Path) -> None:
    assert link_history.read("images") == []
    assert link_history.add(CHECK) == [CHECK]
    assert link_history.add(ACCEPTED) == [CHECK, ACCEPTED] == link_history.read("images")
    assert link_history.read("other") == []
    path = state / "links/images.jsonl"
    assert len(path.read_text(encoding="utf-8").splitlines()) == 2
    assert list(path.parent.iterdir()) == [path], "nothing is left beside it"


def test_a_write_that_fails_leaves_the_history_as_it_was(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link_history.add(CHECK)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(HistoryError, match=r"images\.jsonl: cannot be written \(No space left on device\)"):
        link_history.add(ACCEPTED)
    assert link_history.read("images") == [CHECK]
    assert [path.name for path in (state / "links").iterdir()] == ["images.jsonl"]


@pytest.mark.parametrize("line", ["", "{}", "[]", "7", '{"figures": {"ping": "fast"}, "faults": [], "findings": []}'])
def test_a_line_that_is_no_check_is_named(line: str, state: Path) -> None:
    link_history.add(CHECK)
    path = state / "links/images.jsonl"
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(HistoryError, match=r"images\.jsonl:2: no check of a link; take the line out"):
        link_history.read("images")


def test_one_check_at_a_time() -> None:
    store = Store.open()
    link_history.begin(store, os.getpid())
    with pytest.raises(LockedError, match="the check of the links is locked by"):
        link_history.begin(store, os.getppid())
    link_history.end(store, os.getpid())
    link_history.begin(store, os.getppid())
