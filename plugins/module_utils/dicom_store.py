# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
"""Send a DICOM file as a device does: with a worklist entry's values in it, judged by the peer's DIMSE status."""

from __future__ import annotations

import datetime
import hashlib
import re
import shutil
import tempfile
import time
import uuid
from pathlib import Path

from ansible_collections.wardround.hospital.plugins.module_utils import dicom
from ansible_collections.wardround.hospital.plugins.module_utils.dicom import DicomError

# Keyword (PS3.6, annex A) -> its UID, and the option with which storescu proposes it.
TRANSFER_SYNTAXES = {
    "ImplicitVRLittleEndian": ("1.2.840.10008.1.2", "-xi"),
    "ExplicitVRLittleEndian": ("1.2.840.10008.1.2.1", "-xe"),
    "DeflatedExplicitVRLittleEndian": ("1.2.840.10008.1.2.1.99", "-xd"),
    "ExplicitVRBigEndian": ("1.2.840.10008.1.2.2", "-xb"),
    "JPEGBaseline8Bit": ("1.2.840.10008.1.2.4.50", "-xy"),
    "JPEGExtended12Bit": ("1.2.840.10008.1.2.4.51", "-xx"),
    "JPEGLosslessSV1": ("1.2.840.10008.1.2.4.70", "-xs"),
    "JPEGLSLossless": ("1.2.840.10008.1.2.4.80", "-xt"),
    "JPEG2000Lossless": ("1.2.840.10008.1.2.4.90", "-xv"),
    "JPEG2000": ("1.2.840.10008.1.2.4.91", "-xw"),
    "RLELossless": ("1.2.840.10008.1.2.5", "-xr"),
}
# storescu converts these into each other; a compressed file is sent only as it is.
_NATIVE = {
    "ImplicitVRLittleEndian",
    "ExplicitVRLittleEndian",
    "DeflatedExplicitVRLittleEndian",
    "ExplicitVRBigEndian",
}

_IDENTIFIERS = {
    "transfer_syntax": "0002,0010",
    "sop_class_uid": "0008,0016",
    "sop_instance_uid": "0008,0018",
    "study_instance_uid": "0020,000d",
    "series_instance_uid": "0020,000e",
}
_STATUS = re.compile(r"DIMSE Status\s*: 0x([0-9a-f]{4}): (.*\S)", re.IGNORECASE)
_USED = re.compile(r"using Presentation Context ID \d+ = \S+ with (\S+) transfer syntax")


class StoreRefused(DicomError):
    """The peer did not store it; `result` says what was sent and how long that took."""

    def __init__(self, message, result):
        super().__init__(message)
        self.result = result


def moment(now):
    """The date and time a device stamps on what it makes: `now` is an aware datetime of the device's own clock."""
    date, clock = now.strftime("%Y%m%d"), now.strftime("%H%M%S")
    values = {"TimezoneOffsetFromUTC": now.strftime("%z"), "AcquisitionDateTime": date + clock}
    for what in ("InstanceCreation", "Study", "Series", "Content"):
        values.update({what + "Date": date, what + "Time": clock})
    return values


def completed(values, content):
    """`values` with identifiers for a new study: a file sent twice into one study is one series and one instance.

    content: the file's bytes. Identifiers that are given stay; without a new study the file keeps its own.
    """
    study = values.get("StudyInstanceUID")
    if not study:
        return values
    seed = f"{study} {hashlib.sha256(content).hexdigest()}"
    derived = {
        name: f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, f'{seed} {name}').int}"
        for name in ("SeriesInstanceUID", "SOPInstanceUID")
    }
    return dict(derived, **values)


def modify_command(values, path):
    """The dcmodify call that writes `values` into the file at `path`."""
    command = ["dcmodify", "-nb"]
    for name, text in dicom.paths(values):
        command += ["-i", f"{name}={text}"]
    return [*command, path]


def store_command(peer, path, proposed, deadline):
    """The storescu call; its debug log names the DIMSE status and the transfer syntax in use."""
    flag = [TRANSFER_SYNTAXES[proposed][1]] if proposed else []
    return ["storescu", "-R", *flag, *dicom.common(peer, deadline, "-d"), peer["host"], str(peer["port"]), path]


