"""cups_queues and print_probe as called by a playbook."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.wardround.hospital.plugins.module_utils import cups, ipp, printing
from ansible_collections.wardround.hospital.plugins.modules import cups_queues, print_probe

QUEUE = {"name": "receipts", "uri": "ipp://prn-01/ipp/print", "purpose": "receipts"}


def call(module: ModuleType, capsys: pytest.CaptureFixture[str], **arguments: Any) -> dict[str, Any]:
    with patch_module_args(arguments), pytest.raises(SystemExit):
        module.main()
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_queues_get_their_defaults(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(cups, "converge", lambda params, check: asked.append((params, check)) or {"changed": True})
    assert call(cups_queues, capsys, queues=[QUEUE], _ansible_check_mode=True)["changed"]
    params, check = asked[0]
    assert check
    assert params["queues"] == [
        QUEUE | {"description": None, "location": None, "model": "everywhere", "media": None, "options": {}}
    ]


@pytest.mark.parametrize("error", [cups.CupsError("lpadmin: no"), ipp.IppError("this machine's CUPS refuses")])
def test_what_cannot_be_done_is_said(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr(cups, "converge", fail)
    found = call(cups_queues, capsys, queues=[])
    assert (found["failed"], found["msg"]) == (True, str(error))


def test_an_unknown_purpose_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert "purpose" in call(cups_queues, capsys, queues=[QUEUE | {"purpose": "posters"}])["msg"]


@pytest.mark.parametrize("check", [True, False])
def test_a_page_is_printed_unless_in_check_mode(
    check: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cups, "read", lambda _deadline: ({}, None))
    monkeypatch.setattr(printing, "print_marked", lambda *given: {"ok": True, "found": given[1]})
    found = call(print_probe, capsys, queues=["labels"], print_on="labels", title="Page", _ansible_check_mode=check)
    assert found["answers"]["queue labels"]["found"] == "CUPS has no queue labels; it has none"
    assert ("print labels" in found["answers"]) is not check
    if not check:
        mark = found["title"].removeprefix("Page ")
        assert len(mark) == 8
        assert found["answers"]["print labels"]["found"] == found["title"]


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize(
    ("default", "ok", "found"),
    [
        ("receipts", True, "receipts is the default printer"),
        ("labels", False, "labels is the default printer here, receipts is wanted"),
        (None, False, "no printer is the default printer here, receipts is wanted"),
    ],
)
def test_the_default_is_the_one_that_cups_itself_has(
    check: bool,
    default: str | None,
    ok: bool,
    found: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(cups, "read", lambda _deadline: ({}, default))
    answers = call(print_probe, capsys, queues=[], default="receipts", _ansible_check_mode=check)["answers"]
    assert {name: (answer["ok"], answer["found"]) for name, answer in answers.items()} == {
        "default receipts": (ok, found)
    }


def test_without_cups_every_answer_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def off(_deadline: float) -> None:
        raise ipp.IppError("this machine's CUPS has no socket")

    monkeypatch.setattr(cups, "read", off)
    found = call(print_probe, capsys, queues=["labels"], default="labels", print_on="labels")
    assert {name: answer["ok"] for name, answer in found["answers"].items()} == {
        "queue labels": False,
        "default labels": False,
        "print labels": False,
    }
    assert found["answers"]["queue labels"]["found"] == "this machine's CUPS has no socket"
