# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether somebody works at a machine: sessions, clinical programs, connections and print jobs, each a sentence.

Unknown means busy: what cannot be asked within its deadline is a reason like any other.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

from ansible_collections.wardround.hospital.plugins.module_utils import proc

# Session classes of systemd-logind that are no person at work (org.freedesktop.login1(5), Class). Any other class,
# also one that a later systemd brings, counts as a person.
NOBODY = {"background", "background-light", "greeter", "lock-screen", "manager", "manager-early", "none"}
FIRST_PERSON = 1000  # Debian Policy 9.2.2: users begin here, services are below
SERVICES = range(61184, 65520)  # systemd's dynamic users (docs/UIDS-GIDS.md)
NOBODY_ID = 65534
WEB_SERVER = "www-data"
PAM = Path("/etc/pam.d")


class Unknown(Exception):
    """A question that was not answered; the message says which and why."""


def person(uid):
    """Whether a numeric user id is a person's and not the system's or a service's."""
    return uid >= FIRST_PERSON and uid not in SERVICES and uid != NOBODY_ID


def run(arguments, deadline):
    """(exit code, stdout, stderr) of a command in the C locale; raises Unknown when it gives no answer in time."""
    try:
        done = subprocess.run(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=deadline,
            check=False,
            env=dict(os.environ, LC_ALL="C"),
        )
    except subprocess.TimeoutExpired:
        raise Unknown(f"{arguments[0]} gave no answer within {deadline:g} s") from None
    except OSError as error:
        raise Unknown(f"{arguments[0]} could not be started: {error.strerror}") from error
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


# Sessions


def parse_session(text):
    """The properties that `loginctl show-session` prints, one `Name=value` a line. Raises Unknown without a class."""
    found = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    if not found.get("Id") or not found.get("Class") or not found.get("User", "").isdecimal():
        raise Unknown(f"systemd-logind described a session without id, class or user: {text.strip()[:100]!r}")
    return found


def sessions(deadline):
    """Every session of systemd-logind, as parse_session gives them; one that ends meanwhile is left out."""
    if not logins_are_told(PAM):
        raise Unknown(f"no login is told to systemd-logind, because nothing in {PAM} names pam_systemd")
    found = []
    for name in _session_ids(deadline):
        code, text, said = run(["loginctl", "show-session", name], deadline)
        if code == 0:
            found.append(parse_session(text))
        elif name in _session_ids(deadline):
            raise Unknown(f"systemd-logind does not describe session {name}: {said.strip()}")
    return found


def logins_are_told(folder):
    """Whether a PAM stack of this folder registers logins; without one, logind knows no session and says so truthfully.

    The stacks of the user manager, runuser and su are no logins, and name pam_systemd also where it is not installed.
    """
    files = [path for path in folder.glob("*") if not path.name.startswith(("systemd-user", "runuser", "su"))]
    stacks = [path.read_text(encoding="utf-8", errors="replace") for path in files if path.is_file()]
    return any(re.search(r"^-?session\b.*\bpam_systemd\.so\b", text, re.MULTILINE) for text in stacks)


def _session_ids(deadline):
    code, text, said = run(["loginctl", "list-sessions", "--no-legend", "--no-pager"], deadline)
    if code != 0:
        raise Unknown(f"systemd-logind does not answer: {said.strip() or f'loginctl ended with {code}'}")
    return [line.split()[0] for line in text.splitlines() if line.strip()]


def own_session(cgroup):
    """The id of the session a process is in, from its /proc/PID/cgroup; None outside any."""
    scope = re.search(r"/session-([^/\s]+)\.scope(?:/|$)", cgroup, re.MULTILINE)
    return scope.group(1) if scope else None


def sitting(found, ignore, own=None):
    """The sessions of people. Root over SSH and the `own` session over SSH are maintenance."""
    people = []
    for session in found:
        maintenance = session.get("Service") == "sshd" and (int(session["User"]) == 0 or session["Id"] == own)
        # A closing session's user has logged out; a clinical program left behind is found by itself.
        nobody = session["Class"] in NOBODY or session.get("State") == "closing"
        if not (maintenance or nobody or session.get("Name") in ignore):
            people.append(session)
    return people


