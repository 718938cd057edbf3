"""Where the lab keeps its things: everything it makes on disk is under `.lab`, which git ignores."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INVENTORY = ROOT / "inventories" / "lab"
LAB = ROOT / ".lab"
CACHE = LAB / "cache"
RELEASES = LAB / "releases"
SECRETS = LAB / "secrets"
SSH = LAB / "ssh"
TLS = LAB / "tls"
