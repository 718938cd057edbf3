"""The loops of the engine: what goes wrong in one look is told, and the next look comes."""

from __future__ import annotations

import logging
import sqlite3
import threading
from pathlib import Path

import pytest

from lab.engine import messages, reading
from lab.engine.content import RefusedError, UnavailableError
from lab.engine.journal import Entry, Journal
from lab.engine.records import Records
from lab.engine.service import ORDERED, OrderStates, Polling, forward, ordered
from tests.unit.lab.engine import hospital
from tests.unit.lab.engine.standin import REQUEST, GnuHealth
from tests.unit.lab.engine.test_delivery import until
from tests.unit.lab.engine.test_messages import LINK, REPORT


def link(journal: Journal) -> tuple[bool, str]:
    with journal.transaction() as database:
        row = database.execute("SELECT well, said FROM links WHERE name = 'poll his'").fetchone()
    return bool(row["well"]), row["said"]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (UnavailableError("his: away"), "his: away"),
        (RefusedError("his: may not", "102"), "his: may not"),
        (KeyError("x"), "KeyError: 'x'"),
    ],
)
def test_what_goes_wrong_is_told_and_logged_once(
    journal: Journal, caplog: pytest.LogCaptureFixture, error: Exception, said: str
) -> None:
    answers: list[Exception | int] = [error, error, error, 2]

    def poll() -> int:
        found = answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    polling = Polling("his", poll, journal, 0.01, threading.Event())
    with caplog.at_level(logging.INFO, "engine"):
        for _time in range(3):
            polling.look()
            assert link(journal) == (False, said)
        polling.look()
    assert link(journal) == (True, "")
    assert [record.getMessage() for record in caplog.records] == [f"poll of his: {said}", "his: 2 messages"]


def test_a_journal_that_cannot_be_written_does_not_end_the_looks(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []
    stop = threading.Event()

    def full(*_arguments: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(journal, "link", full)
    polling = Polling("his", lambda: looks.append(1) or 0, journal, 0.01, stop)
    polling.start()
    until(lambda: len(looks) > 3)
    stop.set()
    polling.join(5)


def test_an_order_that_the_laboratory_has_is_marked_in_the_his_and_no_later_state_is_undone(
    records: Records, server: GnuHealth
) -> None:
    request = hospital.lab_request(server, hospital.patient(server))
    oml = Entry("lis", f"{REQUEST}:{request}:2026", "WRT-1", "OML^O21", "C1", "text")
    (then,) = ordered(oml)
    assert (then.destination, then.subject, list(ordered(Entry("lis", "x:1", "A", "ADT^A04", "C2", "")))) == (
        ORDERED,
        "WRT-1",
        [],
    )
    OrderStates(records)(then)
    assert server.tables[REQUEST][request]["state"] == "ordered"
    server.write(REQUEST, [request], {"state": "tested"})
    OrderStates(records)(then)
    assert server.tables[REQUEST][request]["state"] == "tested"
    del server.tables[REQUEST][request]
    OrderStates(records)(then)


def test_an_analysers_result_waits_for_the_lis_as_it_came(journal: Journal, tmp_path: Path) -> None:
    text = messages.report(LINK, REPORT)
    forward(journal)(reading.parse(text))
    forward(journal)(reading.parse(text))
    entry = journal.following("lis")
    assert entry is not None
    assert (entry.message, entry.subject, entry.kind) == (text, "WRT-1", "ORU^R01")
    journal.sent(entry)
    assert journal.following("lis") is None
