"""The analyser measures what it is told to, always the same in the same specimen, and misbehaves on command."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from ansible_collections.wardround.hospital.plugins.module_utils import hl7

from lab.devices import analyser
from lab.devices.analyser import MENU, Analyser, Mute, measure
from lab.engine import messages, reading
from lab.engine.content import LabOrder, RefusedError, Report
from lab.engine.journal import Journal
from tests.unit.lab.engine.test_messages import AT, LINK, WANG


def order(number: str = "H1-1", test: str = "GLU") -> LabOrder:
    return LabOrder(number, WANG, test, test, AT, "serum")


@pytest.fixture
def device(tmp_path: Path) -> Analyser:
    return Analyser(Journal(tmp_path / "analyser.db"), LINK, 0.0, tmp_path / "behaviour")


def results(device: Analyser, found: LabOrder) -> list[Report]:
    """What it sends for an order."""
    device.order(reading.parse(messages.lab_order(LINK, found)))
    reports = []
    while (entry := device.journal.following("engine")) is not None:
        reports += reading.reports(reading.parse(entry.message))
        device.journal.sent(entry)
    return reports


@pytest.mark.parametrize("test", sorted(MENU))
def test_values_are_the_specimens_own_and_plausible(test: str) -> None:
    flags = []
    for number in range(200):
        first, second = (measure(order(f"H1-{number}", test)).observations for _time in range(2))
        assert first == second
        for found, analyte in zip(first, MENU[test], strict=True):
            assert found.value is not None and analyte.least <= found.value <= analyte.most
            assert (found.unit, found.low, found.high) == (analyte.unit, analyte.low, analyte.high)
            expected = "L" if found.value < analyte.low else "H" if found.value > analyte.high else "N"
            assert found.flag == expected
            flags.append(found.flag)
    assert set(flags) == {"L", "N", "H"} and flags.count("N") > len(flags) / 2


def test_a_result_belongs_to_its_order(device: Analyser) -> None:
    (report,) = results(device, order(test="CBC"))
    assert (report.number, report.person, report.test) == ("H1-1", WANG, "CBC")
    assert [found.code for found in report.observations] == ["HGB", "WBC", "PLT"]


def test_a_test_that_is_not_on_the_menu_is_refused(device: Analyser) -> None:
    with pytest.raises(RefusedError, match="measures GLU, CBC, not FERRITIN"):
        results(device, order(test="FERRITIN"))


def test_measuring_takes_its_time(tmp_path: Path) -> None:
    device = Analyser(Journal(tmp_path / "analyser.db"), LINK, 2.0, tmp_path / "behaviour")
    assert results(device, order()) == []
    time.sleep(2.05)
    assert device.journal.following("engine") is not None


@pytest.mark.parametrize(
    ("behaviour", "patients"), [("well", ["WRT-1"]), ("deaf", []), ("wrong-patient", [analyser.NOBODY])]
)
def test_it_misbehaves_as_told(device: Analyser, behaviour: str, patients: list[str]) -> None:
    device.behaviour.write_text(behaviour)
    assert [report.person.puid for report in results(device, order())] == patients


def test_a_duplicate_has_a_control_id_of_its_own(device: Analyser) -> None:
    device.behaviour.write_text("duplicate")
    device.order(reading.parse(messages.lab_order(LINK, order())))
    with device.journal.transaction() as database:
        ids = [row[0] for row in database.execute("SELECT control_id FROM outbox")]
    assert len(set(ids)) == 2


def test_silent_it_answers_nothing_until_it_is_well_again(device: Analyser, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "inbox.db")
    receiver = Mute("ANALYSER", "LAB", journal, {"OML^O21": device.order}, silent=lambda: device.behaves() == "silent")
    device.behaviour.write_text("silent")
    answers: list[bytes] = []
    text = hl7.encode(messages.lab_order(LINK, order()))
    thread = threading.Thread(target=lambda: answers.append(receiver.answer(text)))
    thread.start()
    thread.join(0.5)
    assert (answers, device.journal.following("engine")) == ([], None)
    device.behaviour.write_text("well")
    thread.join(30)
    assert hl7.acknowledgement(hl7.decode(answers[0]))["code"] == "AA"


def test_the_command_tells_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = tmp_path / "config.json"
    settings.write_text(f'{{"state": "{tmp_path / "state"}"}}')
    monkeypatch.setattr("sys.argv", ["analyser", "--config", str(settings), "behave", "deaf"])
    assert analyser.main() == 0
    assert Analyser(Journal(tmp_path / "x.db"), LINK, 0, tmp_path / "state" / "behaviour").behaves() == "deaf"
