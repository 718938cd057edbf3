"""The queues of a machine become what is wanted, nobody else's are touched, and a second time nothing happens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.wardround.hospital.plugins.module_utils import cups, ipp
from hypothesis import given
from hypothesis import strategies as st

URI = "ipp://10.87.20.44:8631/ipp/print"


def queue(name: str = "receipts", **settings: Any) -> dict[str, Any]:
    """A queue as the module's parameters hold it."""
    empty = {"description": None, "location": None, "media": None, "options": {}}
    return {"name": name, "uri": URI, "purpose": "receipts", "model": "everywhere", **empty, **settings}


class Cups:
    """CUPS of a few lines: does what lpadmin is told, and drops what the real one drops without a word."""

    def __init__(self, media: tuple[str, ...] = ("custom_80x200mm_80x200mm", "iso_a4_210x297mm")) -> None:
        self.queues: dict[str, dict[str, Any]] = {}
        self.default: str | None = None
        self.media = media
        self.calls: list[list[str]] = []
        self.fails = "nothing"

    def read(self, _deadline: float) -> Any:
        return {name: dict(attributes) for name, attributes in self.queues.items()}, self.default

    def lpadmin(self, arguments: list[str], _deadline: float) -> None:
        self.calls.append(arguments)
        rest = list(arguments)
        verb, name = rest.pop(0), rest.pop(0)
        if verb == "-x":
            self.queues.pop(name, None)
            return
        if verb == "-d":
            self.default = name
            return
        known = self.queues.setdefault(name, {"printer-is-shared": [True], "printer-state": [5]})
        if self.fails in rest:
            raise cups.CupsError("lpadmin: Unable to do that")
        while rest:
            self.set(known, rest.pop(0), rest)

    def set(self, known: dict[str, Any], flag: str, rest: list[str]) -> None:
        if flag == "-E":
            known.update({"printer-is-accepting-jobs": [True], "printer-state": [3]})
            return
        value = rest.pop(0)
        names = {"-v": "device-uri", "-D": "printer-info", "-L": "printer-location"}
        if flag in names:
            known[names[flag]] = [value]
        elif flag == "-m":
            known.update({"media-default": ["unknown"], "media-supported": list(self.media)})
        elif flag == "-R":
            known.pop(value, None)
        else:
            option, _equals, text = value.partition("=")
            if option == "printer-is-shared":
                known[option] = [text == "true"]
            elif option == "media":
                same = [one for one in self.media if cups.size(one) == cups.size(text)]
                known["media-default"] = same or known["media-default"]
            else:
                known[option] = [int(text) if text.isdecimal() else text]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Cups:
    one = Cups()
    monkeypatch.setattr(cups, "read", one.read)
    monkeypatch.setattr(cups, "lpadmin", one.lpadmin)
    monkeypatch.setattr(ipp, "ask", lambda *_: [])
    return one


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return tmp_path / "queues.json"


def converge(record: Path, *queues: dict[str, Any], default: str | None = None, check: bool = False) -> Any:
    params = {"queues": list(queues), "default": default, "record": str(record), "deadline": 1.0}
    return cups.converge(params, check)


RECEIPTS = queue(media="custom_receipt_80x200mm", options={"sides": "one-sided", "copies": 2}, location="hall")
LABELS = queue("labels", purpose="labels", uri="socket://10.87.20.44", model="raw")


def test_queues_are_made_and_stay(server: Cups, record: Path) -> None:
    found = converge(record, RECEIPTS, LABELS, default="receipts")
    assert found["changed"]
    assert server.default == "receipts"
    assert server.queues["receipts"]["media-default"] == ["custom_80x200mm_80x200mm"]
    assert server.queues["receipts"]["copies-default"] == [2]
    assert server.queues["labels"]["device-uri"] == ["socket://10.87.20.44"]
    assert "receipts media: custom_receipt_80x200mm\n" in found["diff"]["after"]
    assert found["diff"]["before"] == "default: none\n"
    assert [one["name"] for one in json.loads(record.read_text())["queues"]] == ["labels", "receipts"]
    calls = len(server.calls)
    again = converge(record, LABELS, RECEIPTS, default="receipts")
    assert (again["changed"], again["commands"], len(server.calls)) == (False, [], calls)
    assert again["diff"]["before"] == again["diff"]["after"]


