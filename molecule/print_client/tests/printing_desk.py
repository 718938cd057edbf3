"""What the tests of this desk share: its name, its wanted queues, and Ansible on it."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

CONTAINER = "wr-mol-print-client"
SCENARIO = Path(__file__).parents[1]
WANTED = yaml.safe_load((SCENARIO / "vars/queues.yml").read_text(encoding="utf-8"))
Ask = Callable[..., dict[str, Any]]


def run(*command: str) -> "subprocess.CompletedProcess[str]":
    """Run Ansible on the desk; Molecule forces colour, which would be in the way."""
    inventory = ["-i", os.environ["MOLECULE_INVENTORY_FILE"]]
    environment = os.environ | {
        "ANSIBLE_FORCE_COLOR": "0",
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_CALLBACK_RESULT_FORMAT": "json",
    }
    return subprocess.run([*command, *inventory], text=True, capture_output=True, check=False, env=environment)
