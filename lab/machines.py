"""The lab's machines, as its inventory lists them."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from lab.paths import INVENTORY

# Inventory group -> the image its hosts run.
IMAGE_OF = {
    "workstations": "workstation",
    "his_servers": "gnuhealth",
    "lis_servers": "gnuhealth",
    "pacs_servers": "pacs",
    "modalities": "modality",
    "interface_engines": "engine",
    "analysers": "analyser",
    "printers": "printer",
    "artifact_shares": "share",
    "firewalls": "firewall",
    "monitors": "sensor",
    "visitors": "base",
    "telemedicine_gateways": "base",
}


@dataclass(frozen=True)
class Machine:
    """One host of the lab. management: its address for Ansible; clinical: on the hospital's network; both IPv4."""

    name: str
    image: str
    management: str
    clinical: str
    clinical_ipv6: str | None
    ae_title: str | None

    @property
    def container(self) -> str:
        """Name of its container."""
        return f"wr-{self.name}"


def machines(inventory: Path = INVENTORY) -> list[Machine]:
    """Every host of the lab, servers first: they are what the others ask."""
    groups = yaml.safe_load((inventory / "hosts.yml").read_text(encoding="utf-8"))["all"]["children"]
    hosts = {group: dict(content.get("hosts", {})) for group, content in groups.items()}
    for group, content in groups.items():
        for child in content.get("children", {}):
            hosts[group].update(hosts[child])
    found = [
        Machine(
            name, image, values["ansible_host"], values["address"], values.get("address_ipv6"), values.get("ae_title")
        )
        for group, image in IMAGE_OF.items()
        for name, values in hosts[group].items()
    ]
    return sorted(found, key=lambda machine: (machine.image == "workstation", machine.name))


def machine(name: str) -> Machine:
    """The host of this name; KeyError if there is none."""
    return {found.name: found for found in machines()}[name]


def of_image(image: str) -> list[Machine]:
    """The hosts that run one image."""
    return [found for found in machines() if found.image == image]
