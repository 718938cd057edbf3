# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
"""Releases side by side on one machine, and the link that says which one is in use.

    <root>/releases/<version>/   one directory a release
    <root>/current, previous     links into releases/: in use, and to go back to
    <root>/last                  link to what was in use before the last switch, forward or back
    <root>/journal.jsonl         one line per switch that was really made
    <root>/.lock                 held by whoever changes any of it

`decide` is pure: it says what a request would do to a layout. `Tree` reads and changes the disk.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import re
import shutil
import time
from pathlib import Path

from ansible_collections.wardround.hospital.plugins.module_utils import release_archive
from ansible_collections.wardround.hospital.plugins.module_utils.release_archive import ReleaseError

_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z._+-]*")


class Layout:
    """What is installed: `linked` and `previous` version or None, `releases` from the oldest to the newest."""

    def __init__(self, linked=None, previous=None, releases=(), digests=None):
        self.linked = linked
        self.previous = previous
        self.releases = list(releases)
        self.digests = dict(digests or {})

    def as_text(self):
        """For people and for --diff."""
        lines = [f"current: {self.linked or 'none'}", f"previous: {self.previous or 'none'}"]
        return "\n".join(lines + [f"release: {version}" for version in sorted(self.releases)]) + "\n"


class Decision:
    """What a request does: `stage` and `switch` (a version or None), the `after` layout, and `drift` for a report.

    `journaled`: the journal has this switch's line already, because a run was killed between the line and the link.
    """

    def __init__(self, before, stage=None, switch=None, after=None, drift=None, journaled=False):
        self.stage = stage
        self.switch = switch
        self.journaled = journaled
        self.after = after or before
        self.drift = drift
        self.changed = bool(stage or switch or self.after.as_text() != before.as_text())


def decide(layout, journal, state, version=None, sha256=None, intent=None, keep=2):
    """What `state` means for this layout; raises ReleaseError when it must not be done. Pure.

    journal: the switches made so far, oldest first, as dicts of time, intent, from, to.
    """
    if version is not None and not _VERSION.fullmatch(version):
        raise ReleaseError(f"{version!r} is no version: letters, digits and . _ + - are allowed")
    if state == "previous":
        return _decide_back(layout, journal, version, intent)
    if state == "present" and layout.linked:
        drift = _drift(layout, version, sha256)
        return Decision(layout, drift=drift)
    stage = _stage(layout, version, sha256)
    after = _staged(layout, stage, sha256)
    if state == "staged":
        return Decision(layout, stage=stage, after=after)
    if layout.linked == version:
        return Decision(layout)
    journaled = bool(layout.linked) and _may_switch(layout, journal, version, intent)
    after.linked, after.previous = version, layout.linked
    return Decision(layout, stage=stage, switch=version, after=_pruned(after, keep), journaled=journaled)


def _decide_back(layout, journal, version, intent):
    target = version or layout.previous
    if target and target == layout.linked:
        return Decision(layout)
    if not target:
        if intent and journal and (journal[-1]["intent"], journal[-1]["to"]) == (intent, layout.linked):
            return Decision(layout)
        raise ReleaseError(f"there is no previous release to go back to; {layout.linked or 'none'} is in use")
    if target not in layout.releases:
        raise ReleaseError(f"release {target} is not on this machine any more; it has: {', '.join(layout.releases)}")
    journaled = _may_switch(layout, journal, target, intent)
    # What was left is no way back: a second rollback must never go forward to the release that failed.
    after = Layout(target, None, layout.releases, layout.digests)
    return Decision(layout, switch=target, after=after, journaled=journaled)


def _drift(layout, version, sha256):
    found = layout.digests.get(layout.linked)
    if layout.linked == version and found == sha256.lower():
        return None
    return {"wanted": version, "wanted_sha256": sha256.lower(), "installed": layout.linked, "installed_sha256": found}


def _may_switch(layout, journal, version, intent):
    """Whether the journal has this switch's line already; raises ReleaseError when it must not be made."""
    if not intent:
        raise ReleaseError(
            f"{layout.linked} is in use: only an approved plan moves a machine to {version},"
            " and no intent of one was given"
        )
    made = [entry for entry in journal if (entry["intent"], entry["to"]) == (intent, version)]
    if not made:
        return False
    if made[-1] is journal[-1] and made[-1]["from"] == layout.linked:
        return True
    raise ReleaseError(
        f"intent {intent} switched this machine to {version} at {made[-1]['time']},"
        f" and {layout.linked} is in use since: it is not done twice"
    )


def _stage(layout, version, sha256):
    """The version to bring in, or None when these very bytes are there."""
    if version not in layout.releases:
        return version
    found = layout.digests.get(version)
    if found == (sha256 or "").lower():
        return None
    if version in (layout.linked, layout.previous):
        raise ReleaseError(
            f"release {version} was installed from other bytes (SHA-256 {found or 'unknown'}, wanted {sha256}):"
            " changed bytes need a new version"
        )
    return version


def _staged(layout, stage, sha256):
    releases = [version for version in layout.releases if version != stage] + ([stage] if stage else [])
    return Layout(layout.linked, layout.previous, releases, dict(layout.digests, **({stage: sha256} if stage else {})))


def _pruned(layout, keep):
    """The layout with at most `keep` releases; the newest stay, and those in use or to go back to always do."""
    fixed = [version for version in layout.releases if version in (layout.linked, layout.previous)]
    others = [version for version in layout.releases if version not in fixed]
    kept = set(fixed + others[len(others) - max(0, keep - len(fixed)) :])
    return Layout(layout.linked, layout.previous, [v for v in layout.releases if v in kept], layout.digests)


