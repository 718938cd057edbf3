# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
"""A release on its way in: download, verify, unpack. Nothing is unpacked before its SHA-256 is right."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tarfile
import time
import urllib.error
import urllib.request

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
        raise ReleaseError("{0!r} is no http or https address".format(url))
    ends = time.monotonic() + deadline
    digest = hashlib.sha256()
    try:
        with opener().open(url, timeout=min(30, deadline)) as answer, open(path, "wb") as target:
            need_space(os.path.dirname(path), int(answer.headers.get("Content-Length") or 0))
            for chunk in iter(lambda: answer.read(_CHUNK), b""):
                if time.monotonic() > ends:
                    raise ReleaseError("{0}: not complete after {1:g} s".format(url, deadline))
                digest.update(chunk)
                target.write(chunk)
    except urllib.error.HTTPError as error:
        raise ReleaseError("{0}: the share answered HTTP {1} {2}".format(url, error.code, error.reason))
    except urllib.error.URLError as error:
        raise ReleaseError("{0}: the share does not answer: {1}".format(url, error.reason))
    except OSError as error:
        raise ReleaseError("{0}: download to {1} failed: {2}".format(url, path, error.strerror or error))
    if digest.hexdigest() != sha256.lower():
        raise ReleaseError(
            "wrong checksum of {0}: expected SHA-256 {1}, found {2}; nothing was unpacked".format(
                url, sha256.lower(), digest.hexdigest()
            )
        )


def need_space(directory, size):
    """Raise ReleaseError unless `directory` has room for `size` bytes and the margin."""
    free = shutil.disk_usage(directory).free
    if free < size + MARGIN:
        raise ReleaseError(
            "disk full: {0:.0f} MB needed in {1}, {2:.0f} MB free".format(
                (size + MARGIN) / 1e6, directory, free / 1e6
            )
        )


def unpack(archive, directory):
    """Unpack a tar file into the new `directory`; raises ReleaseError on any member that could reach outside.

    A release holds files and directories only: links are refused altogether, because a chain of them can lead out
    although each stays inside. Owners and times are not kept: nginx makes its ETag of time and size, and reproducibly
    built releases share their times, so a browser would take the old file for the new one.
    """
    try:
        with tarfile.open(archive) as tar:
            members = [(member, _inside(member)) for member in tar.getmembers()]
            need_space(os.path.dirname(directory), sum(member.size for member, _name in members))
            os.mkdir(directory, 0o755)
            for member, name in members:
                _write(tar, member, os.path.join(directory, name))
    except (tarfile.TarError, EOFError) as error:
        raise ReleaseError("{0} is no readable tar file: {1}".format(os.path.basename(archive), error))
    except OSError as error:
        raise ReleaseError("unpacking into {0} failed: {1}".format(directory, error.strerror or error))


def _inside(member):
    """The member's path relative to the release, normalised; raises ReleaseError when it is not a plain one inside."""
    name = os.path.normpath(member.name)
    if member.name.startswith("/") or name == ".." or name.startswith("../") or "\0" in name:
        raise ReleaseError("unsafe release: {0!r} would be written outside its directory".format(member.name))
    if not (member.isreg() or member.isdir()):
        raise ReleaseError("unsafe release: {0!r} is neither a file nor a directory".format(member.name))
    return name


def _write(tar, member, path):
    if member.isdir():
        os.makedirs(path, 0o755, exist_ok=True)
        return
    os.makedirs(os.path.dirname(path), 0o755, exist_ok=True)
    with tar.extractfile(member) as source, open(path, "wb") as target:
        shutil.copyfileobj(source, target, _CHUNK)
    os.chmod(path, 0o755 if member.mode & 0o100 else 0o644)


def stamp(directory, sha256):
    """Record in the release which artifact it came from; it moves and goes with the directory."""
    with open(os.path.join(directory, DIGEST_FILE), "w", encoding="ascii") as handle:
        handle.write(sha256.lower() + "\n")


def digest_of(directory):
    """The recorded SHA-256 of the artifact behind an installed release, or None."""
    try:
        with open(os.path.join(directory, DIGEST_FILE), encoding="ascii") as handle:
            return handle.read().strip()
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
        return "unknown", "{0} answers HTTP {1}".format(url, error.code)
    except (urllib.error.URLError, OSError, ValueError) as error:
        return "unknown", "{0} does not answer: {1}".format(url, getattr(error, "reason", error))
    return (version, None) if version else ("unknown", "{0} names no version".format(url))
