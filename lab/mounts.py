"""What a machine sees of this computer's files, all of it read-only."""

from pathlib import Path

from lab import keys, studies
from lab.engine import deploy
from lab.machines import Machine
from lab.paths import RELEASES, ROOT


def volumes(machine: Machine) -> list[tuple[Path, str]]:
    """Pairs of a path here and the path on the machine."""
    found: list[tuple[Path, str]] = [(keys.host_keys(machine), "/etc/ssh/lab")]
    if machine.image == "share":
        found.append((RELEASES, "/srv/releases"))
        found.append((ROOT / "lab" / "share.conf", "/etc/nginx/sites-enabled/default"))
    if machine.image == "modality":
        found.append((studies.STUDIES, studies.ON_MODALITY))
        found.append((studies.TEMPLATES, studies.TEMPLATES_ON_MODALITY))
    if machine.image == "printer":
        printer, units = ROOT / "lab" / "printer", "/etc/systemd/system"
        found += [(printer, "/opt/printer"), (printer / "printer@.service", f"{units}/printer@.service")]
        found.append((printer / "printers.conf", f"{units}/multi-user.target.d/printers.conf"))
    if machine.image == "sensor":
        found.append((ROOT / "lab" / "collector.conf", "/etc/rsyslog.d/50-collector.conf"))
    if machine.image in deploy.SERVICES:
        found += deploy.volumes(machine)
    return found
