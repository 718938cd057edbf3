"""The modality worklist as a folder that Orthanc's worklist plugin reads: one file an accession number."""

import io
import logging
import os
import threading
import urllib.parse
from pathlib import Path

import pydicom
import worklist_entry
from hl7_message import AE, AR, Message, Refused
from pydicom.dataset import Dataset

LOG = logging.getLogger("worklist-feed")


class Folder:
    """Entries are replaced in one step, and are on the disk when `take` returns."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        self._lock = threading.Lock()

    def file(self, accession: str) -> Path:
        """Where an entry lies; no accession number leads outside or to another's file."""
        return self.path / f"{urllib.parse.quote(accession, safe=' ')}.wl"

    def take(self, message: Message) -> str:
        """Do what the order says; a sentence of what was done. Raises Refused and OSError."""
        control, accession = message.value("ORC-1"), worklist_entry.accession_number(message)
        with self._lock:
            if control == "NW":
                return self._enter(message, accession)
            if control == "XO":
                return self._change(message, accession)
            if control == "CA" or (control == "SC" and message.value("ORC-5") in ("CM", "CA")):
                return self._remove(message, accession)
            if control == "SC":
                return f"{accession}: nothing to do"
        raise Refused(AR, f"order control {control!r} is not taken here, only NW, XO, CA and SC", 103, "ORC-1")

    def _enter(self, message: Message, accession: str) -> str:
        file, entry = self.file(accession), worklist_entry.entry(message)
        if file.exists():
            self._same_patient(file, entry.PatientID, accession)
            if not same(file, entry):
                raise Refused(AE, f"order {accession} is there with another content; change it with XO", 205, "OBR-18")
            return f"{accession}: was there already"
        self._write(file, entry)
        return f"{accession}: entered"

    def _change(self, message: Message, accession: str) -> str:
        file, entry = self.file(accession), worklist_entry.entry(message)
        if not file.exists():
            raise Refused(AE, f"there is no order {accession} to change", 204, "OBR-18")
        self._same_patient(file, entry.PatientID, accession)
        if same(file, entry):
            return f"{accession}: was so already"
        self._write(file, entry)
        return f"{accession}: changed"

    def _remove(self, message: Message, accession: str) -> str:
        file = self.file(accession)
        if not file.exists():
            return f"{accession}: was not there"
        self._same_patient(file, worklist_entry.patient(message)[0], accession)
        file.unlink()
        self._sync()
        return f"{accession}: removed"

    @staticmethod
    def _same_patient(file: Path, patient: str, accession: str) -> None:
        owner = pydicom.dcmread(file).PatientID
        if owner != patient:
            raise Refused(AE, f"order {accession} belongs to patient {owner}, not {patient}", 205, "PID-3")

    def _write(self, file: Path, entry: Dataset) -> None:
        partial = file.with_suffix(".partial")
        try:
            with partial.open("wb") as target:
                target.write(encoded(entry))
                target.flush()
                os.fsync(target.fileno())
            partial.replace(file)
        finally:
            partial.unlink(missing_ok=True)
        self._sync()

    def _sync(self) -> None:
        """A rename or a removal lasts when the folder is on the disk."""
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def sweep(self, before: str) -> None:
        """Remove what a killed service left half-written, and entries scheduled before the date `before` (YYYYMMDD)."""
        with self._lock:
            for file in self.path.glob("*.partial"):
                file.unlink()
            for file in self.path.glob("*.wl"):
                step = pydicom.dcmread(file).ScheduledProcedureStepSequence[0]
                if step.ScheduledProcedureStepStartDate < before:
                    file.unlink()
                    LOG.info("%s: removed, it was scheduled before %s", file.stem, before)


def encoded(entry: Dataset) -> bytes:
    """The bytes of an entry's file: the same for the same entry."""
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, entry, write_like_original=False)
    return buffer.getvalue()


def same(file: Path, entry: Dataset) -> bool:
    """Whether a file holds this entry, whichever version of pydicom wrote it."""
    return pydicom.dcmread(file).to_json_dict() == pydicom.dcmread(io.BytesIO(encoded(entry))).to_json_dict()
