"""See a desk's HIS or LIS client as a clinician does: GTK on a virtual screen, read as a screen reader does.

The client runs on the desk itself, as an ordinary user, and is logged in through its own windows with the desk's login:
the module `gnuhealth_screen`, asked of the running lab.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from lab.machines import machine
from lab.paths import ROOT
from lab.podman import LabError, podman

ON_DESK = "/root/wardround-screen.png"
SECONDS = 30


@dataclass(frozen=True)
class Seen:
    """What was on the screen: the window's title, its pages, every text once, seconds until then, the picture."""

    title: str
    pages: tuple[str, ...]
    texts: tuple[str, ...]
    seconds: float
    picture: Path


def screenshot(host: str, picture: Path, patient: str = "", product: str = "his_client") -> Seen:
    """Open a desk's client and take a picture of its start view, or of the record of the patient with this PUID.

    Raises LabError when the client does not come that far, or shows another patient.
    """
    found = look(host, {"product": product, "picture": ON_DESK, "deadline": SECONDS, "patient": patient})
    picture.parent.mkdir(parents=True, exist_ok=True)
    container = machine(host).container
    podman("cp", f"{container}:{ON_DESK}", picture, what=f"fetching the screen of {host}")
    podman("exec", container, "rm", ON_DESK)
    seen = Seen(found["windows"][0], tuple(found["tabs"]), tuple(found["texts"]), found["seconds"], picture)
    if patient and patient not in seen.texts:
        raise LabError(f"the {product} of {host} does not show patient {patient}; its pages: {', '.join(seen.pages)}")
    return seen


def look(host: str, arguments: dict[str, object]) -> dict[str, list[str]]:
    """The answer of the module, asked as an engineer would from the repository. Raises LabError with its sentence."""
    ansible = Path(sys.executable).with_name("ansible")
    command = [str(ansible), host, "-m", "wardround.hospital.gnuhealth_screen", "-a", json.dumps(arguments)]
    environment = os.environ | {"ANSIBLE_CALLBACK_RESULT_FORMAT": "json", "ANSIBLE_NOCOLOR": "1"}
    environment.pop("ANSIBLE_FORCE_COLOR", None)
    done = subprocess.run(command, cwd=ROOT, env=environment, text=True, capture_output=True, check=False)
    _before, _arrow, answer = done.stdout.partition(" => ")
    try:
        found, _end = json.JSONDecoder().raw_decode(answer.lstrip())
    except ValueError:
        raise LabError(f"the screen of {host} was not read: {(done.stderr or done.stdout).strip()[-500:]}") from None
    if done.returncode:
        raise LabError(f"{host}: {found.get('msg', 'the screen was not read')}")
    return dict(found)
