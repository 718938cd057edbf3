"""The lab's own secrets, made once and kept under `.lab`: passwords, and an SSH authority that signs host keys."""

import secrets
from collections.abc import Iterable
from pathlib import Path

from lab.machines import Machine
from lab.paths import SECRETS, SSH
from lab.podman import run

PASSWORDS = (
    "orthanc_password",
    "switch_password",
    *(f"his_{user}_password" for user in ("admin", "reg", "med", "sur", "rad", "or", "interface")),
    *(f"lis_{user}_password" for user in ("admin", "lab", "ward", "interface")),
)


def prepare(machines: Iterable[Machine]) -> None:
    """Make what is missing: authority, engineer's key, a signed key for each host, passwords, SSH settings."""
    machines = list(machines)
    for folder in (SSH, SECRETS):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    keygen(SSH / "ca", "lab host authority")
    keygen(SSH / "id_ed25519", "lab engineer")
    for machine in machines:
        sign_host_key(machine)
    for name in PASSWORDS:
        if not (SECRETS / name).exists():
            (SECRETS / name).touch(mode=0o600)
            (SECRETS / name).write_text(secrets.token_urlsafe(24), encoding="ascii")
    names = ",".join(machine.name for machine in machines)
    authority = (SSH / "ca.pub").read_text(encoding="ascii")
    (SSH / "known_hosts").write_text(f"@cert-authority {names} {authority}", encoding="ascii")
    (SSH / "config").write_text(ssh_config(machines), encoding="ascii")


def keygen(path: Path, comment: str) -> None:
    """An Ed25519 key pair without passphrase, unless it is there."""
    if not path.exists():
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(path)]
        run(command, what=f"making the key {path.name}")


def host_keys(machine: Machine) -> Path:
    """The folder that a machine sees as /etc/ssh/lab."""
    return SSH / "hosts" / machine.name


def sign_host_key(machine: Machine) -> None:
    """The host's key, its certificate for the host's name only, and the key that may log in."""
    folder = host_keys(machine)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    keygen(folder / "host_key", machine.name)
    if not (folder / "host_key-cert.pub").exists():
        sign = ["ssh-keygen", "-q", "-s", str(SSH / "ca"), "-I", machine.name, "-h", "-n", machine.name]
        run([*sign, str(folder / "host_key.pub")], what=f"signing the host key of {machine.name}")
    (folder / "authorized_keys").write_bytes((SSH / "id_ed25519.pub").read_bytes())


def ssh_config(machines: Iterable[Machine]) -> str:
    """Client settings: a host is known by its inventory name, whatever its address, and only by a signed key."""
    hosts = [
        f"Host {machine.name} {machine.management}\n  HostName {machine.management}\n  HostKeyAlias {machine.name}\n"
        for machine in machines
    ]
    common = f"""Host *
  User root
  IdentityFile {SSH}/id_ed25519
  IdentitiesOnly yes
  UserKnownHostsFile {SSH}/known_hosts
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  HostKeyAlgorithms ssh-ed25519-cert-v01@openssh.com
  PasswordAuthentication no
  ServerAliveInterval 3
  ServerAliveCountMax 2
"""
    return "".join(hosts) + common