def prepare(source, values, folder, deadline):
    """A copy of `source` in `folder` with `values` in it, as {path, sop_instance_uid, ..., transfer_syntax}."""
    path = str(Path(folder) / "instance.dcm")
    try:
        content = Path(source).read_bytes()
        shutil.copyfile(source, path)
    except OSError as error:
        raise DicomError(f"{source} could not be read: {error.strerror}") from error
    if values:
        values = completed(values, content)
        if not all(text.isascii() for _name, text in dicom.paths(values)):
            # The file's own texts too, so that one character set is true of all (PS3.3, section C.12.1.1.2).
            _must(["dcmconv", "+U8", path, path], path, source, deadline)
            values = dict(values, SpecificCharacterSet="ISO_IR 192")
        _must(modify_command(values, path), path, source, deadline)
    return dict(identifiers(path, source, deadline), path=path)


def _must(command, path, source, deadline):
    _output, log = dicom.run(command, deadline)
    errors = re.findall(r"^[EF]: *(.*\S)", log, re.MULTILINE) + re.findall(r"^: (.*\S)", log, re.MULTILINE)
    if errors:
        raise DicomError(
            f"{source}: {command[0]} could not write the values: " + "; ".join(errors).replace(path, source)
        )


def identifiers(path, source, deadline):
    """What the file at `path` is: SOP class, instance, study, series and transfer syntax."""
    command = ["dcmdump", "-q", "-Un"]
    for tag in _IDENTIFIERS.values():
        command += ["+P", tag]
    output, _log = dicom.run([*command, path], deadline)
    text = output.decode("utf-8", "replace")
    found = {}
    for name, tag in _IDENTIFIERS.items():
        match = re.search(rf"^\({tag}\) UI \[([0-9.]+)", text, re.MULTILINE)
        if not match:
            raise DicomError(f"{source} is no DICOM file with a {name.replace('_', ' ')}")
        found[name] = match.group(1)
    names = {uid: keyword for keyword, (uid, _flag) in TRANSFER_SYNTAXES.items()}
    return dict(found, transfer_syntax=names.get(found["transfer_syntax"], found["transfer_syntax"]))


def judge(log, peer):
    """(status, transfer syntax) of the peer's C-STORE response (PS3.4, section B.2.3); DicomError unless it was stored.

    A warning status means that the image was stored.
    """
    statuses, used = _STATUS.findall(log), _USED.findall(log)
    if statuses:
        code, words = statuses[-1]
        if code == "0000" or code.startswith("b"):
            return words, used[-1] if used else None
        raise DicomError(dicom.told(f"the peer answered 0x{code} {words}{_reason(code, peer)}", peer))
    problem = dicom.refusal(log, "DIMSE Status") or "the peer gave no final answer"
    if "No valid Presentation Context" in problem or "No Acceptable Presentation Contexts" in problem:
        problem = f"it takes none of the transfer syntaxes that {peer['calling_ae']} proposes for this kind of image"
    raise DicomError(dicom.told(problem, peer))


def _reason(code, peer):
    """The likely causes behind a refusal; a status alone says little."""
    if code.startswith("a7"):
        return f"; its disk is full, or it may not take this from {peer['calling_ae']} (transfer syntax?): see its log"
    return ""


def store(peer, source, values, proposed, deadline, send=True):
    """C-STORE of a copy of `source` with `values`: identifiers, status, transfer_syntax, seconds; or StoreRefused."""
    with tempfile.TemporaryDirectory(prefix="dicom_store.") as folder:
        result = prepare(source, values, folder, deadline)
        path, own = result.pop("path"), result["transfer_syntax"]
        if not proposed and own not in _NATIVE and own in TRANSFER_SYNTAXES:
            proposed = own
        if proposed and own != proposed and not {own, proposed} <= _NATIVE:
            raise DicomError(f"{source} is {own}, which cannot be sent as {proposed}")
        if not send:
            return result
        started = time.monotonic()
        try:
            _output, log = dicom.run(store_command(peer, path, proposed, deadline), deadline, peer)
            result["status"], used = judge(log, peer)
        except DicomError as error:
            raise StoreRefused(str(error), dict(result, seconds=round(time.monotonic() - started, 3))) from None
        return dict(result, transfer_syntax=used or own, seconds=round(time.monotonic() - started, 3))


def clock():
    """The device's own time, with its offset from UTC."""
    return datetime.datetime.now().astimezone()
