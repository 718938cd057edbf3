"""What git says: whether a plan is the approved one, and at which commit a directory is."""

from __future__ import annotations

import subprocess
from pathlib import Path


class NotApprovedError(Exception):
    """The plan is not byte-identical under plans/ on the approved branch; the message says what was found."""


def check_approved(plan: Path) -> None:
    """Compare a plan file with `origin/main`, or `main` where the repository has no remote.

    Raises NotApprovedError.
    """
    plan = plan.resolve()
    top = _git(plan.parent, "rev-parse", "--show-toplevel")
    if top is None:
        raise NotApprovedError(f"{plan} is not in a git repository")
    root = Path(top.decode().strip()).resolve()
    path = plan.relative_to(root)
    if path.parts[0] != "plans":
        raise NotApprovedError(f"{path} is not under plans/")
    branch = "origin/main" if (_git(root, "remote") or b"").strip() else "main"
    approved = _git(root, "show", f"{branch}:{path.as_posix()}")
    if approved is None:
        raise NotApprovedError(f"{path} is not in {branch}: have it reviewed and merged first")
    if approved != plan.read_bytes():
        raise NotApprovedError(f"{path} differs from the one in {branch}")


def revision(directory: Path) -> str:
    """The commit that is checked out, with a `+` where the directory differs from it; empty outside a repository."""
    commit = _git(directory, "rev-parse", "HEAD")
    if commit is None:
        return ""
    differs = _git(directory, "status", "--porcelain", "--", ".") != b""
    return commit.decode().strip() + ("+" if differs else "")


def _git(directory: Path, *arguments: str) -> bytes | None:
    """Standard output of a git command, None where it fails."""
    done = subprocess.run(["git", "-C", str(directory), *arguments], capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else None
