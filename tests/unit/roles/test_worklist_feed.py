"""Imaging orders become worklist entries: each once, the right patient's, or a refusal that says why."""

from __future__ import annotations

import importlib
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pydicom
import pytest

FILES = Path(__file__).parents[3] / "roles/pacs_server/files"
# The feed runs with the target's pydicom 2; these tests with the controller's pydicom 3.
pytestmark = pytest.mark.filterwarnings("ignore:.*removed in v4.0:DeprecationWarning")


@pytest.fixture(scope="module")
def feed() -> Iterator[ModuleType]:
    sys.path.insert(0, str(FILES))
    yield importlib.import_module("worklist_feed")
    sys.path.remove(str(FILES))


def order(**changes: str) -> bytes:
    """A message in UTF-8; `OBR_18="X"` changes one field."""
    segments = {
        "MSH": {2: "^~\\&", 3: "ENGINE", 7: "20261123101500", 9: "ORM^O01^ORM_O01", 10: "E1", 11: "P", 12: "2.5.1"},
        "PID": {3: "WRT0001^^^HIS^PI", 5: "王^小明^^^^^L^I~Wang^XiaoMing^^^^^L^A", 7: "19710608", 8: "M"},
        "ORC": {1: "NW", 2: "P1"},
        "OBR": {
            4: "CT-CHEST^CT chest^99HIS",
            16: "D1^Zhang^Wei",
            18: "REQ1",
            21: "CT_1",
            24: "CT",
            36: "20261123103000",
        },
    }
    segments["MSH"][18] = "UNICODE UTF-8"
    for place, value in changes.items():
        segment, number = place.split("_")
        segments.setdefault(segment, {})[int(number)] = value
    lines = []
    for name, fields in segments.items():
        texts = [fields.get(number, "") for number in range(1, max(fields) + 1)]
        lines.append("|".join([name, *(texts[1:] if name == "MSH" else texts)]))
    return "\r".join([*lines, ""]).encode()


def told(feed: ModuleType, folder: Any, message: bytes) -> tuple[str, str]:
    """(MSA-1, MSA-3) of the answer to one message."""
    ack = feed.answer(message, folder)[0].decode()
    msa = next(line for line in ack.split("\r") if line.startswith("MSA")).split("|")
    assert msa[2] == "E1"
    return msa[1], msa[3] if len(msa) > 3 else ""


@pytest.fixture
def folder(feed: ModuleType, tmp_path: Path) -> Any:
    return feed.Folder(str(tmp_path))


def entry(folder: Any, accession: str = "REQ1") -> pydicom.Dataset:
    return pydicom.dcmread(folder.file(accession))


def test_an_order_becomes_an_entry_with_the_name_in_both_scripts(feed: ModuleType, folder: Any) -> None:
    assert told(feed, folder, order(ZDS_1="1.2.3^^Application^DICOM")) == ("AA", "")
    found = entry(folder)
    assert (str(found.PatientName), found.SpecificCharacterSet) == ("Wang^XiaoMing=王^小明", "ISO_IR 192")
    assert "王^小明".encode() in folder.file("REQ1").read_bytes()
    assert (found.PatientID, found.IssuerOfPatientID, found.PatientBirthDate) == ("WRT0001", "HIS", "19710608")
    assert (found.PatientSex, found.AccessionNumber, found.StudyInstanceUID) == ("M", "REQ1", "1.2.3")
    assert (str(found.RequestingPhysician), found.RequestedProcedureID) == ("Zhang^Wei", "REQ1")
    assert found.PlacerOrderNumberImagingServiceRequest == "P1"
    (step,) = found.ScheduledProcedureStepSequence
    assert (step.Modality, step.ScheduledStationAETitle, step.ScheduledProcedureStepID) == ("CT", "CT_1", "REQ1")
    assert (step.ScheduledProcedureStepStartDate, step.ScheduledProcedureStepStartTime) == ("20261123", "103000")
    (code,) = step.ScheduledProtocolCodeSequence
    assert (code.CodeValue, code.CodeMeaning, code.CodingSchemeDesignator) == ("CT-CHEST", "CT chest", "99HIS")


