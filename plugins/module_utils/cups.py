# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
"""The print queues of one machine: what CUPS has, what is wanted, and the lpadmin calls between them.

CUPS is read over IPP, because its answers are typed and say what its server does; lpstat and lpoptions mix in a user's
own settings. Which queues are ours is in a record beside them, because CUPS has no place for it. `plan` is pure.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from ansible_collections.wardround.hospital.plugins.module_utils import ipp

SOCKET = "/run/cups/cups.sock"
SERVER = "ipp://localhost/"
ATTRIBUTES = ["device-uri", "printer-info", "printer-location", "printer-is-shared", "printer-is-accepting-jobs"]
STOPPED = 5  # printer-state (RFC 8011, section 5.4.11): 3 idle, 4 processing, 5 stopped
_SIZE = re.compile(r"(?:.*_)?(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)(mm|in)")


_NAME = re.compile(r"[^\s/#'\"\\?<>|%\x00-\x20]{1,127}")  # what lpadmin(8) takes


class CupsError(Exception):
    """The queues cannot be read or made; the message says which and why."""


def size(media):
    """(width, height) in hundredths of a millimetre of a self-describing media name (PWG 5101.1); None for another.

    CUPS may rename a printer's own media (`custom_receipt_80x200mm`), but never changes its size.
    """
    found = _SIZE.fullmatch(media)
    if not found:
        return None
    scale = 100 if found.group(3) == "mm" else 2540
    return tuple(round(float(number) * scale) for number in found.groups()[:2])


def read(deadline, local=SOCKET):
    """(queues, default): queue name -> its attributes as CUPS gives them, and the server's default queue or None."""
    asked = [("requested-attributes", ipp.KEYWORD, ["all"])]
    try:
        groups = ipp.ask(SERVER, ipp.CUPS_GET_PRINTERS, asked, deadline, local=local)
    except ipp.IppError as error:
        if error.status != ipp.NOT_FOUND:  # CUPS's way to say that there is no queue at all
            raise
        return {}, None
    queues = {one["printer-name"][0]: one for one in ipp.members(groups, ipp.PRINTER)}
    try:
        groups = ipp.ask(SERVER, ipp.CUPS_GET_DEFAULT, [], deadline, local=local)
        default = ipp.members(groups, ipp.PRINTER)[0]["printer-name"][0]
    except ipp.IppError as error:
        if error.status != ipp.NOT_FOUND:
            raise
        default = None
    return queues, default


def refuse(queues, default):
    """Raise CupsError for parameters that CUPS would take wrongly or not at all."""
    names = [queue["name"] for queue in queues]
    for queue in queues:
        if not _NAME.fullmatch(queue["name"]):
            raise CupsError(f"queue {queue['name']!r}: a name has no spaces, quotes or any of / # ? < > | % \\")
        if names.count(queue["name"]) > 1:
            raise CupsError(f"queue {queue['name']} is listed {names.count(queue['name'])} times")
        if queue["media"] and not size(queue["media"]):
            raise CupsError(f"queue {queue['name']}: media {queue['media']} does not end in a size such as 80x200mm")
    if default and default not in names:
        raise CupsError(f"the default queue {default} is not in the list: {', '.join(names) or 'it is empty'}")


def wanted(queue):
    """A queue of the module's parameters as the settings to compare: name -> text."""
    found = {
        "uri": queue["uri"],
        "description": queue["description"] or f"{queue['name']} ({queue['purpose']})",
        "location": queue["location"] or "",
        "model": queue["model"],
        "state": "takes jobs",
    }
    if queue["media"]:
        found["media"] = queue["media"]
    found.update({f"option {name}": _text(value) for name, value in (queue["options"] or {}).items()})
    return found


