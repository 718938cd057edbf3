"""Make the releases that the hospital's share offers: the same bytes on every machine.

A product's releases are made by its own module, whose makers() lists them (artifact -> what writes it to a path).
Here too: the PACS viewer, a plain tar whose top is the web root: OHIF's build, our configuration in place of its own
(which points at a public demonstration server), and `release.json`.
"""

import base64
import hashlib
import io
import json
import tarfile
import tempfile
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from lab import gnuhealth, gnuhealth_client
from lab.paths import INVENTORY, RELEASES, ROOT, alone
from lab.podman import LabError, run
from lab.progress import step_beside_others
from lab.tarball import file_digest, pack

PRODUCT = "pacs_client"
PREFIX = "package/dist/"
# Left out: the service worker (it loads code from outside, and would serve the old release after a switch), and the
# in-browser AI runtime, two thirds of the size.
LEFT_OUT = ("sw.js", "ort/")


@dataclass(frozen=True)
class Release:
    """One release: the npm package it is made from, the day it was built, and whether it has the exercise's defect."""

    ohif: str
    built: datetime
    defective: bool = False


# Built on different days, because a web server's validators (Last-Modified, ETag) come from the files' times:
# with one time for all, a browser would keep the old configuration after a switch.
VERSIONS = {
    "3.12.0": Release("3.12.0", datetime(2026, 8, 20, tzinfo=UTC)),
    "3.13.2": Release("3.13.2", datetime(2026, 10, 22, tzinfo=UTC)),
    "3.13.3-lab.1": Release("3.13.2", datetime(2026, 11, 9, tzinfo=UTC), defective=True),
}
INTEGRITY = {  # of the npm package, as Subresource Integrity writes it
    "3.12.0": "sha512-D+SyPEOhW7E+P+ZfzFO1C3n8qwTfKSXExNEt2DPB5QHoLjSnUVTqEE+xaWX2B9p53boJfKWEM4b4SIVmz0qmOA==",
    "3.13.2": "sha512-WZdxmpmG7rqFgW9ZJLcbgr3XCtLi1KDNPoMaeY5PPe6j4G4fjEjjkycZM6C6Zk2F87BKxFfpq+jd5xXZB9E8EA==",
}


def artifact(version: str) -> str:
    """File name on the share."""
    return f"ohif-{version}.tar"


def configuration(defective: bool = False) -> str:
    """`app-config.js`: one assignment of strict JSON. The defect is a wrong WADO root: only an image notices."""
    config: dict[str, Any] = json.loads((ROOT / "lab" / "ohif" / "config.json").read_text(encoding="utf-8"))
    if defective:
        config = deepcopy(config)
        config["dataSources"][0]["configuration"]["wadoRoot"] = "/dicom-web/frames"
    return f"window.config = {json.dumps(config, indent=2, ensure_ascii=False)};\n"


def makers() -> dict[str, Callable[[Path], None]]:
    """Artifact -> what writes it, for every product."""
    viewers: dict[str, Callable[[Path], None]] = {artifact(v): partial(package, v, r) for v, r in VERSIONS.items()}
    return {**viewers, **gnuhealth.makers(), **gnuhealth_client.makers()}


def approved(inventory: Path = INVENTORY) -> dict[str, str]:
    """Artifact -> SHA-256 that the hospital's release list approves."""
    text = (inventory / "group_vars" / "all" / "releases.yml").read_text(encoding="utf-8")
    products = yaml.safe_load(text)["releases"]["products"].values()
    return {release["artifact"]: release["sha256"] for each in products for release in each["versions"].values()}


def build(folder: Path = RELEASES) -> None:
    """Make the releases that are missing or differ from what is approved; a LabError if the result still differs."""
    folder.mkdir(parents=True, exist_ok=True)
    digests = approved()
    with alone(folder):
        for name, make in makers().items():
            target = folder / name
            if target.exists() and file_digest(target) == digests[name]:
                continue
            with step_beside_others(f"release {name}"):
                make(target)
            found = file_digest(target)
            if found != digests[name]:
                raise LabError(f"{name} has SHA-256 {found}, but releases.yml approves {digests[name]}")


def package(version: str, release: Release, target: Path) -> None:
    """Write one release of the viewer."""
    files = web_root(fetch(release.ohif))
    files["app-config.js"] = configuration(release.defective).encode()
    pack(files, PRODUCT, version, target, release.built)


def web_root(archive: bytes) -> dict[str, bytes]:
    """Path -> content of the built viewer inside the npm package, without source maps and what is left out."""
    files = {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in tar:
            name = member.name.removeprefix(PREFIX)
            kept = member.isfile() and member.name.startswith(PREFIX) and not name.endswith((".map", ".gz"))
            content = tar.extractfile(member) if kept and not name.startswith(LEFT_OUT) else None
            if content is not None:
                files[name] = content.read()
    return files


def fetch(ohif: str) -> bytes:
    """The npm package, checked against its pinned integrity."""
    with tempfile.TemporaryDirectory() as folder:
        pack = ["npm", "pack", "--silent", f"--pack-destination={folder}", f"@ohif/app@{ohif}"]
        run(pack, what=f"npm pack of OHIF {ohif}")
        archive = (Path(folder) / f"ohif-app-{ohif}.tgz").read_bytes()
    found = "sha512-" + base64.b64encode(hashlib.sha512(archive).digest()).decode()
    if found != INTEGRITY[ohif]:
        raise LabError(f"OHIF {ohif} from npm has integrity {found}, expected {INTEGRITY[ohif]}")
    return archive
