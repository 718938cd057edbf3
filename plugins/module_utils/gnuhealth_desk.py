# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
"""Questions to a desk's GNU Health client: what runs, what starts, what the server answers this desk.

The desk's settings are /etc/wardround/<product>/desk.json (see roles/gnuhealth_client/templates/desk.json.j2), its
login login.json beside it. The client is started as the user `wardround-probe`, in a home of its own that is removed.
"""

from __future__ import annotations

import ast
import configparser
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from ansible_collections.wardround.hospital.plugins.module_utils import proc, tryton
from ansible_collections.wardround.hospital.plugins.module_utils.tryton import Session, TrytonError

PROGRAMS = Path("/usr/local/lib/wardround/gnuhealth_client")
PYTHON = ["/usr/bin/python3", "-PB"]
PROBE_USER = "wardround-probe"
DISPLAY = ["xvfb-run", "--auto-servernum", "--server-args=-screen 0 1280x960x24 -nolisten tcp"]
_PRINTED = re.compile(r"^GNUHealth (\S+)$", re.MULTILINE)


class DeskError(Exception):
    """The question could not be asked or was not answered; the message is one sentence."""


def read_settings(path):
    """The settings of a desk; raises DeskError."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DeskError(f"{path} could not be read: {error}") from error


def running(found, root, names):
    """The clients among processes: dicts of pid, user, version. The launcher starts `<root>/releases/<version>/bin/`.

    found: as proc.processes gives them; names: user id -> name.
    """
    program = re.compile(re.escape(root.rstrip("/")) + r"/releases/([^/]+)/bin/gnuhealth-client")
    clients = []
    for process in found:
        versions = [match.group(1) for match in map(program.fullmatch, process["arguments"]) if match]
        if versions:
            user = names.get(process["uid"], str(process["uid"]))
            clients.append({"pid": process["pid"], "user": user, "version": versions[0]})
    return clients


def printed_version(text):
    """The version in what `gnuhealth-client --version` prints; raises DeskError with what it printed instead."""
    match = _PRINTED.search(text)
    if match:
        return match.group(1)
    lines = text.strip().splitlines()
    raise DeskError(f"the client does not start: it printed {lines[-1] if lines else 'nothing'}")


@contextlib.contextmanager
def home():
    """An empty home of the probe's user, gone afterwards."""
    folder = tempfile.mkdtemp(prefix="wardround-")
    try:
        shutil.chown(folder, PROBE_USER)
        yield Path(folder)
    except LookupError as error:
        raise DeskError(f"there is no user {PROBE_USER}: was the role gnuhealth_client applied?") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        forget_keyboards(Path(tempfile.gettempdir()))


def forget_keyboards(folder):
    """Remove the keyboard maps of the probe's displays that are gone.

    A server ended while it has its keyboard compiled (xkbcomp) leaves `server-<display>.xkm`, but no lock.
    """
    for path in folder.glob("server-*.xkm"):
        with contextlib.suppress(OSError, KeyError):
            display = path.stem.partition("-")[2]
            if path.owner() == PROBE_USER and not (folder / f".X{display}-lock").exists():
                path.unlink()


