"""Make what the scenarios of the HIS and LIS clients need on the controller: make.py FOLDER.

The releases as the hospital's list approves them, two authorities, and a certificate of 127.0.0.1 by the first.
"""

import sys
from pathlib import Path

from lab import gnuhealth, gnuhealth_client, releases, tls
from lab.paths import RELEASES
from lab.tarball import file_digest

DAYS = ("-days", "9")
folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
RELEASES.mkdir(parents=True, exist_ok=True)
approved = releases.approved()
for name, make in {**gnuhealth.makers(), **gnuhealth_client.makers()}.items():
    if not (RELEASES / name).exists() or file_digest(RELEASES / name) != approved.get(name):
        make(RELEASES / name)
if not (folder / "server.crt").exists():
    for name in ("ca", "stranger"):
        tls.request(folder / name, f"/CN={name}", "-x509", *DAYS, *tls.extension("keyUsage=keyCertSign"))
    signed = ("-CA", f"{folder}/ca.crt", "-CAkey", f"{folder}/ca.key")
    leaf = (*tls.extension("subjectAltName=IP:127.0.0.1"), *tls.extension("basicConstraints=critical,CA:FALSE"))
    tls.request(folder / "server", "/CN=server", "-x509", *DAYS, *signed, *leaf)