def test_check_mode_says_the_same_and_does_nothing(server: Cups, record: Path) -> None:
    said = converge(record, RECEIPTS, default="receipts", check=True)
    assert (server.calls, record.exists()) == ([], False)
    done = converge(record, RECEIPTS, default="receipts")
    assert done == said


def test_check_mode_needs_no_service_that_a_task_before_would_have_started(
    server: Cups, record: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = converge(record, RECEIPTS, default="receipts", check=True)

    def stopped(_deadline: float) -> None:
        raise ipp.NotRunning("this machine's CUPS does not run")

    monkeypatch.setattr(cups, "read", stopped)
    (warning,) = (said := converge(record, RECEIPTS, default="receipts", check=True)).pop("warnings")
    assert said == fresh
    assert warning == "this machine's CUPS does not run, so which queues it has is unknown: all are shown as new"
    with pytest.raises(ipp.NotRunning):
        converge(record, RECEIPTS, default="receipts")


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"uri": "ipp://10.87.20.45/ipp/print"}, "receipts uri: ipp://10.87.20.45/ipp/print"),
        ({"media": "iso_a4_210x297mm"}, "receipts media: iso_a4_210x297mm"),
        ({"options": {"sides": "one-sided", "copies": 1}}, "receipts option copies: 1"),
        ({"description": "收据打印机"}, "receipts description: 收据打印机"),
        ({"location": ""}, "receipts location: "),
        ({"model": "raw"}, "receipts model: raw"),
    ],
)
def test_a_difference_is_shown_and_mended(server: Cups, record: Path, change: dict[str, Any], line: str) -> None:
    converge(record, RECEIPTS)
    found = converge(record, RECEIPTS | change)
    assert found["changed"]
    assert line in found["diff"]["after"].splitlines()
    assert line not in found["diff"]["before"].splitlines()
    assert not converge(record, RECEIPTS | change)["changed"]


def test_an_option_that_is_no_longer_wanted_goes(server: Cups, record: Path) -> None:
    converge(record, RECEIPTS)
    found = converge(record, RECEIPTS | {"options": {}})
    assert "copies-default" not in server.queues["receipts"]
    assert "receipts option copies: 2\n" in found["diff"]["before"]


@pytest.mark.parametrize(
    "drift", [{"printer-is-accepting-jobs": [False]}, {"printer-state": [5]}, {"printer-is-shared": [True]}]
)
def test_a_queue_that_takes_no_jobs_or_is_shared_is_mended(server: Cups, record: Path, drift: dict[str, Any]) -> None:
    converge(record, RECEIPTS)
    server.queues["receipts"].update(drift)
    assert converge(record, RECEIPTS)["changed"]
    assert not converge(record, RECEIPTS)["changed"]


def test_only_our_own_queues_are_removed(server: Cups, record: Path) -> None:
    server.lpadmin(["-p", "Brother", "-v", "usb://Brother", "-m", "raw"], 1)
    converge(record, RECEIPTS, LABELS, default="labels")
    found = converge(record, RECEIPTS)
    assert sorted(server.queues) == ["Brother", "receipts"]
    assert found["foreign"] == ["Brother"]
    assert "labels" in found["diff"]["before"] and "labels" not in found["diff"]["after"]


def test_a_queue_that_somebody_else_made_is_taken_over_when_it_is_listed(server: Cups, record: Path) -> None:
    server.lpadmin(["-p", "receipts", "-v", "ipp://elsewhere/", "-m", "raw", "-E"], 1)
    found = converge(record, RECEIPTS)
    assert (found["changed"], found["foreign"]) == (True, [])
    assert server.queues["receipts"]["device-uri"] == [URI]


def test_what_cups_drops_without_a_word_is_found(server: Cups, record: Path) -> None:
    with pytest.raises(cups.CupsError) as caught:
        converge(record, RECEIPTS | {"media": "iso_a3_297x420mm"})
    assert str(caught.value) == (
        "queue receipts keeps media unknown, wanted is iso_a3_297x420mm;"
        " its printer offers custom_80x200mm_80x200mm,iso_a4_210x297mm"
    )