class Tree:
    """The directory on disk. Every method but `layout` and `journal` wants the lock."""

    def __init__(self, root):
        self.root = Path(root)
        self.releases = self.root / "releases"

    def layout(self):
        digests = {}
        with contextlib.suppress(FileNotFoundError):
            for path in self.releases.iterdir():
                if path.is_dir() and path.suffix != ".partial":
                    digests[path.name] = (path.stat().st_mtime_ns, release_archive.digest_of(path))
        ordered = sorted(digests, key=lambda version: (digests[version][0], version))
        known = {version: digest for version, (_time, digest) in digests.items()}
        return Layout(self._link("current", ordered), self._link("previous", ordered), ordered, known)

    def _link(self, name, releases):
        path = self.root / name
        try:
            target = Path(os.readlink(path))  # noqa: PTH115  Path.readlink is younger than the targets' Python
        except FileNotFoundError:
            return None
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise ReleaseError(f"{path} cannot be read: {error.strerror}") from error
            kind = "directory" if path.is_dir() else "file"
            raise ReleaseError(f"{path} is a {kind}, not a link; move it away, it was not made by a release") from error
        if target != Path("releases", target.name) or target.name not in releases:
            if name == "previous":
                return None
            raise ReleaseError(f"{path} points to {target}, which is no release of this machine")
        return target.name

    def journal(self):
        try:
            lines = (self.root / "journal.jsonl").read_text(encoding="utf-8").split("\n")
        except FileNotFoundError:
            return []
        return [json.loads(line) for line in lines[:-1]]  # the last one is empty, or what a power cut left of a line

    @contextlib.contextmanager
    def lock(self, timeout, owner):
        """Hold the tree; waits up to `timeout` seconds, then raises ReleaseError naming the holder."""
        self.releases.mkdir(0o755, parents=True, exist_ok=True)
        ends = time.monotonic() + timeout
        with (self.root / ".lock").open("a+", encoding="utf-8") as handle:
            while True:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() >= ends:
                        handle.seek(0)
                        holder = handle.read().strip() or "unknown"
                        raise ReleaseError(f"another run holds {self.root}/.lock: {holder}") from None
                    time.sleep(0.1)
            handle.truncate(0)
            handle.write(f"process {os.getpid()}, {owner}, since {_now()}\n")
            handle.flush()
            yield

    def clean(self):
        """Remove what a killed run left half-made."""
        for path in self.root.glob(".new-*"):
            path.unlink()
        for path in self.releases.glob("*.partial"):
            shutil.rmtree(path)

    def stage(self, version, url, sha256, deadline):
        """Download, verify, unpack and move `version` into place; all or nothing."""
        archive = self.root / ".new-artifact"
        final = self.releases / version
        partial = self.releases / (version + ".partial")
        try:
            release_archive.download(url, archive, sha256, deadline)
            release_archive.unpack(archive, partial)
            _check_named_version(partial, version, url)
            release_archive.stamp(partial, sha256)
            os.sync()
            if final.is_dir():
                shutil.rmtree(final)
            partial.rename(final)
            _sync_directory(self.releases)
        finally:
            with contextlib.suppress(FileNotFoundError):
                archive.unlink()
            shutil.rmtree(partial, ignore_errors=True)

    def switch(self, before, decision, intent):
        """Journal the switch, then point the links anew. The move of `current` is one rename."""
        after = decision.after
        # The line comes first: a switch without one could be made twice, a line without its switch is made good.
        if not decision.journaled:
            self._journal({"time": _now(), "intent": intent or None, "from": before.linked, "to": after.linked})
        if before.linked:
            self._point("last", before.linked)
        if after.previous:
            self._point("previous", after.previous)
        self._point("current", after.linked)
        if before.previous and not after.previous:
            (self.root / "previous").unlink()
        _sync_directory(self.root)

    def _point(self, name, version):
        temporary = self.root / (".new-" + name)
        temporary.symlink_to(Path("releases", version))
        temporary.rename(self.root / name)

    def _journal(self, entry):
        with (self.root / "journal.jsonl").open("ab+") as handle:
            handle.seek(0)
            handle.truncate(handle.read().rfind(b"\n") + 1)  # what a power cut left of a line
            handle.write(json.dumps(entry, sort_keys=True, ensure_ascii=False).encode("utf-8") + b"\n")
            handle.flush()
            os.fsync(handle.fileno())

    def prune(self, after):
        """Delete the release directories that `after` does not hold."""
        for path in self.releases.iterdir():
            if path.name not in after.releases:
                shutil.rmtree(path)


def in_use(parent):
    """Product -> version of its release in use, of all trees in a directory; raises OSError when it cannot be read.

    Other things there are passed over, and so is a link that leads nowhere, because nothing starts from it.
    """
    try:
        trees = sorted(Path(parent).iterdir())
    except FileNotFoundError:
        return {}
    return {tree.name: (tree / "current").resolve().name for tree in trees if (tree / "current").exists()}


def _check_named_version(directory, version, url):
    """A release that names another version than the plan does is never put in place."""
    try:
        named = release_archive.named_version((directory / "release.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    if named != version:
        raise ReleaseError(f"{url} holds version {named}, not {version}")


def _sync_directory(path):
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