def as_probe(command, folder, deadline, said=""):
    """What a command prints, run as the probe's user on a virtual screen; raises DeskError after `deadline` seconds.

    Everything it started ends with it.
    """
    environment = {"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    arguments = ["setpriv", "--reuid", PROBE_USER, "--regid", PROBE_USER, "--init-groups", "--inh-caps=-all", "--"]
    arguments += ["dbus-run-session", "--", *DISPLAY, *command]
    with tempfile.TemporaryFile() as output:
        try:
            process = subprocess.Popen(
                arguments,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                cwd=folder,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            raise DeskError(f"{arguments[0]} could not be started: {error.strerror}") from error
        try:
            process.communicate(said.encode("utf-8"), timeout=deadline)
        except subprocess.TimeoutExpired:
            raise DeskError(f"the client did not end within {deadline:g} s: it hangs") from None
        finally:
            end(process)
        output.seek(0)
        return output.read().decode("utf-8", "replace")


def end(process):
    """End a process and all of its session: programs that D-Bus started have sessions of their own and follow it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(2)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def version_of(desk, deadline):
    """What runs on this desk and what its launcher starts: (version answer, profile answer)."""
    found = proc.processes(lambda _uid: True)
    answer = {"running": running(found, desk["root"], proc.user_names())}
    with home() as folder:
        text = as_probe([*PYTHON, str(PROGRAMS / "launch.py"), desk["product"], "--version"], folder, deadline)
        profile = {"error": "the launcher laid out no profile"}
        for path in sorted(folder.glob(".config/gnuhealth/*")):
            profile = profile_of(path, desk["product"])
    try:
        answer["starts"] = printed_version(text)
    except DeskError as error:
        answer["error"] = str(error)
    return answer, profile


def profile_of(folder, product):
    """What the client reads from a user's folder, as the launcher laid it out."""
    profiles, settings = configparser.RawConfigParser(), configparser.RawConfigParser()
    profiles.read(folder / "profiles.cfg", encoding="utf-8")
    settings.read(folder / f"{product}.conf", encoding="utf-8")
    known = folder / "known_hosts"
    lines = known.read_text(encoding="utf-8").splitlines() if known.is_file() else []
    return {
        "profiles": {name: dict(profiles[name]) for name in profiles.sections()},
        "login": dict(settings["login"]) if settings.has_section("login") else {},
        "language": settings.get("client", "lang", fallback=""),
        "tls_only": sorted(host for host, _sep, sha1 in (line.partition(" ") for line in lines) if sha1),
    }


def constants(source, names):
    """The text constants of a Python module, read and not run: name -> value of those in `names`."""
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            targets = [target.id for target in node.targets if isinstance(target, ast.Name)]
            found.update((name, node.value.value) for name in targets if name in names)
    return found


def client_series(root):
    """(version, series of Tryton) of the client in use: what it compares with the server's; raises DeskError."""
    path = Path(root, "current", "lib", "gnuhealth", "__init__.py")
    try:
        found = constants(path.read_text(encoding="utf-8"), ("__version__", "SERVER_VERSION"))
        return found["__version__"], ".".join(found["SERVER_VERSION"].split(".")[:2])
    except (OSError, SyntaxError, KeyError) as error:
        raise DeskError(f"{path} does not say for which server the client is: {error}") from error


def connect(login, series, deadline):
    """(session, error): a session with the desk's login, or the reason why there is none.

    The server's series is a question of its own: where it is another one, the login is still tried.
    """
    session = Session(dict(login, series=series), deadline)
    try:
        session.login()
        return session, None
    except TrytonError as error:
        found = ".".join(str(session.version).split(".")[:2])
        if session.version is None or found == series:
            return session, str(error)
        return connect(login, found, deadline)


def language_of(session, language):
    """What the server has of a language: is it offered, and how many model names it says otherwise than in English."""
    offered = session.call("model.ir.lang.search_read", [["translatable", "=", True]], 0, None, None, ["code"])
    names = session.call("model.ir.model.get_names", context=dict(session.context, language=language))
    english = session.call("model.ir.model.get_names", context=dict(session.context, language="en"))
    return {
        "language": language,
        "offered": sorted(found["code"] for found in offered),
        "names": len(names),
        "translated": sum(1 for model, name in names.items() if name != english.get(model)),
    }


def view_of(session, desk):
    """The desk's start view as the server gives it to this user, and which sections its records are of."""
    opens = {"view": desk["view"], "action": desk["action"], "section": desk["section"]}
    if not desk["action"]:
        return dict(opens, title="")
    context = dict(session.context, language=desk["language"])
    module, _dot, name = desk["action"].partition(".")
    where = [["module", "=", module], ["fs_id", "=", name]]
    found = session.call("model.ir.model.data.search_read", where, 0, 1, None, ["db_id"], context=context)
    if not found:
        raise TrytonError(f"{session.url} has no view {desk['action']}")
    action = session.call("model.ir.action.get_action_value", found[0]["db_id"], context=context)
    model, fields = action["res_model"], [desk["section_field"]] if desk["section"] else ["id"]
    records = session.call(
        f"model.{model}.search_read", desk["domain"], 0, 100, [["id", "DESC"]], fields, context=context
    )
    sections = {section_in(record, desk["section_field"]) for record in records} if desk["section"] else set()
    return dict(opens, title=action["name"], model=model, records=len(records), sections=sorted(sections))


def section_in(record, field):
    """A record's section; search_read gives the field of a link, `test.category`, inside `test.`."""
    for name in field.split(".")[:-1]:
        record = record[name + "."]
    return str(record[field.rpartition(".")[2]])


def load_login(path):
    """The desk's login; raises DeskError."""
    try:
        return tryton.load_settings(path)
    except TrytonError as error:
        raise DeskError(str(error)) from error
