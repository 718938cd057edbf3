# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
"""Questions to a DICOM peer through dcmtk, judged by what was answered.

dcmtk's exit codes are not evidence (findscu returns 0 after an aborted association), so an answer counts only when the
tool's log reports the peer's own final `Success`.
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
import tempfile
from pathlib import Path

from ansible_collections.wardround.hospital.plugins.module_utils.dicom_keywords import KEYWORDS, WORKLIST

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
# Without the dump of the question that findscu adds to an error.
_LOG_ERROR = re.compile(r"^[EF]: (?!#|\(|Find Failed, query keys)(.*\S)", re.MULTILINE)
# What dcmtk says of a refusal, and what it means to a technician; {calling} and {called} are AE titles.
_MEANINGS = (
    ("Called AE Title Not Recognized", "it does not call itself {called}"),
    ("Calling AE Title Not Recognized", "it does not know {calling} from this host's address"),
    ("Connection refused", "nothing listens there, is the service stopped?"),
    ("UnableToProcess", "it may not let {calling} ask this; its log says why"),
    ("Peer aborted Association", "it may not allow {calling} what was asked; its log says why"),
)


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
    return ["echoscu", *common(peer, deadline), peer["host"], str(peer["port"])]


def find_command(peer, level, keys, directory, deadline):
    """The `findscu -X` call that writes each response into `directory`."""
    model = ["-P" if level == "PATIENT" else "-S", "-k", "QueryRetrieveLevel=" + level]
    return _findscu(peer, model, keys, directory, deadline)


def worklist_command(peer, keys, directory, deadline):
    """The same for the modality worklist (PS3.4, annex K); a list of dicts asks inside a sequence."""
    return _findscu(peer, ["-W"], keys, directory, deadline)


def _findscu(peer, model, keys, directory, deadline):
    settings = paths(keys)
    if any(ord(character) > 127 for _path, value in settings for character in value):
        settings = sorted([*settings, ("SpecificCharacterSet", "ISO_IR 192")])
    arguments = ["findscu", *model, "-X", "-od", directory, *common(peer, deadline)]
    for path, value in settings:
        arguments += ["-k", path + ("=" + value if value else "")]
    return [*arguments, peer["host"], str(peer["port"])]


def common(peer, deadline, level="-v"):
    """Options of every dcmtk tool; `level` is how much it logs. It counts whole seconds: `run` keeps the deadline."""
    seconds = str(int(deadline) + 2)
    return [
        level,
        "-to",
        seconds,
        "-ta",
        seconds,
        "-td",
        seconds,
        "-aet",
        peer["calling_ae"],
        "-aec",
        peer["called_ae"],
    ]


def paths(values, prefix=""):
    """Sorted pairs of a dcmtk path and its text, from a dict of keyword or tag to a value.

    A dict or a list of dicts is a sequence (`Sequence[0].Keyword`), another list several values (PS3.5, section 6.4).
    """
    found = []
    for name, value in sorted(values.items()):
        path = prefix + dcmtk_name(str(name))
        items = value if isinstance(value, list) else [value]
        if items and all(isinstance(item, dict) for item in items):
            for number, item in enumerate(items):
                found += paths(item, f"{path}[{number}].")
        elif any(isinstance(item, (dict, list)) for item in items):
            raise DicomError(f"{path}: a sequence is a list of mappings, several values are a list of texts")
        else:
            found.append((path, "\\".join("" if item is None else str(item) for item in items)))
    return found


def dcmtk_name(name):
    """A keyword as it is, a tag as dcmtk writes it; raises DicomError for anything else."""
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


def named(peer):
    """The one who is asked, for people."""
    return f"{peer['called_ae']} at {peer['host']} port {peer['port']}"


def told(problem, peer):
    """A refusal with who was asked and what dcmtk's words mean."""
    for words, meaning in _MEANINGS:
        if words in problem:
            problem += f" ({meaning.format(calling=peer['calling_ae'], called=peer['called_ae'])})"
    return f"{named(peer)}: {problem}"


