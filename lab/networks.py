"""The network over which Ansible comes, and nothing else; what is clinical goes over switches (cabling.py)."""

import ipaddress
import json
from pathlib import Path

from lab.podman import LabError, exists, podman, run

NAME, SUBNET = "wr-mgmt", "10.87.10.0/24"
INTERFACE = "mgmt"  # inside a machine
HOSPITAL = "10.87.16.0/20"  # every zone of inventories/lab
TAKEN = Path("/var/lib/cni/networks") / NAME  # Debian 12's CNI (host-local): a file for each address in use


def create() -> None:
    """Make the network if it is missing. It is internal: no machine of the lab reaches anything outside it."""
    if not exists("network", NAME):
        for subnet in (SUBNET, HOSPITAL):
            refuse_clash(subnet)
        podman("network", "create", "--internal", "--disable-dns", "--subnet", SUBNET, NAME)


def attachment(address: str) -> str:
    """How a machine joins the network, as `podman run --network` wants it."""
    return f"{NAME}:ip={address},mac={hardware(address)},interface_name={INTERFACE}"


def free(address: str) -> None:
    """Give back the address of a machine that is gone: one that ended with this computer still holds it in CNI."""
    (TAKEN / address).unlink(missing_ok=True)


def hardware(address: str) -> str:
    """The hardware address of an IPv4 address (02 marks it as locally administered).

    A machine that is made anew is the same to its neighbours, whose ARP tables would otherwise lose it for half a
    minute.
    """
    return "02:57:" + ":".join(f"{number:02x}" for number in ipaddress.ip_address(address).packed)


def refuse_clash(subnet: str) -> None:
    """A LabError if this machine already has a route into the subnet."""
    wanted = ipaddress.ip_network(subnet)
    routes = json.loads(run(["ip", "-json", "-4", "route", "show"], what="reading the routes").stdout)
    for route in routes:
        if route["dst"] != "default" and ipaddress.ip_network(route["dst"], strict=False).overlaps(wanted):
            raise LabError(f"the lab needs {subnet}, but this machine has a route to {route['dst']} by {route['dev']}")


def reach() -> None:
    """Give this machine its address on the bridge: podman 4's internal networks leave the host out."""
    bridge = _bridge()
    address = f"{ipaddress.ip_network(SUBNET)[1]}/24"
    if address.partition("/")[0] not in run(["ip", "-4", "addr", "show", "dev", bridge], what="ip addr").stdout:
        run(["ip", "addr", "add", address, "dev", bridge], what=f"giving {bridge} its address")


def keep_apart() -> None:
    """Let no machine reach another here, only this computer: every clinical packet crosses the firewall (bridge(8))."""
    shown = run(["ip", "-json", "link", "show", "master", _bridge()], what="reading the bridge's ports").stdout
    for port in json.loads(shown):
        name = str(port["ifname"])
        run(["ip", "link", "set", "dev", name, "type", "bridge_slave", "isolated", "on"], what=f"isolating {name}")


def _bridge() -> str:
    return str(json.loads(podman("network", "inspect", NAME))[0]["network_interface"])


def remove() -> None:
    """Remove the network; its machines must be gone."""
    if exists("network", NAME):
        podman("network", "rm", NAME, what=f"removing the network {NAME}")
