"""The lab's two networks: management, over which Ansible comes, and clinical, over which DICOM and HTTP go."""

import ipaddress
import json

from lab.podman import LabError, exists, podman, run

NETWORKS = {"wr-mgmt": "10.87.10.0/24", "wr-clinical": "10.87.20.0/24"}
INTERFACE = {"wr-mgmt": "mgmt", "wr-clinical": "clinical"}  # inside a machine


def create() -> None:
    """Make the networks that are missing. They are internal: no machine of the lab reaches anything outside it."""
    for name, subnet in NETWORKS.items():
        if not exists("network", name):
            refuse_clash(name, subnet)
            podman("network", "create", "--internal", "--disable-dns", "--subnet", subnet, name)


def attachment(network: str, address: str) -> str:
    """How a machine joins a network, as `podman run --network` wants it.

    The hardware address follows from the IPv4 address (02 marks it as locally administered), so a machine that is made
    anew is the same to its neighbours, whose ARP tables would otherwise lose it for half a minute.
    """
    hardware = "02:57:" + ":".join(f"{number:02x}" for number in ipaddress.ip_address(address).packed)
    return f"{network}:ip={address},mac={hardware},interface_name={INTERFACE[network]}"


def refuse_clash(name: str, subnet: str) -> None:
    """A LabError if this machine already has a route into the subnet."""
    wanted = ipaddress.ip_network(subnet)
    routes = json.loads(run(["ip", "-json", "-4", "route", "show"], what="reading the routes").stdout)
    for route in routes:
        if route["dst"] != "default" and ipaddress.ip_network(route["dst"], strict=False).overlaps(wanted):
            raise LabError(f"{name} needs {subnet}, but this machine has a route to {route['dst']} by {route['dev']}")


def reach() -> None:
    """Give this machine its address on each bridge: podman 4's internal networks leave the host out."""
    for name, subnet in NETWORKS.items():
        bridge = json.loads(podman("network", "inspect", name))[0]["network_interface"]
        address = f"{ipaddress.ip_network(subnet)[1]}/24"
        if address.partition("/")[0] not in run(["ip", "-4", "addr", "show", "dev", bridge], what="ip addr").stdout:
            run(["ip", "addr", "add", address, "dev", bridge], what=f"giving {bridge} its address")


def remove() -> None:
    """Remove the networks; their machines must be gone."""
    for name in NETWORKS:
        if exists("network", name):
            podman("network", "rm", name, what=f"removing the network {name}")
