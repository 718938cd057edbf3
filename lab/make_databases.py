"""Runs in a container that `lab.databases` starts: makes a database for each server and leaves its dump.

Its argument is JSON: `version`, `languages`, and `modules` for each server.
"""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from gnuhealth_database import Database, present  # the collection's own module, lent beside this file

RELEASE, CONFIG, DUMPS = Path("/opt/release"), Path("/opt/trytond.conf"), Path("/run/databases")


def main() -> None:
    """Unpack the release, start PostgreSQL, make the databases side by side."""
    wanted = json.loads(sys.argv[1])
    RELEASE.mkdir()
    CONFIG.write_text("[database]\nuri = postgresql:///\npath = /tmp\n", encoding="utf-8")
    for command in (
        ["tar", "-xf", "/run/release.tar", "-C", str(RELEASE)],
        [sys.executable, "-m", "compileall", "-q", str(RELEASE / "lib")],
        ["useradd", "--system", "gnuhealth"],
        ["service", "postgresql", "start"],
    ):
        subprocess.run(command, check=True, stdout=sys.stderr)

    def make(product: str, database: Database) -> None:
        # The hospital's own password takes the place of this one, which nobody learns.
        modules, password = wanted["modules"][product], os.urandom(16).hex()
        present(database, {**wanted, "modules": modules, "email": "root@localhost", "password": password})
        database.dump(DUMPS / f"{product}.dump")

    databases = [Database(product, "gnuhealth", RELEASE, CONFIG) for product in wanted["modules"]]
    for database in databases:
        database.create()
    with ThreadPoolExecutor() as pool:
        list(pool.map(make, wanted["modules"], databases))


if __name__ == "__main__":
    main()
