# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a DICOM object shows, as bytes that neither a copy nor another uncompressed transfer syntax changes."""

from __future__ import annotations

import hashlib
import re
import tempfile
from pathlib import Path

from ansible_collections.wardround.hospital.plugins.module_utils import dicom

# Pixel Data (PS3.3, C.7.6.3) and Waveform Data (PS3.3, C.10.9), the latter inside the Waveform Sequence.
CONTENT = ("7fe0,0010", "5400,1010")
# Whose it is, and in which character set that is written (PS3.3, C.7.1.1 and C.12.1).
PATIENT = {"PatientName": "0010,0010", "PatientID": "0010,0020", "SpecificCharacterSet": "0008,0005"}
_LINE = re.compile(rb"^\s*\((7fe0,0010|5400,1010)\) (O[BW]) ([0-9a-f\\]+)", re.MULTILINE)


def content(path, deadline):
    """{"bytes": length, "sha256": hexadecimal} of all pixel or waveform values of a file, little endian.

    None where there are none, or only compressed ones.
    """
    return _content(_dump(path, CONTENT, deadline))


def _dump(path, tags, deadline):
    wanted = [argument for tag in tags for argument in ("+P", tag)]
    output, _log = dicom.run(["dcmdump", "-q", "+L", *wanted, str(path)], deadline)
    return output


def _content(output):
    data = b"".join(_bytes(representation, text) for _tag, representation, text in _LINE.findall(output))
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} if data else None


def _bytes(representation, text):
    """dcmdump writes OW as words, the high byte first, and OB as bytes."""
    values = bytes.fromhex(text.replace(b"\\", b"").decode("ascii"))
    if representation == b"OB":
        return values
    swapped = bytearray(values)
    swapped[0::2], swapped[1::2] = values[1::2], values[0::2]
    return bytes(swapped)


def _described(path, deadline):
    """`content` of a file, and whose it is; texts that are not UTF-8 are told as far as they are."""
    output = _dump(path, (*CONTENT, *PATIENT.values()), deadline)
    found = _content(output)
    if found is None:
        raise dicom.DicomError("the study holds an object without uncompressed pixels or waveforms")
    text = output.decode("utf-8", "replace")
    for keyword, tag in PATIENT.items():
        said = re.search(rf"^\({tag}\) \w\w \[(.*)\] +#", text, re.MULTILINE)
        found[keyword] = said.group(1).strip() if said else ""
    return found


def get(peer, study, deadline):
    """C-GET (PS3.4, annex C.4.3) of a study: content, patient and character set of each object. Raises DicomError."""
    with tempfile.TemporaryDirectory(prefix="dicom_get.") as directory:
        command = ["getscu", "-S", "+B", "-od", directory, *dicom.common(peer, deadline)]
        command += [
            "-k",
            "QueryRetrieveLevel=STUDY",
            "-k",
            f"StudyInstanceUID={study}",
            peer["host"],
            str(peer["port"]),
        ]
        _output, log = dicom.run(command, deadline, peer)
        problem = dicom.refusal(log, "Received C-GET Response (Success)")
        if problem:
            raise dicom.DicomError(dicom.told(problem, peer))
        return [_described(path, deadline) for path in sorted(Path(directory).iterdir()) if path.is_file()]
