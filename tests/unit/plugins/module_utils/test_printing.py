"""A page counts as printed when the printer's own record says so; everything else is a sentence."""

from typing import Any

import pytest
from ansible_collections.wardround.hospital.plugins.module_utils import ipp, printing

from tests.unit.plugins.module_utils.ipp_printer import Printer, printer

TITLE = "Test page 王 5f1c09ab"


def queues(uri: str, **more: Any) -> dict[str, dict[str, Any]]:
    """CUPS with one queue, as cups.read gives it."""
    usual = {"device-uri": [uri], "printer-is-accepting-jobs": [True], "printer-state": [3]}
    return {"receipts": {**usual, **more}}


def test_a_queue_and_its_printer_answer() -> None:
    with printer() as one:
        found = printing.check("receipts", queues(one.uri), 2)
    assert found["ok"]
    assert found["found"] == f"takes jobs; a printer at {one.uri}"


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ({"printer-is-accepting-jobs": [False]}, "queue receipts accepts no jobs"),
        ({"printer-state": [5], "printer-state-message": ["Paused"]}, "queue receipts is stopped: Paused"),
        ({"device-uri": ["usb://Brother"]}, "cannot be asked over usb:"),
        ({"device-uri": ["socket://127.0.0.1:9"]}, "at socket://127.0.0.1:9 takes no connection"),
        ({"device-uri": ["ipp://127.0.0.1:9/x"]}, "port 9 refuses the connection"),
    ],
)
def test_a_queue_that_does_not_print_says_why(attributes: dict[str, Any], said: str) -> None:
    found = printing.check("receipts", queues("ipp://127.0.0.1:9/", **attributes), 1)
    assert not found["ok"]
    assert said in found["found"]


def test_a_queue_that_is_not_there_names_those_that_are() -> None:
    assert printing.check("films", queues("ipp://x/"), 1)["found"] == "CUPS has no queue films; it has receipts"
    assert printing.check("films", {}, 1)["found"] == "CUPS has no queue films; it has none"


def test_a_printer_tells_its_troubles() -> None:
    with printer() as one:
        one.reasons = ["media-low"]
        assert printing.check("receipts", queues(one.uri), 2)["found"].endswith(": media-low")
        one.state, one.reasons = 5, ["media-empty", "cover-open"]
        assert printing.check("receipts", queues(one.uri), 2)["found"].endswith("stopped: media-empty, cover-open")
        one.state, one.accepting, one.reasons = 3, False, ["none"]
        assert printing.check("receipts", queues(one.uri), 2)["found"].endswith("no jobs: it says no reason")


@pytest.fixture
def cups(monkeypatch: pytest.MonkeyPatch) -> Any:
    """CUPS's part of a job: `submit` is what happens when one is sent, `state` what CUPS says of it, `calls` it got."""

    class Local:
        state = 5
        calls: list[str]

        def submit(self, title: str) -> None:
            pass

    local = Local()
    local.calls = []

    def submit(_queue: str, title: str, *_: Any) -> int:
        local.submit(title)
        return 7

    def job(*_: Any) -> dict[str, Any]:
        return {"job-state": [local.state], "job-printer-state-message": ["Printing."]}

    monkeypatch.setattr(printing, "_submit", submit)
    monkeypatch.setattr(printing, "_local_job", job)
    monkeypatch.setattr(printing, "_forget", lambda *given: local.calls.append("kept" if given[3] else "cancelled"))
    return local


def printed(one: Printer, cups: Any, state: int, title: str = TITLE) -> Any:
    cups.submit = lambda _title: one.jobs.append({"job-id": 3, "job-name": title, "job-state": state})
    return printing.print_marked("receipts", TITLE, "page", queues(one.uri), 1)


def test_a_page_is_printed_when_the_printer_says_so(cups: Any) -> None:
    with printer() as one:
        found = printed(one, cups, 9)
    assert (found["ok"], found["found"]) == (True, f"job 3 at {one.uri}, completed")
    assert cups.calls == ["kept"]


def test_what_cups_calls_completed_is_not_enough(cups: Any) -> None:
    cups.state = 9
    with printer() as one:
        found = printing.print_marked("receipts", TITLE, "page", queues(one.uri), 0.5)
    assert not found["ok"]
    assert found["found"] == (
        "the job on queue receipts is not printed in time: completed on this machine (Printing.),"
        f" not in its record at {one.uri}"
    )
    assert cups.calls == ["cancelled"]


def test_another_job_is_not_taken_for_ours(cups: Any) -> None:
    with printer() as one:
        found = printed(one, cups, 9, title=TITLE + "x")
    assert not found["ok"]


def test_a_job_that_hangs_is_cancelled_at_the_printer(cups: Any) -> None:
    with printer() as one:
        found = printed(one, cups, 5)
    assert "is not printed in time" in found["found"] and f"printing at {one.uri}" in found["found"]
    assert one.jobs[0]["job-state"] == 7
    assert ipp.CANCEL_JOB in one.asked


@pytest.mark.parametrize(("state", "word"), [(7, "canceled"), (8, "aborted")])
def test_a_job_that_the_printer_gives_up_fails_at_once(cups: Any, state: int, word: str) -> None:
    with printer() as one:
        found = printed(one, cups, state)
    assert f"was not printed: printing on this machine (Printing.), {word} at" in found["found"]
    assert found["seconds"] < 1


def test_a_job_that_cups_gives_up_fails_at_once(cups: Any) -> None:
    cups.state = 8
    with printer() as one:
        found = printing.print_marked("receipts", TITLE, "page", queues(one.uri), 30)
    assert "was not printed: aborted on this machine" in found["found"]


def test_a_frozen_printer_is_found_before_anything_is_sent(cups: Any) -> None:
    with printer() as one:
        one.silent.set()
        found = printing.print_marked("receipts", TITLE, "page", queues(one.uri), 0.5)
        assert "it is frozen" in found["found"]
    assert cups.calls == []


def test_a_printer_without_a_record_proves_nothing(cups: Any) -> None:
    found = printing.print_marked("receipts", TITLE, "page", queues("socket://127.0.0.1"), 1)
    assert "keeps no record of jobs that could be asked" in found["found"]
