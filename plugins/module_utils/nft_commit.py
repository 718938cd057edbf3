# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
"""A firewall's rules changed so that a mistake undoes itself: arm, load, confirm over a new connection, keep.

The timer is armed before the rules are loaded, and loads what was in use before. Only a confirmation that came over a
connection made after that stops it; only then are the rules what the machine loads when it starts. A machine that is
restarted in between starts with the rules of before.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

TABLE = ("inet", "wardround")
EMPTY = "table inet wardround\ndelete table inet wardround\n"  # adding first makes deleting safe where there is none
UNIT = "wardround-firewall-rollback"


class CommitError(Exception):
    """The rules cannot be changed; the message says what was found and the likely cause."""


class Files:
    """The files of one firewall. kept: what it loads at start; waiting: loaded and not confirmed yet."""

    def __init__(self, directory):
        self.directory = Path(directory)
        self.kept = self.directory / "ruleset.nft"
        self.before = self.directory / "before.nft"
        self.waiting = self.directory / "waiting.nft"
        self.previous = self.directory / "previous.nft"
        self.record = self.directory / "record.json"


def run(command, text=None):
    """(exit code, output, what it complained about) of a program."""
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr.strip()


def listing(call=run):
    """What is in use now, without its counters; empty where our table is not there."""
    code, output, said = call(["nft", "--stateless", "list", "table", *TABLE])
    if code and "No such file" not in said:
        raise CommitError("nft cannot list the rules in use: %s" % said)
    return "" if code else output


def check(text, call=run):
    """Raise CommitError where nft does not understand the rules."""
    code, _output, said = call(["nft", "--check", "--file", "-"], text)
    if code:
        raise CommitError("nft does not accept the rules, nothing was changed: %s" % said.splitlines()[0])


def connection(pid=None):
    """The SSH connection that this process serves (SSH_CONNECTION of sshd(8)), None where it is none.

    Looked for in its ancestors too: sudo does not pass it on.
    """
    pid = pid or os.getpid()
    while pid > 1:
        try:
            environment = Path("/proc/%d/environ" % pid).read_bytes().split(b"\0")
            status = Path("/proc/%d/status" % pid).read_text()
        except OSError:
            return None
        for entry in environment:
            if entry.startswith(b"SSH_CONNECTION="):
                return entry.split(b"=", 1)[1].decode()
        pid = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("PPid:"))
    return None


def armed(call=run):
    """Whether the timer that would take the rules back is running."""
    return call(["systemctl", "is-active", "--quiet", UNIT + ".timer"])[0] == 0


def apply(text, files, seconds, check_mode, call=run, over=None):
    """Load the rules and arm the timer; nothing where they are in use and kept already.

    seconds: until the timer takes them back; over: the SSH connection that this runs over. Returns changed, waiting
    (whether a confirmation is wanted) and diff. Raises CommitError.
    """
    if armed(call):
        raise CommitError("another change of the firewall waits for its confirmation; it takes itself back by itself")
    check(text, call)
    kept, now = _read(files.kept), listing(call)
    in_use = kept == text and now and now == _record(files).get("listing")
    shown = kept if kept and now == _record(files).get("listing") else now
    result = {"changed": not in_use, "waiting": not in_use, "diff": {"before": shown, "after": text}}
    if check_mode:
        return result
    if files.waiting.exists():  # the timer has taken them back
        files.waiting.unlink()
    if in_use:
        return result
    _write(files.previous, EMPTY + now)
    _write(files.waiting, text)
    _write(files.record, json.dumps(dict(_record(files), over=over)))
    program = "/usr/sbin/nft"
    timer = ["systemd-run", "--unit=" + UNIT, "--on-active=%d" % seconds, "--timer-property=AccuracySec=100ms"]
    code, _output, said = call([*timer, "--collect", program, "--file", str(files.previous)])
    if code:
        raise CommitError("the timer that would take the rules back cannot be armed, nothing was changed: %s" % said)
    code, _output, said = call(["nft", "--file", str(files.waiting)])
    if code:
        _disarm(call)
        files.waiting.unlink()
        raise CommitError("nft did not load the rules, those before are still in use: %s" % said)
    _write(files.record, json.dumps(dict(_record(files), loaded=listing(call))))
    return result


def confirm(files, need_ssh, check_mode, call=run, over=None):
    """Stop the timer and keep the rules; nothing where none wait. Raises CommitError where they were taken back.

    need_ssh: refuse unless this runs over an SSH connection that is not the one the rules were loaded over.
    """
    if not files.waiting.exists():
        return {"changed": False}
    if check_mode:
        return {"changed": True}
    record = _record(files)
    if need_ssh and (over is None or over == record.get("over")):
        found = "the connection that loaded them" if over else "no SSH connection"
        raise CommitError(
            "the rules are to be confirmed over a new SSH connection, found %s; they take themselves back" % found
        )
    text = files.waiting.read_text()
    if armed(call):
        _disarm(call)
    if listing(call) != record.get("loaded"):  # the timer may have come first even while we looked
        files.waiting.unlink()
        raise CommitError("no confirmation in time: the rules before are in use again")
    if _read(files.kept):
        _write(files.before, _read(files.kept))
    _write(files.record, json.dumps({"listing": record["loaded"]}))
    _write(files.kept, text)
    files.waiting.unlink()
    return {"changed": True}


def _disarm(call):
    code, _output, said = call(["systemctl", "stop", UNIT + ".timer"])
    if code:
        raise CommitError("the timer cannot be stopped, so it takes the rules back: %s" % said)


def _read(path):
    return path.read_text() if path.exists() else ""


def _record(files):
    return json.loads(_read(files.record) or "{}")


def _write(path, text):
    """In one step and only for root: rules name every server."""
    fresh = path.with_name(path.name + ".new")
    fresh.touch(mode=0o600)
    with fresh.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
