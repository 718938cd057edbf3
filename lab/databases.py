"""Databases that the lab's HIS and LIS begin with, as dumps: GNU Health takes a minute and a half to make its tables.

Both are made in one container, side by side, by the collection's own code.
"""

import hashlib
import json
from pathlib import Path

import yaml

from lab import gnuhealth
from lab.images import bake
from lab.paths import LAB, RELEASES, ROOT, alone
from lab.podman import LABEL, podman
from lab.progress import step_beside_others
from lab.releases import approved

VERSION = "5.0.0"
LANGUAGES = ("zh_CN",)
SERVERS = ("his_server", "lis_server")
DATABASES = LAB / "databases"
UTILS = ROOT / "plugins" / "module_utils" / "gnuhealth_database.py"
MAKER = ROOT / "lab" / "make_databases.py"
CONTAINER = "wr-databases"


def build() -> None:
    """Make the dumps where they are missing, or what they are made from has changed."""
    DATABASES.mkdir(parents=True, exist_ok=True)
    wanted = {"version": VERSION, "languages": LANGUAGES, "modules": {role: modules(role) for role in SERVERS}}
    artifact = gnuhealth.artifact(VERSION)
    code = [path.read_text(encoding="utf-8") for path in (UTILS, MAKER)]
    made_from = "\0".join([json.dumps(wanted), approved()[artifact], *code])
    digest, noted = hashlib.sha256(made_from.encode()).hexdigest(), DATABASES / "digest"
    with alone(DATABASES):
        if noted.exists() and noted.read_text(encoding="utf-8") == digest:
            return
        image = bake("gnuhealth")["gnuhealth"]
        with step_beside_others("databases of the HIS and the LIS"):
            _make(image, RELEASES / artifact, json.dumps(wanted))
        noted.write_text(digest, encoding="utf-8")


def modules(role: str) -> list[str]:
    """The modules that the role activates by default."""
    text = (ROOT / "roles" / role / "defaults" / "main.yml").read_text(encoding="utf-8")
    found: list[str] = yaml.safe_load(text)[f"{role}_modules"]
    return found


def _make(image: str, release: Path, wanted: str) -> None:
    lent = {path: f"/run/wardround/{path.name}:ro" for path in (MAKER, UTILS)}
    lent |= {release: "/run/release.tar:ro", DATABASES: "/run/databases:rw"}
    command = ["run", "--rm", "--replace", f"--name={CONTAINER}", f"--label={LABEL}", "--network=none"]
    command += [f"--volume={here}:{there}" for here, there in lent.items()]
    podman(*command, image, "python3", f"/run/wardround/{MAKER.name}", wanted, what="making the databases")