def present(attributes, settings, record):
    """What CUPS has of a queue, in the same settings as `wanted` has; record: what was noted when it was made.

    CUPS does not tell which model a queue was made from, so that comes from the record; None when it was not ours.
    """
    found = {
        "uri": _text(attributes.get("device-uri", [""])),
        "description": _text(attributes.get("printer-info", [""])),
        "location": _text(attributes.get("printer-location", [""])),
        "model": record.get("model"),
        "state": _state(attributes),
    }
    for name in settings:
        if name == "media":
            media = _text(attributes.get("media-default", ["none"]))
            same = size(media) is not None and size(media) == size(settings["media"])
            found["media"] = settings["media"] if same else media
        elif name.startswith("option "):
            found[name] = _text(attributes.get(name[len("option ") :] + "-default", ["unset"]))
    for name in record.get("options") or {}:
        if f"option {name}" not in settings and name + "-default" in attributes:
            found[f"option {name}"] = _text(attributes[name + "-default"])
    return found


def _state(attributes):
    if not attributes.get("printer-is-accepting-jobs", [False])[0]:
        return "refuses jobs"
    if attributes.get("printer-state", [STOPPED])[0] == STOPPED:
        return "stopped"
    return "shared" if attributes.get("printer-is-shared", [False])[0] else "takes jobs"


def _text(value):
    if isinstance(value, (list, tuple)):
        return ",".join(_text(one) for one in value)
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def plan(queues, default, found, found_default, record):
    """(steps, before, after, foreign) that bring CUPS to the wanted queues.

    queues, record: name -> the module's parameters, as wanted now and as made before; default: name or None, which
    leaves it; found, found_default: as `read` gives them. Each step is a dict of queue and arguments of lpadmin, with
    `uri` where that asks the printer what it can do, and `new` where it makes the queue. before and after are name ->
    settings, of our queues only; foreign are the names of queues that are not ours, which nothing touches.
    """
    settings = {name: wanted(queue) for name, queue in queues.items()}
    gone = sorted(name for name in record if name not in settings and name in found)
    steps, before = [], {}
    for name in sorted(settings):
        if name in found:
            before[name] = present(found[name], settings[name], record.get(name, {}))
        if before.get(name) != settings[name]:
            steps += _steps(name, settings[name], before.get(name))
    for name in gone:
        before[name] = present(found[name], {}, record[name])
        steps.append({"queue": name, "arguments": ["-x", name]})
    if default and (default != found_default or default not in found):
        steps.append({"queue": default, "arguments": ["-d", default]})
    foreign = sorted(name for name in found if name not in settings and name not in record)
    return steps, before, settings, foreign


def _steps(name, settings, before):
    """The calls of lpadmin that make a queue (before is None) or change it.

    The model comes first and by itself: it brings the media from which the second call chooses. An unchanged one is not
    given again, for that would ask the printer anew.
    """
    found = []
    if not before or (before["model"], before["uri"]) != (settings["model"], settings["uri"]):
        found.append({"queue": name, "arguments": ["-p", name, "-v", settings["uri"], "-m", settings["model"]]})
        if settings["model"] == "everywhere":
            found[0]["uri"] = settings["uri"]
        found[0]["new"] = not before
    arguments = ["-p", name, "-E", "-o", "printer-is-shared=false", "-D", settings["description"]]
    arguments += ["-L", settings["location"]]
    if "media" in settings:
        arguments += ["-o", "media=" + settings["media"]]
    for key in sorted({*settings, *(before or {})}):
        if key.startswith("option "):
            option = key[len("option ") :] + "-default"
            arguments += ["-o", f"{option}={settings[key]}"] if key in settings else ["-R", option]
    return [*found, {"queue": name, "arguments": arguments}]


def left(queues, default, found, found_default):
    """Sentences on what CUPS has not become, after every step was made: it takes some wrong values without a word."""
    _steps, before, after, _foreign = plan(queues, default, found, found_default, queues)
    problems = [f"queue {name} is not there, although lpadmin made it" for name in after if name not in found]
    for name in before:
        for key, value in after[name].items():
            if before[name][key] != value:
                offered = found[name].get(key.replace("option ", "") + "-supported")
                hint = f"; its printer offers {_text(offered)}" if offered else ""
                problems.append(f"queue {name} keeps {key} {before[name][key]}, wanted is {value}{hint}")
    if default and default != found_default:
        problems.append(f"the default queue is {found_default or 'none'}, wanted is {default}")
    return problems


