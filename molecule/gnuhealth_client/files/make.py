"""Make what the scenarios of the HIS and LIS clients need on the controller: make.py FOLDER.

The releases as the hospital's list approves them, the databases that servers begin with, two authorities, and a
certificate of 127.0.0.1 by the first.
"""

import sys
from pathlib import Path

from lab import databases, releases, tls

DAYS = ("-days", "9")
folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
releases.build()
databases.build()
if not (folder / "server.crt").exists():
    for name in ("ca", "stranger"):
        tls.request(folder / name, f"/CN={name}", "-x509", *DAYS, *tls.extension("keyUsage=keyCertSign"))
    signed = ("-CA", f"{folder}/ca.crt", "-CAkey", f"{folder}/ca.key")
    leaf = (*tls.extension("subjectAltName=IP:127.0.0.1"), *tls.extension("basicConstraints=critical,CA:FALSE"))
    tls.request(folder / "server", "/CN=server", "-x509", *DAYS, *signed, *leaf)
