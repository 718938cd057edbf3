"""What counts as approved."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from wardround.run.git import NotApprovedError, check_approved


def git(where: Path, *arguments: str) -> None:
    subprocess.run(
        ["git", "-C", str(where), "-c", "user.name=T", "-c", "user.email=t@example.org", *arguments],
        check=True,
        capture_output=True,
    )


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """A committed plan in a repository without a remote."""
    root = tmp_path / "hospital"
    (root / "plans").mkdir(parents=True)
    git(tmp_path, "init", "-q", "-b", "main", str(root))
    path = root / "plans" / "x.plan.json"
    path.write_text("{}\n")
    git(root, "add", ".")
    git(root, "commit", "-qm", "plan")
    return path


def test_committed_on_main_is_approved(plan: Path) -> None:
    check_approved(plan)


def test_changed_since_is_not(plan: Path) -> None:
    plan.write_text("{} \n")
    with pytest.raises(NotApprovedError, match="differs from the one in main"):
        check_approved(plan)


def test_never_committed_is_not(plan: Path) -> None:
    other = plan.with_name("y.plan.json")
    other.write_text("{}\n")
    with pytest.raises(NotApprovedError, match="not in main"):
        check_approved(other)


def test_on_a_branch_is_not(plan: Path) -> None:
    git(plan.parent, "checkout", "-qb", "mine")
    other = plan.with_name("y.plan.json")
    other.write_text("{}\n")
    git(plan.parent, "add", ".")
    git(plan.parent, "commit", "-qm", "not reviewed")
    with pytest.raises(NotApprovedError, match="not in main"):
        check_approved(other)


def test_with_a_remote_only_the_remote_counts(plan: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(plan.parents[1]), str(clone))
    check_approved(clone / "plans" / "x.plan.json")
    (clone / "plans" / "x.plan.json").write_text("{} \n")
    git(clone, "commit", "-qam", "committed here, not pushed")
    with pytest.raises(NotApprovedError, match="origin/main"):
        check_approved(clone / "plans" / "x.plan.json")


def test_elsewhere_than_plans_is_not(plan: Path) -> None:
    elsewhere = plan.parents[1] / "x.plan.json"
    elsewhere.write_text("{}\n")
    with pytest.raises(NotApprovedError, match="not under plans/"):
        check_approved(elsewhere)


def test_outside_git_is_not(tmp_path: Path) -> None:
    path = tmp_path / "x.plan.json"
    path.write_text("{}\n")
    with pytest.raises(NotApprovedError, match="not in a git repository"):
        check_approved(path)
