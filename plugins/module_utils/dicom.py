# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
"""Questions to a DICOM peer through dcmtk, judged by what was answered.

dcmtk's exit codes are not evidence (findscu returns 0 after an aborted association), so an answer counts only when the
tool's log reports the peer's own final `Success`.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from pathlib import Path

# DICOM PS3.6, section 6: the attributes that queries commonly ask for.
KEYWORDS = {
    "00080005": "SpecificCharacterSet",
    "00080016": "SOPClassUID",
    "00080018": "SOPInstanceUID",
    "00080020": "StudyDate",
    "00080021": "SeriesDate",
    "00080030": "StudyTime",
    "00080050": "AccessionNumber",
    "00080052": "QueryRetrieveLevel",
    "00080054": "RetrieveAETitle",
    "00080056": "InstanceAvailability",
    "00080060": "Modality",
    "00080061": "ModalitiesInStudy",
    "00080090": "ReferringPhysicianName",
    "00081030": "StudyDescription",
    "0008103E": "SeriesDescription",
    "00100010": "PatientName",
    "00100020": "PatientID",
    "00100030": "PatientBirthDate",
    "00100040": "PatientSex",
    "0020000D": "StudyInstanceUID",
    "0020000E": "SeriesInstanceUID",
    "00200010": "StudyID",
    "00200011": "SeriesNumber",
    "00200013": "InstanceNumber",
    "00201206": "NumberOfStudyRelatedSeries",
    "00201208": "NumberOfStudyRelatedInstances",
}

PEER_OPTIONS = {
    "settings": {"type": "path"},
    "peer": {"type": "str"},
    "calling_ae": {"type": "str"},
    "called_ae": {"type": "str"},
    "host": {"type": "str"},
    "port": {"type": "int", "default": 104},
    "deadline": {"type": "float", "default": 10.0},
}
PEER_CONSTRAINTS = {
    "required_one_of": [("settings", "host")],
    "mutually_exclusive": [("settings", "host"), ("peer", "called_ae")],
    "required_together": [("settings", "peer"), ("host", "calling_ae", "called_ae")],
}

_TAG = re.compile(r"([0-9A-Fa-f]{4}),?([0-9A-Fa-f]{4})")
_KEYWORD = re.compile(r"[A-Z][A-Za-z0-9]*")
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:-]*")
_LOG_ERROR = re.compile(r"^[EF]: (.*\S)", re.MULTILINE)


class DicomError(Exception):
    """The question could not be asked or was not answered; the message says why."""


def ae_title(value):
    """Return `value` when it is an AE title: PS3.5, section 6.2, value representation AE; else raise DicomError."""
    title = value.strip(" ")
    if not 1 <= len(title) <= 16 or "\\" in title or not all(" " <= character <= "~" for character in title):
        raise DicomError(f"AE title {value!r}: 1 to 16 characters of printable ASCII without a backslash are allowed")
    return title


def association(params):
    """Who asks whom: dict of calling_ae, called_ae, host, port, from the module's parameters or the settings file.

    The file is the workstation's own: {"ae_title": ..., "peers": [{"name", "ae_title", "address", "port"}]}.
    """
    if not params.get("settings"):
        return _checked(params["calling_ae"], params["called_ae"], params["host"], params["port"])
    try:
        settings = json.loads(Path(params["settings"]).read_text(encoding="utf-8"))
        for peer in settings["peers"]:
            if peer["name"] == params["peer"]:
                return _checked(settings["ae_title"], peer["ae_title"], peer["address"], int(peer["port"]))
        names = ", ".join(peer["name"] for peer in settings["peers"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DicomError(f"{params['settings']} could not be read: {error}") from error
    raise DicomError(f"{params['settings']} names no peer {params['peer']!r}; it has: {names or 'none'}")


def _checked(calling, called, host, port):
    if not _HOST.fullmatch(host):
        raise DicomError(f"host {host!r} is no host name or address")
    if not 1 <= port <= 65535:
        raise DicomError(f"port {port} is not between 1 and 65535")
    return {"calling_ae": ae_title(calling), "called_ae": ae_title(called), "host": host, "port": port}


def echo_command(peer, deadline):
    return ["echoscu", *_common(peer, deadline), peer["host"], str(peer["port"])]


def find_command(peer, level, keys, directory, deadline):
    """The `findscu -X` call that writes each response into `directory`."""
    if any(ord(character) > 127 for value in keys.values() for character in value):
        keys = dict(keys, SpecificCharacterSet="ISO_IR 192")
    arguments = ["findscu", "-P" if level == "PATIENT" else "-S", "-X", "-od", directory]
    arguments += [*_common(peer, deadline), "-k", "QueryRetrieveLevel=" + level]
    for name, value in sorted(keys.items()):
        arguments += ["-k", _dcmtk_key(name) + ("=" + value if value else "")]
    return [*arguments, peer["host"], str(peer["port"])]


def _common(peer, deadline):
    seconds = str(max(1, int(deadline)))
    return ["-v", "-to", seconds, "-ta", seconds, "-td", seconds, "-aet", peer["calling_ae"], "-aec", peer["called_ae"]]


def _dcmtk_key(name):
    tag = _TAG.fullmatch(name)
    if tag:
        return ",".join(tag.groups())
    if not _KEYWORD.fullmatch(name):
        raise DicomError(f"key {name!r} is neither a DICOM keyword nor a tag such as 00100010")
    return name


def refusal(log, success):
    """None when the log holds the peer's final success, else one sentence saying what happened."""
    errors = [error.rstrip(":") for error in _LOG_ERROR.findall(log)]
    if success in log and not errors:
        return None
    if errors:
        return "; ".join(errors)
    status = re.findall(r"^[IW]: Received (?:Final )?\w+ Response.*\((.+)\)", log, re.MULTILINE)
    return f"the peer answered {status[-1]}" if status else "the peer gave no final answer"