def session_reason(session):
    """One sentence: who is logged in, where and since when."""
    since = re.sub(r"^[A-Z][a-z]{2} ", "", session.get("Timestamp", "")) or "an unknown time"
    locked = ", the screen is locked" if session.get("LockedHint") == "yes" else ""
    return f"{session.get('Name') or session['User']} is logged in {_place(session)} since {since}{locked}"


def _place(session):
    if session.get("Remote") == "yes":
        return f"from {session.get('RemoteHost') or 'elsewhere'}"
    return f"at {session.get('Seat') or session.get('TTY') or 'no known seat'}"


# Clinical programs


def product_of(process, roots):
    """(product, version or None) of a process whose program or arguments lie in a product's releases, else None.

    The version is known when the path names it and not only the link `current`.
    """
    for text in [process["exe"] or "", *process["arguments"]]:
        for root in roots:
            place = re.search(re.escape(root) + r"/([^/]+)/(?:releases/([^/:]+)|current|previous)(?=[/:]|$)", text)
            if place:
                return place.group(1), place.group(2)
    return None


def programs(found, roots, names):
    """The clinical programs in use: one a product, version and user, as dicts of product, version, user, pid, since.

    found: processes as proc.processes gives them. The first of several processes stands for all.
    """
    used = {}
    for process in found:
        product = product_of(process, roots)
        user = names.get(process["uid"], f"user {process['uid']}")
        if product and (product, user) not in used:
            since = time.strftime("%Y-%m-%d %H:%M:%S %Z", time.localtime(process["since"]))
            used[product, user] = {"pid": process["pid"], "name": process["name"], "user": user, "since": since}
            used[product, user].update(product=product[0], version=product[1])
    return list(used.values())


def unseen_reasons(found, roots, names, known):
    """A sentence where processes may not be looked at and their arguments tell nothing either.

    known: user ids that keep the machine busy by their session already; of them nothing more needs to be said.
    """
    hidden = [one for one in found if one["exe"] is None and one["uid"] not in known and not product_of(one, roots)]
    if not hidden:
        return []
    users = ", ".join(sorted({names.get(one["uid"], f"user {one['uid']}") for one in hidden}))
    first = f"process {hidden[0]['pid']}, {hidden[0]['name']}"
    return [f"it is unknown which programs {users} runs ({first}): looking needs root with CAP_SYS_PTRACE"]


def program_reason(used):
    version = f" {used['version']}" if used["version"] else ""
    who = f"{used['user']} since {used['since']} ({used['name']}, process {used['pid']})"
    return f"{used['product']}{version} is used by {who}"


# Connections


def viewer_connections(found, ports, free):
    """Established connections to a listening local port of `ports` whose client is no user id of `free`.

    A connection inside the machine is listed once from each end: its client is the end whose remote port is the
    viewer's. A client elsewhere has no such end here, and counts whoever it is.
    """
    open_ones = [one for one in found if one["state"] == proc.ESTABLISHED]
    listening = {one["local"][1] for one in found if one["state"] == proc.LISTEN} & set(ports)
    ends = {(one["local"], one["remote"]): one for one in open_ones}
    clients = []
    for one in open_ones:
        if one["local"][1] in listening:
            client = ends.get((one["remote"], one["local"]))
            if client is None or client["uid"] not in free:
                clients.append(client or one)
    return clients


def peer_connections(found, ports):
    """Established connections with a local or remote port of `ports`.

    Of one inside the machine its client's end, in whichever order the kernel lists them: the other end has no owner
    until it is accepted.
    """
    pairs = {}
    for one in found:
        if one["state"] == proc.ESTABLISHED and {one["local"][1], one["remote"][1]} & set(ports):
            pair = frozenset((one["local"], one["remote"]))
            if pair not in pairs or one["remote"][1] in ports:
                pairs[pair] = one
    return list(pairs.values())