def test_a_queue_that_fails_half_way_is_removed_and_made_the_next_time(server: Cups, record: Path) -> None:
    server.fails = "everywhere"
    with pytest.raises(cups.CupsError, match="queue receipts: lpadmin: Unable to do that"):
        converge(record, RECEIPTS)
    assert server.queues == {}
    server.fails = "nothing"
    assert converge(record, RECEIPTS)["changed"]


def test_after_a_crash_nothing_is_forgotten(server: Cups, record: Path) -> None:
    converge(record, RECEIPTS)
    server.fails = "raw"
    with pytest.raises(cups.CupsError):
        converge(record, RECEIPTS | {"model": "raw"})
    server.fails = "nothing"
    assert "receipts model: raw\n" not in converge(record, RECEIPTS | {"model": "raw"})["diff"]["before"]
    server.fails = "raw"
    with pytest.raises(cups.CupsError):
        converge(record, queue("films", purpose="films"), LABELS)
    server.fails = "nothing"
    converge(record)
    assert server.queues == {}


def test_a_printer_that_is_off_changes_nothing(server: Cups, record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def off(*_: Any) -> None:
        raise ipp.IppError("the printer at prn-01 port 8631 refuses the connection: its print service does not run")

    monkeypatch.setattr(ipp, "ask", off)
    with pytest.raises(
        cups.CupsError, match="queue receipts cannot be set up: the printer at prn-01 port 8631 refuses"
    ):
        converge(record, RECEIPTS)
    assert server.calls == []


@pytest.mark.parametrize(
    ("queues", "default", "said"),
    [
        ([queue("a b")], None, "queue 'a b': a name has no spaces"),
        ([queue("a/b")], None, "queue 'a/b'"),
        ([queue(), queue()], None, "queue receipts is listed 2 times"),
        ([queue(media="A4")], None, "media A4 does not end in a size"),
        ([queue()], "films", "the default queue films is not in the list: receipts"),
        ([], "films", "it is empty"),
    ],
)
def test_wrong_lists_are_refused(
    server: Cups, record: Path, queues: list[dict[str, Any]], default: str | None, said: str
) -> None:
    with pytest.raises(cups.CupsError, match=said):
        converge(record, *queues, default=default)


def test_a_damaged_record_is_an_error(server: Cups, record: Path) -> None:
    record.write_text("[]")
    with pytest.raises(cups.CupsError, match="so it is unknown which queues are ours"):
        converge(record, RECEIPTS)


@given(st.integers(1, 9999), st.integers(1, 9999), st.sampled_from(["", "custom_", "om_small-photo_"]))
def test_sizes_are_read_from_media_names(width: int, height: int, name: str) -> None:
    assert cups.size(f"{name}{width}x{height}mm") == (width * 100, height * 100)


def test_inches_and_other_names() -> None:
    assert cups.size("na_letter_8.5x11in") == (21590, 27940)
    assert cups.size("A4") is None


@given(st.text())
def test_any_text_is_a_size_or_none(text: str) -> None:
    found = cups.size(text)
    assert found is None or len(found) == 2


def test_no_queue_at_all_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_: Any, **__: Any) -> None:
        raise ipp.IppError("nothing there", ipp.NOT_FOUND)

    monkeypatch.setattr(ipp, "ask", nothing)
    assert cups.read(1) == ({}, None)


def test_lpadmin_is_judged_by_what_it_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = tmp_path / "lpadmin"
    tool.write_text("#!/bin/sh\necho 'lpadmin: no'; exit 1\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(cups.CupsError, match="lpadmin: no"):
        cups.lpadmin(["-x", "q"], 1)
    tool.write_text("#!/bin/sh\nexec sleep 5\n")
    with pytest.raises(cups.CupsError, match=r"no answer within 0.3 s"):
        cups.lpadmin(["-x", "q"], 0.3)
    monkeypatch.setenv("PATH", str(tmp_path / "none"))
    with pytest.raises(cups.CupsError, match="is CUPS installed"):
        cups.lpadmin(["-x", "q"], 1)
