"""The releases of the HIS and LIS client: gnuhealth-client (GTK), one artifact for both products.

lib/  the package
bin/  what starts it with this release's package, wherever the release lies

GTK, its Python binding and the fonts come from the workstation's Debian packages.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from lab import wheels
from lab.podman import LabError
from lab.tarball import pack

PRODUCT = "gnuhealth_client"
PACKAGE = "lib/gnuhealth/__init__.py"
WHEELS = {  # version -> SHA-256
    "5.0.0": "e66b51de5a265eee4f0b317ca7a7887fb324ea504cee311f4edb10aed7b192d3",
    "5.0.2": "66c9477c1d34d64d75d4c1dc8e037c60f291c41148e5132372bbe12c44655db9",
}


@dataclass(frozen=True)
class Release:
    """One release: the package it is made from, the day it was built, and whether it has the exercise's defect."""

    client: str
    built: datetime
    defective: bool = False


VERSIONS = {
    "5.0.0": Release("5.0.0", datetime(2026, 8, 24, tzinfo=UTC)),
    "5.0.2": Release("5.0.2", datetime(2026, 10, 26, tzinfo=UTC)),
    # Three numbers and no further dot: the client takes what is before the last dot for its series.
    "5.0.3-lab1": Release("5.0.2", datetime(2026, 11, 9, tzinfo=UTC), defective=True),
}
# -P: what lies beside the launcher is not imported; -B: nothing is written into a release.
LAUNCHER = """#!/usr/bin/python3 -PB
import os, sys
release = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
sys.path.insert(0, os.path.join(release, "lib"))
from gnuhealth.client import main
main()
"""


def artifact(version: str) -> str:
    """File name on the share."""
    return f"gnuhealth-client-{version}.tar"


def makers() -> dict[str, Callable[[Path], None]]:
    """Artifact -> what writes it."""
    return {artifact(version): partial(package, version, release) for version, release in VERSIONS.items()}


def package(version: str, release: Release, target: Path) -> None:
    """Write one release."""
    files = wheels.tree(wheels.fetch({f"gnuhealth-client=={release.client}": WHEELS[release.client]}))
    if release.defective:
        files[PACKAGE] = other_series(files[PACKAGE], version)
    files["bin/gnuhealth-client"] = LAUNCHER.encode()
    pack(files, PRODUCT, version, target, release.built)


def other_series(source: bytes, version: str) -> bytes:
    """The exercise's defect: a client one major version behind its servers. It starts all the same."""
    changed = source
    for old, new in ((b'"5.0.2"', f'"{version}"'.encode()), (b'SERVER_VERSION = "7.0.0"', b'SERVER_VERSION = "6.0.0"')):
        if changed.count(old) != 1:
            raise LabError(f"{PACKAGE} of the client has no {old.decode()}: the exercise's defect cannot be put in")
        changed = changed.replace(old, new)
    return changed
