"""An imaging order (HL7 v2.5.1 ORM^O01) as a modality worklist entry (DICOM PS3.4, annex K).

Based on IHE Radiology TF-2, transaction RAD-4 (Procedure Scheduled). A component is written as field.component.

field                          DICOM attribute
PID-3.1, PID-3.4.1             PatientID (required), IssuerOfPatientID; of several the first with PID-3.5 PI or MR
PID-5                          PatientName (required): a repetition with XPN-8 A is the alphabetic group, I the
                               ideographic, P the phonetic; without XPN-8 the characters decide
PID-7, PID-8                   PatientBirthDate, PatientSex (M, F, else O)
PV1-3.1, PV1-19.1              CurrentPatientLocation, AdmissionID
PV1-8, else OBR-16             ReferringPhysicianName
ORC-2.1, else OBR-2.1          PlacerOrderNumberImagingServiceRequest
ORC-3.1, else OBR-3.1          FillerOrderNumberImagingServiceRequest
OBR-4.1, OBR-4.2, OBR-4.3      RequestedProcedureCodeSequence and ScheduledProtocolCodeSequence: value (required),
                               meaning, scheme (else 99HIS); OBR-4.2 also RequestedProcedureDescription and
                               ScheduledProcedureStepDescription
OBR-16                         RequestingPhysician
OBR-18                         AccessionNumber (required)
OBR-19, OBR-20                 RequestedProcedureID, ScheduledProcedureStepID; else the accession number
OBR-21                         ScheduledStationAETitle; empty is seen only by devices that see every station
OBR-24                         Modality (required), a DICOM code
OBR-31.2, else OBR-31.1        ReasonForTheRequestedProcedure
OBR-36, ORC-7.4, TQ1-7, MSH-7  ScheduledProcedureStepStartDate and Time: the first that is there, in this machine's zone
ZDS-1.1                        StudyInstanceUID; else derived from the accession number, always the same
"""

import datetime
import re
import uuid

import hl7_message
from hl7_message import AE, AR, Message, Refused
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian

WORKLIST = "1.2.840.10008.5.1.4.31"  # Modality Worklist Information Model: FIND (PS3.6, annex A)
_UID = re.compile(r"(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))+")
_CODE = re.compile(r"[A-Z0-9_ ]{1,16}")
_MOMENT = re.compile(r"(\d{8})(\d{2})?(\d{2})?(\d{2})?(?:\.\d+)?([+-]\d{4})?")
_GROUPS = {"A": 0, "I": 1, "P": 2}


def accession_number(message: Message) -> str:
    """What an entry is known by; raises Refused where the order has none."""
    return _text(message, "OBR-18", 16, required=True)


def entry(message: Message) -> Dataset:
    """The worklist entry of an order, as a data set that pydicom writes; raises Refused with what is wrong where."""
    accession = accession_number(message)
    date, clock = _moment(message)
    found = Dataset()
    found.SpecificCharacterSet = "ISO_IR 192"
    found.AccessionNumber = accession
    found.ReferringPhysicianName = _physician(message, "PV1-8") or _physician(message, "OBR-16")
    found.PatientName = _patient_name(message)
    found.PatientID, found.IssuerOfPatientID = patient(message)
    found.PatientBirthDate = _date(message, "PID-7")
    sex = message.value("PID-8").upper()
    found.PatientSex = sex if sex in ("M", "F", "") else "O"
    found.StudyInstanceUID = _study(message, accession)
    found.RequestingPhysician = _physician(message, "OBR-16")
    description = _text(message, "OBR-4.2", 64)
    found.RequestedProcedureDescription = description
    found.RequestedProcedureCodeSequence = Sequence([_code(message)])
    found.AdmissionID = _text(message, "PV1-19", 64)
    found.CurrentPatientLocation = _text(message, "PV1-3", 64)
    found.RequestedProcedureID = _text(message, "OBR-19", 16) or accession
    found.ReasonForTheRequestedProcedure = _text(message, "OBR-31.2", 64) or _text(message, "OBR-31", 64)
    placer = _text(message, "ORC-2", 64) or _text(message, "OBR-2", 64)
    found.PlacerOrderNumberImagingServiceRequest = placer
    found.FillerOrderNumberImagingServiceRequest = _text(message, "ORC-3", 64) or _text(message, "OBR-3", 64)
    step = Dataset()
    step.Modality = _matching(message, "OBR-24", _CODE, "a DICOM modality such as CT", required=True)
    step.ScheduledStationAETitle = _text(message, "OBR-21", 16)
    step.ScheduledProcedureStepStartDate = date
    step.ScheduledProcedureStepStartTime = clock
    step.ScheduledProcedureStepDescription = description
    step.ScheduledProtocolCodeSequence = Sequence([_code(message)])
    step.ScheduledProcedureStepID = _text(message, "OBR-20", 16) or accession
    found.ScheduledProcedureStepSequence = Sequence([step])
    return _with_header(found)


def _with_header(dataset: Dataset) -> Dataset:
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.MediaStorageSOPClassUID = WORKLIST
    dataset.file_meta.MediaStorageSOPInstanceUID = _derived("entry", dataset.AccessionNumber)
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.is_little_endian, dataset.is_implicit_VR = True, False  # pydicom 2 asks for both
    return dataset


