# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
"""A release on its way in: download, verify, unpack. Nothing is unpacked before its SHA-256 is right."""

from __future__ import annotations

import hashlib
import json
import shutil
import tarfile
import time
import urllib.error
import urllib.request
from pathlib import PurePosixPath

MARGIN = 32 * 1024 * 1024  # bytes that stay free, so that a release never fills the workstation's disk
_CHUNK = 1024 * 1024
DIGEST_FILE = ".sha256"


class ReleaseError(Exception):
    """The release cannot be installed; the message is for the technician in front of the machine."""


def opener():
    """The hospital's own share and the workstation's own port are never asked through a proxy."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))


def download(url, path, sha256, deadline):
    """Fetch `url` to `path` within `deadline` seconds and compare its SHA-256; raises ReleaseError."""
    if not url.startswith(("http://", "https://")):
        raise ReleaseError(f"{url!r} is no http or https address")
    ends = time.monotonic() + deadline
    digest = hashlib.sha256()
    try:
        with opener().open(url, timeout=min(30, deadline)) as answer, path.open("wb") as target:
            need_space(path.parent, int(answer.headers.get("Content-Length") or 0))
            for chunk in iter(lambda: answer.read(_CHUNK), b""):
                if time.monotonic() > ends:
                    raise ReleaseError(f"{url}: not complete after {deadline:g} s")
                digest.update(chunk)
                target.write(chunk)
    except urllib.error.HTTPError as error:
        raise ReleaseError(f"{url}: the share answered HTTP {error.code} {error.reason}") from error
    except urllib.error.URLError as error:
        raise ReleaseError(f"{url}: the share does not answer: {error.reason}") from error
    except OSError as error:
        raise ReleaseError(f"{url}: download to {path} failed: {error.strerror or error}") from error
    if digest.hexdigest() != sha256.lower():
        raise ReleaseError(
            f"wrong checksum of {url}: expected SHA-256 {sha256.lower()}, found {digest.hexdigest()};"
            " nothing was unpacked"
        )


def need_space(directory, size):
    """Raise ReleaseError unless `directory` has room for `size` bytes and the margin."""
    free = shutil.disk_usage(directory).free
    if free < size + MARGIN:
        raise ReleaseError(f"disk full: {(size + MARGIN) / 1e6:.0f} MB needed in {directory}, {free / 1e6:.0f} MB free")


def unpack(archive, directory):
    """Unpack a tar file into the new `directory`; raises ReleaseError on any member that could reach outside.

    A release holds files and directories only: links are refused altogether, because a chain of them can lead out
    although each stays inside. Owners and times are not kept: nginx makes its ETag of time and size, and reproducibly
    built releases share their times, so a browser would take the old file for the new one.
    """
    try:
        with tarfile.open(archive) as tar:
            members = [(member, _inside(member)) for member in tar.getmembers()]
            need_space(directory.parent, sum(member.size for member, _name in members))
            directory.mkdir(0o755)
            for member, name in members:
                _write(tar, member, directory / name)
    except (tarfile.TarError, EOFError) as error:
        raise ReleaseError(f"{archive.name} is no readable tar file: {error}") from error
    except OSError as error:
        raise ReleaseError(f"unpacking into {directory} failed: {error.strerror or error}") from error


def _inside(member):
    """The member's path relative to the release; raises ReleaseError when it is not a plain one inside."""
    name = PurePosixPath(member.name)
    if name.is_absolute() or ".." in name.parts:
        raise ReleaseError(f"unsafe release: {member.name!r} would be written outside its directory")
    if not (member.isreg() or member.isdir()):
        raise ReleaseError(f"unsafe release: {member.name!r} is neither a file nor a directory")
    return name


def _write(tar, member, path):
    if member.isdir():
        path.mkdir(0o755, parents=True, exist_ok=True)
        return
    path.parent.mkdir(0o755, parents=True, exist_ok=True)
    with tar.extractfile(member) as source, path.open("wb") as target:
        shutil.copyfileobj(source, target, _CHUNK)
    path.chmod(0o755 if member.mode & 0o100 else 0o644)


def stamp(directory, sha256):
    """Record in the release which artifact it came from; it moves and goes with the directory."""
    (directory / DIGEST_FILE).write_text(sha256.lower() + "\n", encoding="ascii")


def digest_of(directory):
    """The recorded SHA-256 of the artifact behind an installed release, or None."""
    try:
        return (directory / DIGEST_FILE).read_text(encoding="ascii").strip()
    except OSError:
        return None


def named_version(text):
    """The `version` that a release.json names, or None."""
    try:
        version = json.loads(text)["version"]
    except (ValueError, KeyError, TypeError):
        return None
    return version if isinstance(version, str) else None


def served_version(url, deadline=3.0):
    """(version, None) as the workstation's own port serves it, or ("unknown", why)."""
    if not url:
        return "unknown", "no served_url was given"
    try:
        with opener().open(url, timeout=deadline) as answer:
            version = named_version(answer.read(_CHUNK).decode("utf-8", "replace"))
    except urllib.error.HTTPError as error:
        return "unknown", f"{url} answers HTTP {error.code}"
    except (urllib.error.URLError, OSError, ValueError) as error:
        return "unknown", f"{url} does not answer: {getattr(error, 'reason', error)}"
    return (version, None) if version else ("unknown", f"{url} names no version")