def test_a_message_that_comes_twice_enters_once(feed: ModuleType, folder: Any) -> None:
    assert [told(feed, folder, order())[0] for _time in range(2)] == ["AA", "AA"]
    first = entry(folder).StudyInstanceUID
    assert first.startswith("2.25.")
    assert [path.name for path in folder.path.iterdir()] == ["REQ1.wl"]
    folder.file("REQ1").unlink()
    told(feed, folder, order())
    assert entry(folder).StudyInstanceUID == first


def test_a_change_replaces_and_a_cancellation_removes(feed: ModuleType, folder: Any) -> None:
    told(feed, folder, order())
    assert told(feed, folder, order(OBR_21="CT_2"))[0] == "AE"
    assert told(feed, folder, order(ORC_1="XO", OBR_21="CT_2"))[0] == "AA"
    assert entry(folder).ScheduledProcedureStepSequence[0].ScheduledStationAETitle == "CT_2"
    assert told(feed, folder, order(ORC_1="CA"))[0] == "AA"
    assert not folder.file("REQ1").exists()
    assert told(feed, folder, order(ORC_1="CA"))[0] == "AA"
    code, reason = told(feed, folder, order(ORC_1="XO"))
    assert (code, reason) == ("AE", "there is no order REQ1 to change")


def test_a_completed_order_leaves_the_worklist(feed: ModuleType, folder: Any) -> None:
    told(feed, folder, order())
    assert told(feed, folder, order(ORC_1="SC", ORC_5="IP"))[0] == "AA"
    assert folder.file("REQ1").exists()
    assert told(feed, folder, order(ORC_1="SC", ORC_5="CM"))[0] == "AA"
    assert not folder.file("REQ1").exists()


@pytest.mark.parametrize("control", ["NW", "XO", "CA"])
def test_an_accession_number_never_changes_its_patient(feed: ModuleType, folder: Any, control: str) -> None:
    told(feed, folder, order())
    code, reason = told(feed, folder, order(ORC_1=control, PID_3="WRT0002"))
    assert (code, reason) == ("AE", "order REQ1 belongs to patient WRT0001, not WRT0002")
    assert entry(folder).PatientID == "WRT0001"


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"OBR_18": ""}, "AE", "OBR-18 is empty"),
        ({"OBR_18": "X" * 17}, "AE", "OBR-18 has 17 characters, DICOM allows 16"),
        ({"OBR_18": "A\\E\\B"}, "AE", "backslash"),
        ({"OBR_24": ""}, "AE", "OBR-24 is empty"),
        ({"OBR_24": "ct scan"}, "AE", "not a DICOM modality"),
        ({"OBR_4": ""}, "AE", "OBR-4 is empty"),
        ({"OBR_36": "tomorrow"}, "AE", "OBR-36 is 'tomorrow', not a time"),
        ({"OBR_36": "20261341"}, "AE", "not a time"),
        ({"PID_3": ""}, "AE", "PID-3[0].1 is empty"),
        ({"PID_5": ""}, "AE", "PID-5 is empty"),
        ({"PID_5": "Wang\\S\\x^Xiao"}, "AE", "no name that DICOM can hold"),
        ({"PID_7": "8 June"}, "AE", "PID-7 is no date"),
        ({"ZDS_1": "1.02"}, "AE", "not a UID"),
        ({"ORC_1": "ZZ"}, "AR", "order control 'ZZ'"),
        ({"MSH_9": "ADT^A08"}, "AR", "ADT\\S\\A08 is not taken here"),
        ({"MSH_12": "2.1"}, "AR", "version '2.1'"),
        ({"MSH_18": "8859/15"}, "AR", "character set '8859/15'"),
        ({"MSH_18": ""}, "AR", "is not ASCII, which MSH-18 says"),
    ],
)
def test_what_cannot_be_entered_is_refused_with_the_reason(
    feed: ModuleType, folder: Any, changes: dict[str, str], code: str, said: str
) -> None:
    found, reason = told(feed, folder, order(**changes))
    assert (found, said in reason) == (code, True), reason
    assert not list(folder.path.iterdir())


def test_a_second_order_in_a_message_is_refused(feed: ModuleType, folder: Any) -> None:
    code, reason = told(feed, folder, order() + b"ORC|NW\r")
    assert (code, reason) == ("AE", "2 segments ORC, one order per message has one")


