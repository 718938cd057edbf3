"""What the devices have to send: real images that ship with pydicom, one of them of the lab's patient 王小明.

The clinical probe's expectation (`pacs_client_probe` of the inventory) describes the CT image; a test holds both equal.
Templates are what a device makes of whoever lies in it: `dicom_store` writes the patient of the worklist into a copy.
"""

import hashlib
from pathlib import Path

import numpy as np
import pydicom
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ComputedRadiographyImageStorage, ImplicitVRLittleEndian, generate_uid

from lab.machines import machine, of_image
from lab.paths import LAB
from lab.podman import LabError, podman

STUDIES, TEMPLATES = LAB / "studies", LAB / "templates"
# Where a device sees them.
ON_MODALITY, TEMPLATES_ON_MODALITY = "/srv/studies", "/srv/templates"
CT = "ct-01"
PORT = 4242
# Of the one who was really examined for a template; empty where the standard allows it (type 2).
PERSONAL = (
    "AccessionNumber",
    "AdmissionID",
    "CurrentPatientLocation",
    "InstitutionName",
    "PatientBirthDate",
    "PatientSex",
    "ReferringPhysicianName",
    "RequestingPhysician",
    "StudyID",
)


def prepare(folder: Path = STUDIES, templates: Path = TEMPLATES) -> None:
    """Write the DICOM files the devices send, the same bytes every time."""
    for made in (folder, templates):
        made.mkdir(parents=True, exist_ok=True)
    ct_image().save_as(folder / "ct.dcm")
    shipped("MR_small.dcm").save_as(folder / "mr.dcm")
    for name, dataset in (("ct", shipped("CT_small.dcm")), ("ecg", ecg()), ("xr", radiograph())):
        template(dataset, name).save_as(templates / f"{name}.dcm", enforce_file_format=True)


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


def ecg() -> pydicom.Dataset:
    """The shipped 12-lead ECG of ten seconds (PS3.3, section A.34.3), leads coded as SCP-ECG does (5.6.3-9-1 ...)."""
    return shipped("waveform_ecg.dcm")


def radiograph() -> pydicom.Dataset:
    """What an old device makes: a chest phantom as Computed Radiography (PS3.3, section A.2), Implicit VR."""
    image = Dataset()
    image.SOPClassUID, image.Modality = ComputedRadiographyImageStorage, "CR"
    image.StudyDate, image.StudyTime = "19980302", "101500"
    image.Manufacturer, image.StudyDescription = "Wardround lab", "Chest"
    image.BodyPartExamined, image.ViewPosition = "CHEST", "PA"
    image.SeriesNumber, image.InstanceNumber, image.PatientOrientation = 1, 1, ["L", "F"]
    pixels = chest()
    image.Rows, image.Columns = pixels.shape
    image.SamplesPerPixel, image.PhotometricInterpretation, image.PixelRepresentation = 1, "MONOCHROME2", 0
    image.BitsAllocated, image.BitsStored, image.HighBit = 16, 12, 11
    image.WindowCenter, image.WindowWidth = 2048, 4096
    image.PixelData = pixels.tobytes()
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    image.file_meta.MediaStorageSOPClassUID = image.SOPClassUID
    return image


def chest(rows: int = 512, columns: int = 448) -> np.ndarray:
    """Twelve-bit samples that look enough like a chest to be told from a defect: body, lungs, heart, ribs."""
    y, x = np.mgrid[0:rows, 0:columns]
    u, v = (2 * x - columns) * 100 // columns, (2 * y - rows) * 100 // rows  # -100 to 100, in whole numbers
    pixels = np.where(u * u * 9 + v * v * 4 < 72900, 2600, 200)
    for middle in (-38, 38):
        pixels = np.where((u - middle) ** 2 * 9 + v * v < 5400, 900, pixels)
    pixels = np.where((u - 8) ** 2 * 2 + (v - 25) ** 2 < 900, 3000, pixels)
    pixels = np.where((np.abs(u) < 6) & (pixels > 200), 3400, pixels)
    ribs = ((v + u * u // 120) % 26 < 6) & (pixels == 900)
    return np.where(ribs, 1500, pixels).astype("<u2")


def template(dataset: pydicom.Dataset, name: str) -> pydicom.Dataset:
    """A file of nobody: whoever stores it without a worklist's values is seen to have done so."""
    for keyword in PERSONAL:
        setattr(dataset, keyword, "")
    dataset.remove_private_tags()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.PatientName, dataset.PatientID = "TEMPLATE^NOBODY", "TEMPLATE"
    for level in ("Study", "Series", "SOP"):
        setattr(dataset, f"{level}InstanceUID", generate_uid(entropy_srcs=["wardround lab", "template", name, level]))
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    return dataset


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
    """The CT scanner sends its images to the PACS (C-STORE), safe to repeat; returns how many the PACS took."""
    modality, (pacs,) = machine(CT), of_image("pacs")
    command = ["storescu", "-v", "-aet", str(modality.ae_title), "-aec", str(pacs.ae_title), "+sd"]
    said = podman(
        "exec", modality.container, "sh", "-c", '"$@" 2>&1', "sh", *command, pacs.clinical, str(PORT), ON_MODALITY
    )
    taken = said.count("Received Store Response (Success)")  # its exit status is 0 for refused images too
    sent = len(list(STUDIES.glob("*.dcm")))
    if taken != sent:
        raise LabError(f"{pacs.name} took {taken} of {sent} images:\n{said}")
    return taken
