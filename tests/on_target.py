"""Our modules called on a Molecule container as Ansible's own documentation debugs one: python3 -m MODULE ARGS.json.

A call takes half a second instead of the several that the `ansible` command needs to begin.
"""

import json
import os
import subprocess
from functools import cached_property
from pathlib import Path
from typing import Any

import ansible
import testinfra

PLUGINS = Path(__file__).parents[1] / "plugins"
PLACE = "/srv/module"


class Target:
    """One container, and what runs there."""

    def __init__(self, container: str) -> None:
        self.container = container
        self.host = testinfra.get_host(f"podman://{container}")

    def write(self, path: str, text: str) -> str:
        """A file of root's own; nothing of it is on a command line."""
        command = ["podman", "exec", "-i", self.container, "sh", "-c", f"umask 077; cat > {path}"]
        subprocess.run(command, input=text, text=True, check=True)
        return path

    def module(self, name: str, *, check: bool = False, **arguments: Any) -> dict[str, Any]:
        """What a module of this collection returns, with `failed` always there."""
        asked = {"ANSIBLE_MODULE_ARGS": {**arguments, "_ansible_check_mode": check, "_ansible_diff": True}}
        file = self.write("/run/arguments.json", json.dumps(asked))
        module = f"ansible_collections.wardround.hospital.plugins.modules.{name}"
        command = ["podman", "exec", "-e", f"PYTHONPATH={self._code}", self.container, "python3", "-m", module, file]
        done = subprocess.run(command, text=True, capture_output=True, check=False)
        assert done.stdout, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return {"failed": False, **found}

    @cached_property
    def _code(self) -> str:
        """The import path there, with Ansible's module_utils and our plugins."""
        ours = f"{PLACE}/ansible_collections/wardround/hospital/plugins"
        self.host.check_output(
            f"rm -rf {PLACE} && mkdir -p {PLACE}/ansible {ours} && touch {PLACE}/ansible/__init__.py"
        )
        known = Path(ansible.__file__).parent
        for source, place in (
            (known / "release.py", f"{PLACE}/ansible"),
            (known / "module_utils", f"{PLACE}/ansible"),
            (PLUGINS / "modules", ours),
            (PLUGINS / "module_utils", ours),
        ):
            subprocess.run(["podman", "cp", str(source), f"{self.container}:{place}/"], check=True, env=os.environ)
        return PLACE
