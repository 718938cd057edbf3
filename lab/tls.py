"""The hospital's own certificate authority for TLS, and a certificate for each server that speaks it."""

from collections.abc import Iterable
from pathlib import Path

from lab.machines import Machine
from lab.paths import TLS
from lab.podman import run

SERVED = ("gnuhealth",)  # images whose machines get a certificate
DAYS = "825"
CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc")


def prepare(machines: Iterable[Machine]) -> None:
    """Make what is missing: `ca.crt`, `ca.key`, and `<host>.crt`, `<host>.key` for each server."""
    TLS.mkdir(parents=True, exist_ok=True, mode=0o700)
    authority = TLS / "ca"
    if not authority.with_suffix(".crt").exists():
        request(authority, "/CN=Wardround lab authority", "-x509", "-days", DAYS, *extension("keyUsage=keyCertSign"))
    for machine in machines:
        if machine.image in SERVED:
            server(machine, authority)


def server(machine: Machine, authority: Path) -> None:
    """A certificate for a machine's name and clinical address, unless it is there."""
    path = TLS / machine.name
    if (TLS / f"{machine.name}.crt").exists():
        return
    names = f"subjectAltName=DNS:{machine.name},IP:{machine.clinical}"
    signed = ("-x509", "-days", DAYS, "-CA", f"{authority}.crt", "-CAkey", f"{authority}.key")
    request(path, f"/CN={machine.name}", *signed, *extension(names), *extension("basicConstraints=critical,CA:FALSE"))


def request(path: Path, subject: str, *more: str) -> None:
    """A key and a certificate beside each other."""
    command = ["openssl", "req", *CURVE, "-keyout", f"{path}.key", "-out", f"{path}.crt", "-subj", subject, *more]
    run(command, what=f"making the certificate {path.name}")
    Path(f"{path}.key").chmod(0o600)


def extension(text: str) -> tuple[str, str]:
    return "-addext", text