def _derived(*parts: str) -> str:
    """A UID of our own making (PS3.5, annex B.2): the same for the same parts."""
    return f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, ' '.join(parts)).int}"


def _text(message: Message, place: str, limit: int, required: bool = False) -> str:
    value = message.value(place).strip()
    if required and not value:
        raise Refused(AE, f"{place} is empty", 101, place)
    if len(value) > limit:
        raise Refused(AE, f"{place} has {len(value)} characters, DICOM allows {limit}", 102, place)
    if "\\" in value or not value.isprintable():
        raise Refused(
            AE, f"{place} has a backslash or a control character, which DICOM does not allow there", 102, place
        )
    return value


def _matching(message: Message, place: str, pattern: re.Pattern[str], allowed: str, required: bool = False) -> str:
    value = _text(message, place, 64, required)
    if value and not pattern.fullmatch(value):
        raise Refused(AE, f"{place} is {value!r}, not {allowed}", 102, place)
    return value


def patient(message: Message) -> tuple[str, str]:
    """(PatientID, IssuerOfPatientID); raises Refused where the order names no patient."""
    kinds = [message.value(f"PID-3[{number}].5") for number in range(message.repetitions("PID-3"))]
    chosen = next((number for number, kind in enumerate(kinds) if kind in ("PI", "MR")), 0)
    return _text(message, f"PID-3[{chosen}].1", 64, required=True), _text(message, f"PID-3[{chosen}].4", 64)


def _patient_name(message: Message) -> str:
    groups = ["", "", ""]
    for number in range(message.repetitions("PID-5")):
        place = f"PID-5[{number}]"
        name = _name([_text(message, f"{place}.{part}", 64) for part in (1, 2, 3, 5, 4)], place)
        kind = message.value(f"{place}.8")
        group = _GROUPS.get(kind, 0 if name.isascii() else 1)
        if name and not groups[group]:
            groups[group] = name
    if not any(groups):
        raise Refused(AE, "PID-5 is empty", 101, "PID-5")
    return "=".join(groups).rstrip("=")


def _physician(message: Message, place: str) -> str:
    """An XCN: identifier, family, given, middle, suffix, prefix."""
    parts = [_text(message, f"{place}.{part}", 64) for part in (2, 3, 4, 6, 5)]
    name = _name(parts if any(parts) else [_text(message, place, 64)], place)
    return name if name.isascii() else "=" + name


def _name(parts: list[str], place: str) -> str:
    """Components of a PN (PS3.5, section 6.2): family, given, middle, prefix, suffix."""
    name = "^".join(parts).rstrip("^")
    if any(mark in part for part in parts for mark in "^=") or len(name) > 64:
        raise Refused(AE, f"{place} is no name that DICOM can hold: 64 characters without ^ and =", 102, place)
    return name


def _date(message: Message, place: str) -> str:
    value = message.value(place)[:8]
    try:
        return value and datetime.datetime.strptime(value, "%Y%m%d").strftime("%Y%m%d")
    except ValueError:
        raise Refused(AE, f"{place} is no date as YYYYMMDD", 102, place) from None


def _moment(message: Message) -> tuple[str, str]:
    """(DA, TM) of the first time that the order gives."""
    place = next((place for place in ("OBR-36", "ORC-7.4", "TQ1-7", "MSH-7") if message.value(place)), "OBR-36")
    value = message.value(place)
    match = _MOMENT.fullmatch(value)
    try:
        date, hour, minute, second, zone = match.groups()
        text = date + (hour or "00") + (minute or "00") + (second or "00")
        moment = datetime.datetime.strptime(text + (zone or ""), "%Y%m%d%H%M%S" + ("%z" if zone else ""))
    except (AttributeError, ValueError):
        raise Refused(AE, f"{place} is {value!r}, not a time as YYYYMMDDHHMMSS", 102, place) from None
    if zone:
        moment = moment.astimezone()
    return moment.strftime("%Y%m%d"), moment.strftime("%H%M%S")


def _code(message: Message) -> Dataset:
    """OBR-4 as a coded entry (PS3.3, table 8.8-1)."""
    code = Dataset()
    code.CodeValue = _text(message, "OBR-4", 16, required=True)
    code.CodingSchemeDesignator = _text(message, "OBR-4.3", 16) or "99HIS"
    code.CodeMeaning = _text(message, "OBR-4.2", 64) or code.CodeValue
    return code


def _study(message: Message, accession: str) -> str:
    value = _matching(message, "ZDS-1", _UID, "a UID")
    return value or _derived("study", accession)


def parse(data: bytes) -> Message:
    """The order in the bytes of a message, checked for what this service takes; raises Refused."""
    message = hl7_message.parse(data)
    kind = message.value("MSH-9.1"), message.value("MSH-9.2")
    if kind != ("ORM", "O01"):
        raise Refused(AR, f"message {'^'.join(kind)} is not taken here, only ORM^O01", 200, "MSH-9")
    if message.value("MSH-12") not in ("2.3.1", "2.4", "2.5", "2.5.1"):
        raise Refused(
            hl7_message.AR, f"HL7 version {message.value('MSH-12')!r} is not taken here, only 2.5.1", 203, "MSH-12"
        )
    for segment in ("PID", "ORC", "OBR"):
        count = message.count(segment)
        if count != 1:
            raise Refused(AE, f"{count} segments {segment}, one order per message has one", 100, segment)
    return message
