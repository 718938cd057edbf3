"""The engineer's own clone of the repository, in which the lab's roll-outs are planned, committed and applied."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from lab.paths import LAB, ROOT
from lab.podman import LabError

RELEASES = Path("inventories/lab/group_vars/all/releases.yml")


class Hospital:
    """A clone with its own state; nothing done in it changes a tracked file of the repository around it."""

    def __init__(self, name: str = "hospital") -> None:
        self.root = LAB / name
        self.state = LAB / f"{name}-state"
        self.environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "WARDROUND_STATE": str(self.state),
        }

    def make(self) -> None:
        """Clone what is committed here anew, without a remote, and forget what an earlier clone recorded."""
        for old in (self.root, self.state):
            shutil.rmtree(old, ignore_errors=True)
        if subprocess.run(["git", "-C", str(ROOT), "diff", "--quiet", "HEAD"], check=False).returncode:
            print("  note: what is not committed here is not in the lab's clone")
        self._git(ROOT, "clone", "--quiet", "--no-hardlinks", str(ROOT), str(self.root))
        self._git(self.root, "checkout", "--quiet", "-B", "main")
        self._git(self.root, "remote", "remove", "origin")
        for key, value in (("user.name", "Lab engineer"), ("user.email", "engineer@lab.example")):
            self._git(self.root, "config", key, value)
        (self.root / ".lab").symlink_to(LAB)

    def set_version(self, product: str, key: str, version: str) -> None:
        """Write `current` or `wanted` of a product, as an engineer would: one line."""
        path = self.root / RELEASES
        text = path.read_text(encoding="utf-8")
        line = re.compile(rf"(?m)(^    {product}:\n(?:      .*\n)*?      {key}: )\S+$")
        text, count = line.subn(rf"\g<1>{version}", text)
        if count != 1:
            raise LabError(f"{path}: {count} lines say `{key}:` of {product}, expected one")
        path.write_text(text, encoding="utf-8")

    def plan_and_commit(self, product: str, version: str, message: str) -> Path:
        """Plan the way of a product to `version`, commit releases and plan to main; the plan's path in the clone."""
        plan = Path(f"plans/{product}-{version}.plan.json")
        self.run("wardround", "plan", "upgrade", product, "-o", str(plan))
        self._git(self.root, "add", str(RELEASES), str(plan))
        self._git(self.root, "commit", "--quiet", "-m", message)
        return plan

    def run(self, *command: str, expect: int = 0, quiet: bool = False) -> None:
        """Run a command in the clone with its output to the terminal. Raises LabError on another exit code.

        quiet: its output is shown only with the error.
        """
        pipe = subprocess.PIPE if quiet else None
        done = subprocess.run(
            command,
            cwd=self.root,
            env=self.environment,
            check=False,
            stdout=pipe,
            stderr=subprocess.STDOUT if quiet else None,
            text=True,
        )
        if done.returncode != expect:
            said = f":\n{done.stdout}" if done.stdout else ""
            raise LabError(f"`{' '.join(command[:6])}` ended with {done.returncode}, expected {expect}{said}")

    @staticmethod
    def _git(where: Path, *arguments: str) -> None:
        subprocess.run(["git", "-C", str(where), *arguments], check=True)
