"""What happens in the HIS becomes messages, each once, in an order that makes sense where they arrive."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from ansible_collections.wardround.hospital.plugins.module_utils import hl7

from lab.engine import reading
from lab.engine.content import Name
from lab.engine.his import HisPoller, accession_of, number_of, record_of
from lab.engine.journal import Journal
from lab.engine.records import Records
from tests.unit.lab.engine import hospital
from tests.unit.lab.engine.standin import IMAGING, PARTY, REQUEST, GnuHealth


@pytest.fixture
def poller(records: Records, journal: Journal, tmp_path: Path) -> HisPoller:
    return HisPoller(hospital.config(tmp_path), records, journal)


def queued(journal: Journal, to: str = "lis") -> list[str]:
    """The messages for a destination that were not looked at before."""
    found = []
    while (entry := journal.following(to)) is not None:
        found.append(entry.message)
        journal.sent(entry)
    return found


def kinds(texts: list[str]) -> list[str]:
    return ["^".join(hl7.header(text)["type"].split("^")[:2]) for text in texts]


def test_a_new_patient_is_registered_once_and_then_changed(
    poller: HisPoller, server: GnuHealth, journal: Journal
) -> None:
    hospital.patient(server)
    assert [poller.poll() for _time in range(3)] == [1, 0, 0]
    (text,) = queued(journal)
    person = reading.patient(reading.parse(text))
    assert kinds([text]) == ["ADT^A04"]
    assert (person.puid, person.born, person.sex) == ("WRT-1", date(1971, 6, 8), "M")
    assert person.names == (Name("王", "小明", "I"), Name("Wang", "XiaoMing", "A"))
    server.write(PARTY, [1], {"name": "晓明"})
    assert [poller.poll() for _time in range(2)] == [1, 0]
    (text,) = queued(journal)
    assert kinds([text]) == ["ADT^A08"]
    assert reading.patient(reading.parse(text)).names[0] == Name("王", "晓明", "I")


def test_a_new_engine_goes_on_where_the_old_one_was(
    poller: HisPoller, server: GnuHealth, journal: Journal, records: Records, tmp_path: Path
) -> None:
    hospital.lab_request(server, hospital.patient(server))
    assert poller.poll() == 3
    again = HisPoller(hospital.config(tmp_path), records, Journal(journal.path))
    assert again.poll() == 0


def test_who_is_no_patient_is_not_sent(poller: HisPoller, server: GnuHealth, journal: Journal) -> None:
    hospital.doctor(server)
    assert (poller.poll(), queued(journal)) == (0, [])


def test_an_order_goes_to_the_laboratory_after_its_patient_and_to_the_analyser(
    poller: HisPoller, server: GnuHealth, journal: Journal
) -> None:
    doctor = hospital.doctor(server)
    request = hospital.lab_request(server, hospital.patient(server), doctor_id=doctor, urgent=True)
    assert [poller.poll() for _time in range(2)] == [3, 0]
    texts, to_analyser = queued(journal), queued(journal, "analyser")
    assert (kinds(texts), kinds(to_analyser)) == (["ADT^A04", "OML^O21"], ["OML^O21"])
    order = reading.lab_order(reading.parse(texts[1]))
    assert (order.number, order.request, order.test, order.urgent) == (f"H7-{request}", "7", "GLU", True)
    assert order.requester is not None and order.requester.family == "张"
    assert order.ordered == datetime.fromisoformat("2026-11-23T02:15:30+00:00")
    assert hl7.header(texts[1])["control_id"] != hl7.header(to_analyser[0])["control_id"]
    assert hl7.header(to_analyser[0])["receiving_application"] == "ANALYSER"


@pytest.mark.parametrize("values", [{"state": "ordered"}, {"source_type": "other_source"}])
def test_other_requests_stay(poller: HisPoller, server: GnuHealth, values: dict[str, str]) -> None:
    hospital.lab_request(server, hospital.patient(server), **values)
    assert poller.poll() == 1  # the patient


def test_a_request_written_by_a_transaction_that_began_earlier_is_found(poller: HisPoller, server: GnuHealth) -> None:
    whose = hospital.patient(server)
    poller.poll()
    hospital.lab_request(server, whose)
    poller.poll()
    late = hospital.lab_request(server, whose)
    server.tables[REQUEST][late]["create_date"] = datetime(2026, 11, 23, 1, 59, 58)
    assert poller.poll() == 2


def test_an_imaging_request_goes_to_the_worklist_when_it_is_requested(
    poller: HisPoller, server: GnuHealth, journal: Journal
) -> None:
    request = hospital.imaging_request(server, hospital.patient(server), state="draft")
    assert poller.poll() == 1
    server.write(IMAGING, [request], {"state": "requested"})
    assert [poller.poll() for _time in range(2)] == [1, 0]
    (text,) = queued(journal, "pacs")
    obr = next(line for line in text.split("\r") if line.startswith("OBR")).split("|")
    assert (obr[4], obr[18], obr[21], obr[24]) == ("CT-CHEST^CT of the chest^99HIS", "001", "CT_1", "CT")


def test_a_merge_is_sent_after_the_surviving_patient(poller: HisPoller, server: GnuHealth, journal: Journal) -> None:
    hospital.patient(server, "WRT-1")
    poller.poll()
    hospital.patient(server, "WRT-2", lastname="Li", name="Na", gender="f")
    server.write(PARTY, [1], {"replaced_by": 2, "active": False})
    assert [poller.poll() for _time in range(2)] == [2, 0]
    texts = queued(journal)
    assert kinds(texts) == ["ADT^A04", "ADT^A04", "ADT^A40"]
    merge = reading.merge(reading.parse(texts[2]))
    assert (merge.prior, merge.person.puid) == ("WRT-1", "WRT-2")
    assert journal.surviving("WRT-1") == "WRT-2"


def test_a_record_that_hl7_cannot_say_is_told_and_holds_up_no_other(
    poller: HisPoller, server: GnuHealth, journal: Journal
) -> None:
    hospital.patient(server, "WRT-1", name="x" * 300)
    hospital.patient(server, "WRT-2", name=5)
    hospital.patient(server, "WRT-3")
    assert [poller.poll() for _time in range(2)] == [3, 0]
    (text,) = queued(journal)
    assert reading.patient(reading.parse(text)).puid == "WRT-3"
    with journal.transaction() as database:
        reasons = [row[0] for row in database.execute("SELECT reason FROM outbox WHERE state = 'refused' ORDER BY id")]
    assert "of patient WRT-1 cannot be written as ADT^A04" in reasons[0]
    assert "cannot be made a message: TypeError" in reasons[1]


def test_many_at_once_are_taken_in_turn_and_orders_wait_for_their_patients(
    poller: HisPoller, server: GnuHealth, journal: Journal
) -> None:
    for number in range(120):
        hospital.lab_request(server, hospital.patient(server, f"WRT-{number}"))
    made = [poller.poll() for _time in range(4)]
    assert made == [100, 20 + 200, 40, 0]
    texts = queued(journal)
    assert len(texts) == 240
    seen: set[str] = set()
    for text in texts:
        message = reading.parse(text)
        if message.kind == "ADT^A04":
            seen.add(reading.patient(message).puid)
        else:
            assert reading.lab_order(message).person.puid in seen


@pytest.mark.parametrize(
    ("line", "accession"),
    [("001-01-01", "001"), ("001-02-01", "001-01"), ("001-02-02", "001-02"), (None, "001"), ("odd", "001")],
)
def test_accession_numbers_are_the_requests_and_unique(line: str | None, accession: str) -> None:
    assert accession_of({"request": "001", "request_line": line}) == accession


def test_an_order_number_leads_back_to_its_request() -> None:
    assert number_of({"request": 7, "id": 12}) == "H7-12"
    found = [record_of(number) for number in ("H7-12", "H-12", "TEST001", "H7", "H7-12x")]
    assert found == [12, 12, None, None, None]