def test_other_character_sets_and_names_without_a_kind(feed: ModuleType, folder: Any) -> None:
    text = order(MSH_18="GB 18030-2000", PID_5="王^小明~Wang^XiaoMing").decode()
    assert told(feed, folder, text.encode("gb18030"))[0] == "AA"
    assert str(entry(folder).PatientName) == "Wang^XiaoMing=王^小明"


def test_a_name_in_ideographs_only_keeps_its_place(feed: ModuleType, folder: Any) -> None:
    told(feed, folder, order(PID_5="王^小明"))
    assert str(entry(folder).PatientName) == "=王^小明"


def test_a_time_of_another_zone_is_brought_here(feed: ModuleType, folder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    feed.time.tzset()
    told(feed, folder, order(OBR_36="20261123200000+0000"))
    monkeypatch.delenv("TZ")
    feed.time.tzset()
    step = entry(folder).ScheduledProcedureStepSequence[0]
    assert (step.ScheduledProcedureStepStartDate, step.ScheduledProcedureStepStartTime) == ("20261124", "040000")


@pytest.mark.parametrize("accession", ["../../etc/x", "..", "a/b", "A B"])
def test_no_accession_number_leads_out_of_the_folder(feed: ModuleType, folder: Any, accession: str) -> None:
    assert told(feed, folder, order(OBR_18=accession))[0] == "AA"
    (file,) = folder.path.iterdir()
    assert pydicom.dcmread(file).AccessionNumber == accession


def test_a_full_disk_is_told_and_leaves_nothing(feed: ModuleType, folder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    assert told(feed, folder, order()) == ("AE", "the worklist cannot be written: No space left on device")
    assert not list(folder.path.iterdir())


def test_an_entry_that_cannot_be_read_is_a_fault_that_is_told(feed: ModuleType, folder: Any) -> None:
    folder.file("REQ1").write_bytes(b"rubbish")
    code, reason = told(feed, folder, order())
    assert (code, "fault in the worklist feed" in reason) == ("AE", True)


def test_old_entries_and_leftovers_go(feed: ModuleType, folder: Any) -> None:
    told(feed, folder, order())
    told(feed, folder, order(OBR_18="REQ2", OBR_36="20261201"))
    (folder.path / "REQ3.partial").write_bytes(b"half")
    folder.sweep("20261124")
    assert [path.name for path in folder.path.iterdir()] == ["REQ2.wl"]


@pytest.fixture
def served(feed: ModuleType, tmp_path: Path) -> Iterator[Any]:
    """A running feed; a call sends bytes on a new connection and returns the answers, or what came till it closed."""
    settings = {"address": "127.0.0.1", "port": 0, "folder": str(tmp_path), "keep_days": 36500}
    with feed.Feed(settings | {"senders": [{"name": "engine-01", "address": "127.0.0.1"}]}) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

        def call(*parts: bytes, answers: int = 1) -> bytes:
            with socket.create_connection(server.server_address, timeout=10) as connection:
                for part in parts:
                    connection.sendall(part)
                data = b""
                while data.count(b"\x1c\r") < answers:
                    more = connection.recv(65536)
                    if not more:
                        break
                    data += more
                return data

        call.server = server  # type: ignore[attr-defined]
        yield call
        server.shutdown()


def test_messages_come_in_pieces_and_several_at_once(served: Any) -> None:
    one = b"\x0b" + order() + b"\x1c\r"
    two = b"\x0b" + order(OBR_18="REQ2") + b"\x1c\r"
    data = served(one[:40], one[40:] + two, answers=2)
    assert data.count(b"MSA|AA|E1") == 2
    assert data.startswith(b"\x0bMSH|^~\\&|")


def test_a_sender_that_is_not_listed_is_told_and_cut_off(served: Any, tmp_path: Path) -> None:
    served.server.senders = {"192.0.2.1": "engine-01"}
    one = b"\x0b" + order() + b"\x1c\r"
    data = served(one + one, answers=2).decode()
    assert data.count("MSA|") == 1
    assert "MSA|AR|E1|127.0.0.1 is not a listed sender of imaging orders" in data
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("sent", [b"GET / HTTP/1.1\r\n\r\n", b"\x0bnonsense\x1c\r", b"\x0bMSH|^~\\&|A\r\x1c\r"])
def test_what_is_no_message_closes_the_connection(served: Any, sent: bytes) -> None:
    assert served(sent) == b""
    assert b"MSA|AA" in served(b"\x0b" + order() + b"\x1c\r")
