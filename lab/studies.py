"""What the CT scanner has to send: real images that ship with pydicom, one of them of the lab's patient 王小明.

The clinical probe's expectation (`pacs_client_probe` of the inventory) describes the CT image; a test holds both equal.
"""

import hashlib
from pathlib import Path

import pydicom
from pydicom.data import get_testdata_file
from pydicom.uid import generate_uid

from lab.machines import of_image
from lab.paths import LAB
from lab.podman import LabError, podman

STUDIES = LAB / "studies"
ON_MODALITY = "/srv/studies"
PORT = 4242


def prepare(folder: Path = STUDIES) -> None:
    """Write the DICOM files the modality sends; the same bytes every time."""
    folder.mkdir(parents=True, exist_ok=True)
    ct_image().save_as(folder / "ct.dcm")
    shipped("MR_small.dcm").save_as(folder / "mr.dcm")


def shipped(name: str) -> pydicom.Dataset:
    """A file inside the pydicom package; nothing is downloaded."""
    path = get_testdata_file(name, download=False)
    if not isinstance(path, str):
        raise LabError(f"pydicom does not ship {name}")
    return pydicom.dcmread(path)


def ct_image() -> pydicom.Dataset:
    """The shipped CT image as that of 王小明, in UTF-8 (PS3.5 6.1.2.3), with identifiers of its own."""
    image = shipped("CT_small.dcm")
    image.SpecificCharacterSet = "ISO_IR 192"
    image.PatientName = "Wang^XiaoMing=王^小明"
    image.PatientID = "WR0001"
    image.PatientBirthDate = "19710608"
    image.PatientSex = "M"
    image.AccessionNumber = "WR26110001"
    image.StudyDescription = "CT 胸部平扫"
    for level in ("Study", "Series", "SOP"):
        setattr(image, f"{level}InstanceUID", generate_uid(entropy_srcs=["wardround lab", "ct", level]))
    image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
    return image


def probe(image: pydicom.Dataset) -> dict[str, str | int]:
    """What a workstation must see of an image; the frame's SHA-256 is that of its samples in little endian."""
    return {
        "study_instance_uid": str(image.StudyInstanceUID),
        "series_instance_uid": str(image.SeriesInstanceUID),
        "sop_instance_uid": str(image.SOPInstanceUID),
        "frame_sha256": hashlib.sha256(image.pixel_array.astype("<i2").tobytes()).hexdigest(),
        "rows": int(image.Rows),
        "columns": int(image.Columns),
        "bits_allocated": int(image.BitsAllocated),
        "patient_id": str(image.PatientID),
        "patient_name": str(image.PatientName),
    }


def store() -> int:
    """The modality sends its images to the PACS (C-STORE), safe to repeat; returns how many the PACS took."""
    (modality,), (pacs,) = of_image("modality"), of_image("pacs")
    command = ["storescu", "-v", "-aet", str(modality.ae_title), "-aec", str(pacs.ae_title), "+sd"]
    said = podman(
        "exec", modality.container, "sh", "-c", '"$@" 2>&1', "sh", *command, pacs.clinical, str(PORT), ON_MODALITY
    )
    taken = said.count("Received Store Response (Success)")  # its exit status is 0 for refused images too
    sent = len(list(STUDIES.glob("*.dcm")))
    if taken != sent:
        raise LabError(f"{pacs.name} took {taken} of {sent} images:\n{said}")
    return taken
