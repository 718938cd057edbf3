"""Databases that the lab's HIS and LIS begin with, as dumps: GNU Health takes a minute and a half to make its tables.

Both are made in one container, side by side, by the collection's own code.
"""

import fcntl
import hashlib
import json
from pathlib import Path

import yaml

from lab import gnuhealth
from lab.images import bake
from lab.paths import LAB, RELEASES, ROOT
from lab.podman import LABEL, podman
from lab.progress import step_beside_others
from lab.releases import approved

VERSION = "5.0.0"
LANGUAGES = ("zh_CN",)
SERVERS = ("his_server", "lis_server")
DATABASES = LAB / "databases"
UTILS = ROOT / "plugins" / "module_utils" / "gnuhealth_database.py"
CONTAINER = "wr-databases"
MAKE = """
import json, os, subprocess, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
sys.path.insert(0, "/run/wardround")
from gnuhealth_database import Database, present
wanted = json.loads(sys.argv[1])
release, config = Path("/opt/release"), Path("/opt/trytond.conf")
release.mkdir()
config.write_text("[database]\\nuri = postgresql:///\\npath = /tmp\\n")
for command in (
    ["tar", "-xf", "/run/release.tar", "-C", str(release)],
    [sys.executable, "-m", "compileall", "-q", str(release / "lib")],
    ["useradd", "--system", "gnuhealth"],
    ["service", "postgresql", "start"],
):
    subprocess.run(command, check=True, stdout=sys.stderr)


def make(product, database):
    # The hospital's own password takes the place of this one, which nobody learns.
    modules, password = wanted["modules"][product], os.urandom(16).hex()
    present(database, {**wanted, "modules": modules, "email": "root@localhost", "password": password})
    database.dump(Path("/run/databases", product + ".dump"))


databases = [Database(product, "gnuhealth", release, config) for product in wanted["modules"]]
for database in databases:
    database.create()
with ThreadPoolExecutor() as pool:
    list(pool.map(make, wanted["modules"], databases))
"""


def build() -> None:
    """Make the dumps where they are missing, or what they are made from has changed. Whoever asks meanwhile waits."""
    DATABASES.mkdir(parents=True, exist_ok=True)
    wanted = {"version": VERSION, "languages": LANGUAGES, "modules": {role: modules(role) for role in SERVERS}}
    artifact = gnuhealth.artifact(VERSION)
    made_from = "\0".join([json.dumps(wanted), approved()[artifact], UTILS.read_text(encoding="utf-8"), MAKE])
    digest, noted = hashlib.sha256(made_from.encode()).hexdigest(), DATABASES / "digest"
    with DATABASES.with_name("databases.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
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
    utils = f"/run/wardround/{UTILS.name}:ro"
    lent = {UTILS: utils, release: "/run/release.tar:ro", DATABASES: "/run/databases:rw"}
    command = ["run", "--rm", "--replace", f"--name={CONTAINER}", f"--label={LABEL}", "--network=none"]
    command += [f"--volume={here}:{there}" for here, there in lent.items()]
    podman(*command, image, "python3", "-c", MAKE, wanted, what="making the databases")
