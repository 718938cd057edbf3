"""The engine's imaging orders in the PACS's own worklist feed: what a device reads afterwards."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pydicom
import pytest
from ansible_collections.wardround.hospital.plugins.module_utils import hl7

from lab.engine import messages
from lab.engine.content import ImagingOrder
from lab.paths import ROOT
from tests.unit.lab.engine.test_messages import AT, DOCTOR, LINK, WANG

# The feed runs with the target's pydicom 2; these tests with the controller's pydicom 3.
pytestmark = pytest.mark.filterwarnings("ignore:.*removed in v4.0:DeprecationWarning")
CT = ImagingOrder("001", WANG, "CT-CHEST", "CT of the chest", "CT", "CT_1", AT, "cough & fever", DOCTOR)


@pytest.fixture(scope="module")
def feed() -> Iterator[ModuleType]:
    files = str(ROOT / "roles/pacs_server/files")
    sys.path.insert(0, files)
    yield importlib.import_module("worklist_feed")
    sys.path.remove(files)


def test_an_order_is_the_devices_worklist_entry(feed: ModuleType, tmp_path: Path) -> None:
    sent = hl7.encode(messages.imaging_order(LINK, CT))
    folder = feed.Folder(str(tmp_path))
    for _time in range(2):  # sent again after a crash
        ack = hl7.acknowledgement(hl7.decode(feed.answer(sent, folder)[0]))
        assert (ack["code"], ack["control_id"]) == ("AA", hl7.header(hl7.decode(sent))["control_id"])
    (path,) = tmp_path.glob("*.wl")
    entry = pydicom.dcmread(path)
    (step,) = entry.ScheduledProcedureStepSequence
    assert (str(entry.PatientName), entry.PatientID) == ("Wang^XiaoMing=王^小明", "WRT-1")
    assert (entry.AccessionNumber, entry.PatientBirthDate, entry.PatientSex) == ("001", "19710608", "M")
    assert (step.ScheduledStationAETitle, step.Modality) == ("CT_1", "CT")
    assert entry.RequestedProcedureDescription == "CT of the chest"
    assert entry.RequestedProcedureCodeSequence[0].CodingSchemeDesignator == "99HIS"
    assert entry.ReasonForTheRequestedProcedure == "cough & fever"
    assert str(entry.RequestingPhysician) == "=张^伟"
    assert entry.SpecificCharacterSet == "ISO_IR 192"


def test_an_order_without_a_device_is_still_an_entry_and_one_without_a_modality_is_refused(
    feed: ModuleType, tmp_path: Path
) -> None:
    folder = feed.Folder(str(tmp_path))

    def code(order: ImagingOrder) -> str:
        sent = hl7.encode(messages.imaging_order(LINK, order))
        found: str = hl7.acknowledgement(hl7.decode(feed.answer(sent, folder)[0]))["code"]
        return found

    assert code(ImagingOrder("002", WANG, "MR-HEAD", "MR", "MR", "", AT)) == "AA"
    assert code(ImagingOrder("003", WANG, "MR-HEAD", "MR", "", "", AT)) == "AE"
