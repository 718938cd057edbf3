"""Where the lab keeps its things: everything it makes on disk is under `.lab`, which git ignores."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INVENTORY = ROOT / "inventories" / "lab"
LAB = ROOT / ".lab"
CACHE = LAB / "cache"
RELEASES = LAB / "releases"
SECRETS = LAB / "secrets"
SSH = LAB / "ssh"
TLS = LAB / "tls"


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """What is made in a folder is made by one at a time; whoever comes meanwhile waits, and finds it made."""
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
