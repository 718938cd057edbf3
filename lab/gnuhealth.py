"""The releases of the HIS and LIS server: GNU Health with its Tryton, one artifact for both products.

lib/      the packages, side by side
libexec/  Tryton's own commands
bin/      what starts them with this release's packages before the machine's own
"""

import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from lab import wheels
from lab.tarball import pack

PRODUCT = "gnuhealth_server"
COMMANDS = ("trytond", "trytond-admin", "trytond-cron")
# Tryton 7.0 and what it imports. bcrypt, dateutil, defusedxml, lxml, magic, Pillow, psycopg2, pytz, waitress and
# werkzeug come from the target's Debian packages.
TRYTON = {
    "trytond==7.0.59": "7331726840d8558d6239606dcb732561041578cf0980b2c1ec0eb956d5439fc0",
    "trytond-account==7.0.29": "331ff3f6c00c51d328b99ec522c0dde3fae935da87e4eca2a1626c6c600d8096",
    "trytond-account-invoice==7.0.18": "969ed5c897f9ce8df426c91dd3234ab0deb6c6ab6fb497d69fd71bb7fa6b190b",
    "trytond-account-product==7.0.3": "d1a4eed64ab70d08e018aae500ec570120024e5b30d9006af82a35198e86f1d0",
    "trytond-company==7.0.4": "c797a1f074bdc333f3902e818eb3ed79d605ce9391f8a9e1599c485b0e834932",
    "trytond-country==7.0.1": "9e3db592d44e21ff2806d347ae7c5724f157630dbeed2115ba7165b8c096769b",
    "trytond-currency==7.0.1": "2708d08a9f7a25340f8a4b95d0bf089adaf88bb8ceaef2189889d9eab6ee7bb5",
    "trytond-party==7.0.8": "42548322e3afd4c89cae3c84db61e105d91f77cf3a07b6c7d0ea93f5900fe299",
    "trytond-product==7.0.6": "15e1b2bc64425c68358e95e4ef3977f465ad115c190fcc92a38cf51ad3bbb48e",
    "genshi==0.7.12": "81a7852f935eaa317d4c55a15c12286e995c94f1ce9d1088bbce8690ac76c61b",
    "passlib==1.7.4": "aa6bca462b8d8bda89c70b382f0c298a20b5560af6cbfa2dce410c0a2fb669f1",
    "polib==1.2.0": "1c77ee1b81feb31df9bca258cbc58db1bbb32d10214b173882452c73af06d62d",
    "python-sql==1.8.1": "5d2091a2c9cb7684930e68eeccc8251c51dc95332126c6173d07c85c2587e8ff",
    "python-stdnum==2.2": "bdf98fd117a0ca152e4047aa8ad254bae63853d4e915ddd4e0effb33ba0e9260",
    "relatorio==0.11.1": "3f9d04473f1f7dd99e248784bf73c235673eb5dfe38d79356413ce084f01a27c",
    "simpleeval==1.0.8": "c9c4ff42879ebf0c05f6562cb81031869948916be343bcc950b81fcc081fe9ce",
}
HEALTH = {  # series -> package -> SHA-256
    "5.0.0": {
        "gnuhealth": "a00879c666a3ff0dfa5e44342712b9481926826fe42a0d93fa1cfbc59f7e0d00",
        "gnuhealth-imaging": "6cca2b4078fa6c738fd6d963ed11a0555557591fb7e80d0f46153fb8276e9df1",
        "gnuhealth-inpatient": "fd334149f314dba39c86075f5c418326261f54183b701ad50dd558a733b76e80",
        "gnuhealth-lab": "7c384a0cf1e2b220f58ad84c6a68f2083b9baf227d323af0b732c366300a8562",
        "gnuhealth-lifestyle": "fa36c81d7c0464fbef38ebda57d1764af3882b24f5f4ccbe29aacac729a048f1",
        "gnuhealth-services": "3119f9628c54556928e864e6d1ff7a828e426cf3fe4e7969dd0b8b3f13db43b7",
    },
    "5.0.4": {
        "gnuhealth": "dd74c296a83297ef11ff71888c50f1467f304d0799320c1dba255f8ded557eb9",
        "gnuhealth-imaging": "e166b8a0fbc1dcac2423b5092a4ba414226a6dafbfabae436ad87657b18a78e4",
        "gnuhealth-inpatient": "2e18283fab59acc947965d865bd7f0b74a86e927bcccd57411e802bd29895da2",
        "gnuhealth-lab": "82f721e350c753a261246e7c620c2b8a0ff593d9e3e1c62b0a6c8bc12de7965a",
        "gnuhealth-lifestyle": "6ab9d212440066a6d388f3a73ef588a5f1122af765339861b2e65e661d75dbe5",
        "gnuhealth-services": "a3183135e4588513ddef83bfa3f098fedaf69085c9f00b31429f8d9d68f1dea5",
    },
}
BUILT = {"5.0.0": datetime(2026, 8, 24, tzinfo=UTC), "5.0.4": datetime(2026, 11, 2, tzinfo=UTC)}
SERVE = """#!/usr/bin/python3 -P
# Usage: gnuhealth-serve HOST PORT THREADS; tells systemd when it is ready to answer.
import os, socket, sys
release = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
sys.path.insert(0, os.path.join(release, "lib"))
from trytond.application import app
from waitress import create_server
# It listens on this machine alone, to nginx, which sets every header that says who asked and how.
server = create_server(
    app,
    host=sys.argv[1],
    port=int(sys.argv[2]),
    threads=int(sys.argv[3]),
    ident="GNU Health",
    clear_untrusted_proxy_headers=False,
)
address = os.environ.get("NOTIFY_SOCKET", "").replace("@", "\\0", 1)
if address:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.sendto(b"READY=1", address)
server.run()
"""
LAUNCHER = """#!/usr/bin/python3 -P
import os, runpy, sys
release = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
sys.path.insert(0, os.path.join(release, "lib"))
sys.argv[0] = os.path.join(release, "bin", os.path.basename(__file__))
runpy.run_path(os.path.join(release, "libexec", os.path.basename(__file__)), run_name="__main__")
"""


def artifact(version: str) -> str:
    """File name on the share."""
    return f"gnuhealth-server-{version}.tar"


def makers() -> dict[str, Callable[[Path], None]]:
    """Artifact -> what writes it."""
    return {artifact(version): partial(package, version) for version in HEALTH}


def pins(version: str) -> dict[str, str]:
    """Every package of one release: requirement -> SHA-256 of its wheel."""
    return {f"{name}=={version}": sha256 for name, sha256 in HEALTH[version].items()} | TRYTON


def package(version: str, target: Path) -> None:
    """Write one release."""
    found = wheels.fetch(pins(version))
    files = wheels.tree(found)
    for wheel in found:
        if wheel.name.startswith("trytond-"):
            files |= commands(wheel) | {"bin/gnuhealth-serve": SERVE.encode()}
    pack(files, PRODUCT, version, target, BUILT[version])


def commands(trytond: Path) -> dict[str, bytes]:
    """Tryton's commands out of its wheel, and a launcher for each."""
    files = {}
    with zipfile.ZipFile(trytond) as archive:
        for name in COMMANDS:
            (member,) = (found for found in archive.namelist() if found.endswith(f".data/scripts/{name}"))
            files[f"libexec/{name}"] = archive.read(member)
            files[f"bin/{name}"] = LAUNCHER.encode()
    return files