def silence(log, peer, deadline):
    """How far a question came before its deadline passed without an answer."""
    within = f"within {deadline:g} s"
    if "Association Accepted" in log:
        return f"{named(peer)} accepted the association and answered nothing {within}"
    if "Requesting Association" in log and listens(peer):
        return f"{named(peer)} took the connection and did not answer the association {within}; its service hangs"
    return f"{named(peer)}: no answer {within}; is the machine off, or a firewall or a cable between?"


def listens(peer, seconds=1.0):
    """Whether the peer's host still takes connections; the kernel does so for a hanging service too."""
    try:
        with socket.create_connection((peer["host"], peer["port"]), timeout=seconds):
            return True
    except OSError:
        return False


def flatten(dataset):
    """A data set of the DICOM JSON model (PS3.18, annex F) as {keyword or tag: value}.

    A sequence is a list of data sets. Otherwise one value is a scalar, several a list, none None; a person's name is
    one string, its groups joined by `=`.
    """
    return {KEYWORDS.get(tag, tag): _value(element) for tag, element in sorted(dataset.items())}


def _value(element):
    values = element.get("Value", [])
    if element.get("vr") == "SQ":
        return [flatten(item) for item in values]
    values = [_scalar(value) for value in values]
    return values[0] if len(values) == 1 else values or None


def _scalar(value):
    if not isinstance(value, dict):
        return value
    return "=".join(value.get(group, "") for group in ("Alphabetic", "Ideographic", "Phonetic")).rstrip("=")


def run(arguments, deadline, peer=None):
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
    except subprocess.TimeoutExpired as error:
        log = (error.stdout or b"") + (error.stderr or b"")
        if peer:
            raise DicomError(silence(log.decode("utf-8", "replace"), peer, deadline)) from None
        raise DicomError(f"{arguments[0]} did not end within {deadline:g} s") from None
    except OSError as error:
        raise DicomError(f"{arguments[0]} could not be started ({error.strerror}); is dcmtk installed?") from error
    return done.stdout, done.stdout.decode("utf-8", "replace") + done.stderr.decode("utf-8", "replace")


def echo(peer, deadline):
    """C-ECHO (PS3.4, annex A); raises DicomError unless the peer answered Success."""
    _output, log = run(echo_command(peer, deadline), deadline, peer)
    problem = refusal(log, "Received Echo Response (Success)")
    if problem:
        raise DicomError(told(problem, peer))


def find(peer, level, keys, deadline):
    """C-FIND (PS3.4, annex C) at `level`; the matches as a list of flat dicts, empty when nothing matches."""
    return _matches(lambda directory: find_command(peer, level, keys, directory, deadline), peer, deadline)


def worklist(peer, keys, deadline):
    """C-FIND of the modality worklist (PS3.4, annex K): the entries that match `keys`, with what a device needs."""
    step = "ScheduledProcedureStepSequence"
    asked = dict(WORKLIST, **keys)
    asked[step] = dict(WORKLIST[step], **one_item(keys.get(step) or {}, step))
    return _matches(lambda directory: worklist_command(peer, asked, directory, deadline), peer, deadline)


def one_item(value, name):
    """The item of a sequence that is asked for, given as a mapping or a list of one."""
    item = value[0] if isinstance(value, list) and len(value) == 1 else value
    if not isinstance(item, dict):
        raise DicomError(f"{name}: what is asked inside a sequence is one mapping")
    return item


def _matches(command, peer, deadline):
    with tempfile.TemporaryDirectory(prefix="dicom_find.") as directory:
        _output, log = run(command(directory), deadline, peer)
        problem = refusal(log, "Received Final Find Response (Success)")
        if problem:
            raise DicomError(told(problem, peer))
        return [_read(path, deadline) for path in sorted(Path(directory).glob("rsp*.dcm"))]


def _read(path, deadline):
    output, log = run(["dcm2json", str(path)], deadline)
    try:
        return flatten(json.loads(output.decode("utf-8")))
    except ValueError:
        raise DicomError(f"dcm2json could not read a response: {log.strip()[:200]}") from None