def flatten(dataset):
    """A data set of the DICOM JSON model (PS3.18, annex F) as {keyword or tag: value}.

    One value is a scalar, several a list, none None; a person's name is one string, its groups joined by `=`.
    """
    return {KEYWORDS.get(tag, tag): _value(element) for tag, element in sorted(dataset.items())}


def _value(element):
    values = [_scalar(value) for value in element.get("Value", [])]
    return values[0] if len(values) == 1 else values or None


def _scalar(value):
    if not isinstance(value, dict):
        return value
    groups = [value.get(group, "") for group in ("Alphabetic", "Ideographic", "Phonetic")]
    return "=".join(groups).rstrip("=") if set(value) <= {"Alphabetic", "Ideographic", "Phonetic"} else flatten(value)


def run(arguments, deadline):
    """Run a dcmtk tool for at most `deadline` seconds; return (stdout, log). The exit code is deliberately dropped."""
    try:
        done = subprocess.run(
            [argument.encode("utf-8") for argument in arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=deadline,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise DicomError(f"no answer within {deadline:g} s") from None
    except OSError as error:
        raise DicomError(f"{arguments[0]} could not be started ({error.strerror}); is dcmtk installed?") from error
    return done.stdout, done.stdout.decode("utf-8", "replace") + done.stderr.decode("utf-8", "replace")


def echo(peer, deadline):
    """C-ECHO (PS3.4, annex A); raises DicomError unless the peer answered Success."""
    _output, log = run(echo_command(peer, deadline), deadline)
    problem = refusal(log, "Received Echo Response (Success)")
    if problem:
        raise DicomError(problem)


def find(peer, level, keys, deadline):
    """C-FIND (PS3.4, annex C) at `level`; the matches as a list of flat dicts, empty when nothing matches."""
    with tempfile.TemporaryDirectory(prefix="dicom_find.") as directory:
        _output, log = run(find_command(peer, level, keys, directory, deadline), deadline)
        problem = refusal(log, "Received Final Find Response (Success)")
        if problem:
            raise DicomError(problem)
        return [_read(path, deadline) for path in sorted(Path(directory).glob("rsp*.dcm"))]


def _read(path, deadline):
    output, log = run(["dcm2json", str(path)], deadline)
    try:
        return flatten(json.loads(output.decode("utf-8")))
    except ValueError:
        raise DicomError(f"dcm2json could not read a response: {log.strip()[:200]}") from None