def lpadmin(arguments, deadline):
    """Run lpadmin; raises CupsError with what it said."""
    try:
        done = subprocess.run(
            ["lpadmin", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=deadline,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise CupsError(f"lpadmin gave no answer within {deadline:g} s") from None
    except OSError as error:
        raise CupsError(f"lpadmin could not be started ({error.strerror}); is CUPS installed?") from error
    said = done.stdout.decode("utf-8", "replace").strip()
    if done.returncode != 0:
        raise CupsError(said or f"lpadmin ended with {done.returncode}")


def printable(settings, default):
    """Settings of queues, and the default queue, as lines for a diff."""
    lines = [f"{name} {key}: {value}\n" for name in sorted(settings) for key, value in sorted(settings[name].items())]
    return "".join(lines) + f"default: {default or 'none'}\n"


def read_record(path):
    """Queue name -> the parameters it was last made with; empty where nothing was. Raises CupsError."""
    try:
        return {queue["name"]: queue for queue in json.loads(path.read_text(encoding="utf-8"))["queues"]}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CupsError(f"{path} cannot be read ({error}), so it is unknown which queues are ours") from error


def write_record(path, queues, default):
    """Write the record whole or not at all; queues: name -> parameters. Returns whether it differed."""
    listed = [queues[name] for name in sorted(queues)]
    text = json.dumps({"default": default, "queues": listed}, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    new = path.with_name(path.name + ".new")
    new.write_text(text, encoding="utf-8")
    new.chmod(0o644)
    new.replace(path)
    return True


def converge(params, check):
    """Bring CUPS to what is wanted; returns the module's result. Raises CupsError and IppError."""
    path, deadline, default = Path(params["record"]), params["deadline"], params["default"]
    refuse(params["queues"], default)
    queues = {queue["name"]: queue for queue in params["queues"]}
    record = read_record(path)
    unknown = ""
    try:
        found, found_default = read(deadline)
    except ipp.NotRunning as error:
        if not check:
            raise
        # On a fresh machine check mode only says that the service would be started before.
        found, found_default, unknown = {}, None, f"{error}, so which queues it has is unknown: all are shown as new"
    steps, before, after, foreign = plan(queues, default, found, found_default, record)
    result = {"changed": bool(steps), "foreign": foreign, "commands": [step["arguments"] for step in steps]}
    kept = None if found_default in record and found_default not in queues else found_default
    result["diff"] = {"before": printable(before, found_default), "after": printable(after, default or kept)}
    if unknown:
        result["warnings"] = [unknown]
    if check:
        return result
    if steps:
        # Whatever happens from here on, a queue that we made stays known as ours, with what it was made from.
        write_record(path, {**queues, **record}, default)
    for step in steps:
        make(step, deadline)
    problems = left(queues, default, *read(deadline)) if steps else []
    if problems:
        raise CupsError("; ".join(problems))
    result["changed"] = write_record(path, queues, default) or result["changed"]
    return result


def make(step, deadline):
    """One call of lpadmin; a printer that does not answer is found before, and no queue is left half made."""
    try:
        if "uri" in step:
            ipp.ask(step["uri"], ipp.GET_PRINTER, [("printer-uri", ipp.URI, step["uri"])], deadline)
    except ipp.IppError as error:
        raise CupsError(f"queue {step['queue']} cannot be set up: {error}") from error
    try:
        lpadmin(step["arguments"], 3 * deadline)
    except CupsError as error:
        if step.get("new"):
            lpadmin(["-x", step["queue"]], deadline)
        raise CupsError(f"queue {step['queue']}: {error}") from error
