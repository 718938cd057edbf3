"""What is written into an image before it is sent, and what the peer's response means."""

from __future__ import annotations

import datetime

import pytest
from ansible_collections.wardround.hospital.plugins.module_utils import dicom, dicom_store
from ansible_collections.wardround.hospital.plugins.module_utils.dicom import DicomError

PEER = {"calling_ae": "XR_1", "called_ae": "WR_PACS", "host": "10.87.20.11", "port": 4242}
SUCCESS = "D: DIMSE Status                  : 0x0000: Success\n"


def test_values_become_paths_in_one_order() -> None:
    values = {
        "RequestAttributesSequence": [{"RequestedProcedureID": "R1"}, {"RequestedProcedureID": 2}],
        "00100010": "=王^小明",
        "ImageType": ["DERIVED", "PRIMARY"],
        "StudyID": None,
    }
    assert dicom.paths(values) == [
        ("0010,0010", "=王^小明"),
        ("ImageType", "DERIVED\\PRIMARY"),
        ("RequestAttributesSequence[0].RequestedProcedureID", "R1"),
        ("RequestAttributesSequence[1].RequestedProcedureID", "2"),
        ("StudyID", ""),
    ]


@pytest.mark.parametrize("values", [{"ImageType": [{"Modality": "CT"}, "x"]}, {"ImageType": [["x"]]}, {"-od": "x"}])
def test_other_values_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(DicomError):
        dicom.paths(values)


def test_a_new_study_gets_identifiers_that_are_the_same_when_it_is_sent_again() -> None:
    values = {"StudyInstanceUID": "1.2.3", "PatientID": "P"}
    first = dicom_store.completed(values, b"image")
    assert first == dicom_store.completed(values, b"image")
    assert first.items() >= values.items()
    assert first["SOPInstanceUID"].startswith("2.25.")
    assert len(first["SOPInstanceUID"]) <= 64
    others = [dicom_store.completed(values, b"other"), dicom_store.completed({"StudyInstanceUID": "1.2.4"}, b"image")]
    assert len({first["SOPInstanceUID"], first["SeriesInstanceUID"], *(one["SOPInstanceUID"] for one in others)}) == 4


def test_given_identifiers_stay_and_an_old_study_gets_none() -> None:
    assert dicom_store.completed({"StudyInstanceUID": "1.2", "SOPInstanceUID": "1.9"}, b"")["SOPInstanceUID"] == "1.9"
    assert dicom_store.completed({"PatientID": "P"}, b"") == {"PatientID": "P"}


def test_a_stamp_has_the_devices_time_and_its_offset() -> None:
    now = datetime.datetime(2026, 11, 23, 9, 5, 7, tzinfo=datetime.timezone(datetime.timedelta(hours=8)))
    stamp = dicom_store.moment(now)
    assert (stamp["InstanceCreationDate"], stamp["InstanceCreationTime"]) == ("20261123", "090507")
    assert (stamp["TimezoneOffsetFromUTC"], stamp["AcquisitionDateTime"]) == ("+0800", "20261123090507")


def test_success_and_a_warning_are_stored() -> None:
    used = "D:   using Presentation Context ID 1 = CTImageStorage with ImplicitVRLittleEndian transfer syntax\n"
    assert dicom_store.judge(used + SUCCESS, PEER) == ("Success", "ImplicitVRLittleEndian")
    assert dicom_store.judge("D: DIMSE Status : 0xb000: Warning: Coercion\n", PEER)[0] == "Warning: Coercion"


@pytest.mark.parametrize(
    ("log", "said"),
    [
        (
            "D: DIMSE Status : 0xa700: Refused: Out of resources\n",
            "its disk is full, or it may not take this from XR_1",
        ),
        ("D: DIMSE Status : 0xc000: Error: Cannot understand\n", "the peer answered 0xc000 Error: Cannot understand"),
        ("F: No Acceptable Presentation Contexts\n", "none of the transfer syntaxes that XR_1 proposes"),
        ("E: 0006:0208 DIMSE No valid Presentation Context ID\n", "none of the transfer syntaxes that XR_1 proposes"),
        ("F: Reason: Calling AE Title Not Recognized\n", "it does not know XR_1 from this host's address"),
        ("I: Association Accepted\n", "the peer gave no final answer"),
        ("", "the peer gave no final answer"),
    ],
)
def test_anything_else_is_not(log: str, said: str) -> None:
    with pytest.raises(DicomError) as refused:
        dicom_store.judge(log, PEER)
    assert said in str(refused.value)
    assert str(refused.value).startswith("WR_PACS at 10.87.20.11 port 4242: ")
