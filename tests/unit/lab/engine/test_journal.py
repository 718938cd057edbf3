"""The queue on the disk: nothing is lost, nothing is made twice, each patient's messages keep their order."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.engine.journal import Entry, Journal


def entry(origin: str, subject: str = "A", to: str = "lis", due: float = 0.0) -> Entry:
    return Entry(to, origin, subject, "OML^O21", f"C{origin}", f"message {origin}", due)


def drain(journal: Journal, to: str = "lis") -> list[str]:
    found = []
    while (following := journal.following(to)) is not None:
        found.append(following.origin)
        journal.sent(following)
    return found


def test_messages_of_a_patient_keep_their_order_and_destinations_do_not_mix(journal: Journal) -> None:
    assert journal.put([entry("1"), entry("2"), entry("3", to="his"), entry("4", "B")]) == 4
    assert drain(journal) == ["1", "2", "4"]
    assert drain(journal, "his") == ["3"]


def test_an_origin_makes_one_message_a_destination(journal: Journal) -> None:
    assert journal.put([entry("1"), entry("1"), entry("1", to="his")]) == 2
    first = journal.following("lis")
    assert first is not None
    journal.sent(first)
    assert journal.put([entry("1")]) == 0
    assert (journal.following("lis"), journal.known("1"), journal.known("2")) == (None, True, False)


def test_an_origin_is_known_by_its_beginning_up_to_a_colon(journal: Journal) -> None:
    journal.put([entry("party.party:12:2026")])
    known = [journal.known(f"party.party:{number}") for number in ("1", "12", "123")]
    assert known == [False, True, False]


def test_one_that_cannot_be_delivered_holds_up_its_own_patient_alone(journal: Journal) -> None:
    journal.put([entry("1", "A"), entry("2", "A"), entry("3", "B"), entry("4", "C")])
    first = journal.following("lis")
    assert first is not None and first.origin == "1"
    journal.tried(first, "locked")
    assert [found.origin for _time in range(2) if (found := journal.following("lis"))] == ["3", "3"]
    assert drain(journal) == ["3", "4", "1", "2"]


def test_a_refused_message_lets_the_next_pass_and_can_be_sent_again(journal: Journal) -> None:
    journal.put([entry("1"), entry("2")])
    first = journal.following("lis")
    assert first is not None
    journal.refused(first, "no patient A")
    assert drain(journal) == ["2"]
    assert (journal.again("C2"), journal.again("C1"), drain(journal)) == (0, 1, ["1"])


def test_what_a_delivery_leads_to_is_put_with_it(journal: Journal) -> None:
    journal.put([entry("1")])
    first = journal.following("lis")
    assert first is not None
    journal.sent(first, [entry("then", to="his")])
    journal.sent(first, [entry("then", to="his")])  # told twice
    assert drain(journal, "his") == ["then"]


def test_a_message_waits_until_it_is_due(journal: Journal) -> None:
    journal.put([entry("1", due=time.time() + 0.1), entry("2", "B", due=time.time() + 60)])
    assert journal.following("lis") is None
    assert 0 < journal.pause("lis", 5) <= 0.1
    time.sleep(0.12)
    assert drain(journal) == ["1"]
    assert journal.pause("lis", 5) == 5


def test_after_a_merge_both_patients_messages_are_one_line(journal: Journal) -> None:
    journal.put([entry("1", "B"), entry("2", "A")])
    first = journal.following("lis")
    assert first is not None
    journal.tried(first, "locked")
    journal.merge("A", "B")
    journal.put([entry("3", "A")])
    following = journal.following("lis")
    assert following is not None and following.origin == "1"  # 2 and 3 wait for it now
    assert drain(journal) == ["1", "2", "3"]


def test_merges_are_followed_to_their_end_and_make_no_circle(journal: Journal) -> None:
    journal.merge("A", "B")
    journal.merge("B", "C")
    journal.merge("A", "B")
    assert [journal.surviving(puid) for puid in "ABCD"] == ["C", "C", "C", "D"]
    with pytest.raises(ValueError, match="A was merged into C before, so C cannot"):
        journal.merge("C", "A")
    with pytest.raises(ValueError):
        journal.merge("D", "D")


@settings(max_examples=50)
@given(st.lists(st.tuples(st.sampled_from("ABCD"), st.sampled_from("ABCD")), max_size=12))
def test_whatever_is_merged_there_is_a_survivor(pairs: list[tuple[str, str]]) -> None:
    journal = Journal(Path(":memory:"))
    for prior, surviving in pairs:
        line = journal.line(surviving)
        try:
            journal.merge(prior, surviving)
        except ValueError:
            assert prior in line
        else:
            assert journal.line(prior) == [prior, *line]
    journal.close()


def test_a_partner_is_away_since_it_went_whatever_it_says(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    def since() -> float:
        with journal.transaction() as database:
            return float(database.execute("SELECT since FROM links").fetchone()[0])

    moments = iter([10.0, 20.0, 30.0])
    monkeypatch.setattr(time, "time", lambda: next(moments))
    journal.link("lis", False, "refused")
    journal.link("lis", False, "silent")
    assert since() == 10
    journal.link("lis", True, "")
    journal.link("lis", True, "")
    assert since() == 20


def test_a_transaction_is_whole_or_not_at_all(journal: Journal) -> None:
    with pytest.raises(RuntimeError), journal.transaction():
        journal.put([entry("1")], {"his": "now"})
        journal.taken("X|Y", "C1", "digest", "ACK")
        raise RuntimeError
    assert (journal.following("lis"), journal.cursor("his"), journal.answered("X|Y", "C1")) == (None, None, None)
    journal.put([entry("1")], {"his": "now"})
    assert (drain(journal), journal.cursor("his")) == (["1"], "now")


def put_many(path: Path, count: int) -> None:
    journal = Journal(path)
    for number in range(count):
        journal.put([entry(str(number))], {"last": str(number)})
        if number == count // 2:
            os.kill(os.getpid(), signal.SIGKILL)


def test_what_was_put_survives_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    process = multiprocessing.get_context("spawn").Process(target=put_many, args=(path, 20))
    process.start()
    process.join(30)
    assert process.exitcode == -signal.SIGKILL
    journal = Journal(path)
    assert (journal.cursor("last"), drain(journal)) == ("10", [str(number) for number in range(11)])
    journal.close()


def test_what_was_delivered_long_ago_is_dropped_and_nothing_else(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now - 40 * 86400)
    journal.put([entry("sent"), entry("refused", "B"), entry("waiting", "C")])
    journal.taken("X|Y", "old", "d", "ACK")
    for _time in range(2):
        found = journal.following("lis")
        assert found is not None
        journal.sent(found) if found.origin == "sent" else journal.refused(found, "no")
    monkeypatch.setattr(time, "time", lambda: now)
    journal.taken("X|Y", "new", "d", "ACK")
    journal.prune()
    assert [journal.known(origin) for origin in ("sent", "refused", "waiting")] == [False, True, True]
    assert (journal.answered("X|Y", "old"), journal.answered("X|Y", "new")) == (None, ("d", "ACK"))