def connection_reason(one, what, ports, owner, names):
    """One sentence: who holds a connection of this kind, with whom. owner: (pid, name) or None."""
    user = names.get(one["uid"], f"user {one['uid']}")
    who = f"{owner[1]} of {user} (process {owner[0]})" if owner else f"a program of {user}"
    if one["remote"][1] in ports:
        return f"{who} has an open {what} connection to {one['remote'][0]} port {one['remote'][1]}"
    return f"{one['remote'][0]} has an open {what} connection to port {one['local'][1]} here, held by {who}"


# Print jobs


def parse_jobs(text):
    """Print jobs of `lpstat -o`, as dicts of job, user and since; raises Unknown for a line that is none."""
    found = []
    for line in text.splitlines():
        job = re.fullmatch(r"(\S+-\d+)\s+(\S.*?)\s+(\d+)\s{2,}(\S.*)", line.rstrip())
        if not job:
            raise Unknown(f"lpstat listed something that is no print job: {line.strip()!r}")
        found.append({"job": job.group(1), "user": job.group(2), "since": job.group(4)})
    return found


def jobs(deadline):
    """The print jobs that wait or print; none where CUPS is not installed or its scheduler does not run."""
    if not shutil.which("lpstat"):
        if Path("/usr/sbin/cupsd").exists():
            raise Unknown("CUPS is installed without lpstat, so its print jobs cannot be listed")
        return []
    code, text, said = run(["lpstat", "-o"], deadline)
    if code != 0 and "Scheduler is not running" in said:  # nothing prints then, and no switch harms what waits on disk
        return []
    if code != 0:
        raise Unknown(f"CUPS does not list its print jobs: {said.strip() or f'lpstat ended with {code}'}")
    return parse_jobs(text)


# The whole question


def ask(params):
    """(reasons, programs in use) of this machine; params as the module's options. No reason means idle."""
    reasons = []

    def question(what, act, *arguments):
        try:
            return act(*arguments)
        except (Unknown, proc.ProcError, OSError) as error:
            reasons.append(f"it is unknown whether {what}: {error}")
            return []

    deadline, ignore = params["deadline"], params["ignore_users"]
    names = dict(question("a user is one to ignore", proc.user_names))
    found = question("somebody is logged in", sessions, deadline)
    names.update((int(one["User"]), one["Name"]) for one in found if one.get("Name"))
    people = question("somebody is logged in", _sitting, found, ignore)
    reasons += [session_reason(one) for one in people]
    known = {int(one["User"]) for one in people}
    answer = question("a clinical program is used", _programs, params["roots"], names, ignore, known)
    used, unseen = answer or ([], [])
    reasons += [*[program_reason(one) for one in used], *unseen]
    reasons += question("a connection is open", _connection_reasons, params, names)
    waiting = question("something is being printed", jobs, deadline)
    reasons += [f"print job {one['job']} of {one['user']} is not finished, since {one['since']}" for one in waiting]
    return reasons, used


def _sitting(found, ignore):
    return sitting(found, ignore, own_session(Path("/proc/self/cgroup").read_text(encoding="utf-8")))


def _programs(roots, names, ignore, known):
    places = [place for root in roots for place in dict.fromkeys([root.rstrip("/"), os.path.realpath(root)])]
    people = proc.processes(lambda uid: person(uid) and names.get(uid) not in ignore)
    return programs(people, places, names), unseen_reasons(people, places, names, known)


def _connection_reasons(params, names):
    free = {uid for uid, name in names.items() if uid == 0 or name == WEB_SERVER or name in params["ignore_users"]}
    listed = proc.connections()
    found = [("viewer", params["viewer_ports"], viewer_connections(listed, params["viewer_ports"], free))]
    for what in ("dicom", "hl7"):
        found.append((what.upper(), params[what + "_ports"], peer_connections(listed, params[what + "_ports"])))
    inodes = {one["inode"] for _what, _ports, ones in found for one in ones}
    owners = proc.owners(inodes) if inodes else {}
    return [
        connection_reason(one, what, ports, owners.get(one["inode"]), names)
        for what, ports, ones in found
        for one in ones
    ]
