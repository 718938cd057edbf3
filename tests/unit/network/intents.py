"""Networks as a hospital writes them, for tests: a small hospital, and one of any size."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wardround.intent.network import Network
from wardround.network.compile import compile_network
from wardround.network.device import FirewallModel, Rule

NAME = {"en": "x", "zh": "x"}


@dataclass(frozen=True)
class Host:
    """A host of the inventory, as far as its addresses go."""

    address: str | None
    address_ipv6: str | None = None


HOSTS = {
    "ct-01": Host("10.30.0.21", "fd00:30::21"),
    "mr-01": Host("10.30.0.22"),
    "pacs-01": Host("10.40.0.5", "fd00:40::5"),
}


def small(**changes: Any) -> Network:
    """Six zones, of which guest has no IPv6; three switches in a row; a firewall behind a trunk, guest on its own port.

    One socket has a telephone's zone, and two modalities and the PACS have sockets of their own.
    """
    zones = {
        "management": (10, True),
        "clinical": (20, True),
        "imaging": (30, True),
        "servers": (40, True),
        "telephones": (50, True),
        "guest": (60, False),
    }
    flows = [
        ("ct_to_pacs", "ct-01", "pacs-01", "dicom"),
        ("mr_to_pacs", "mr-01", "pacs-01", "dicom"),
        ("desks_to_pacs", "clinical", "pacs-01", "https"),
        ("desks_to_servers", "clinical", "servers", "dns"),
        ("pacs_to_ct", "servers", "ct-01", "dicom"),
        ("monitoring", "management", "servers", "ping"),
        ("guest_resolves", "guest", "servers", "dns"),
    ]
    written: dict[str, Any] = {
        "management": "management",
        "zones": {name: zone(vlan, ipv6) for name, (vlan, ipv6) in zones.items()},
        "switches": {name: switch("Gi1/0/1-16") for name in ("acc-01", "acc-02", "core-01")},
        "firewalls": {
            "fw-01": {
                "site": "main",
                "interfaces": {
                    name: {"name": f"in{vlan}"} | ({"switch": "core-01", "port": "Gi1/0/9"} if name == "guest" else {})
                    for name, (vlan, _ipv6) in zones.items()
                },
            }
        },
        "profiles": {name: {"zone": name} for name in zones} | {"desk": {"zone": "clinical", "voice": "telephones"}},
        "departments": {
            "radiology": {
                "rooms": {
                    "r1": room(
                        {
                            "r1-1": socket("acc-01", 1, "imaging", host="ct-01"),
                            "r1-2": socket("acc-01", 2, "imaging", host="mr-01"),
                            "r1-3": socket("acc-01", 3, "imaging"),
                            "r1-4": socket("acc-01", 4, "desk"),
                        }
                    )
                }
            },
            "hall": {
                "rooms": {
                    "h1": room(
                        {
                            "h1-1": socket("acc-02", 1, "guest"),
                            "h1-2": socket("acc-02", 2, "clinical"),
                            "h1-3": socket("acc-01", 5, "guest"),
                        }
                    )
                }
            },
            "it": {
                "rooms": {
                    "s1": room(
                        {
                            "s1-1": socket("core-01", 1, "servers", host="pacs-01"),
                            "s1-2": socket("core-01", 2, "servers"),
                        }
                    )
                }
            },
        },
        "trunks": {
            "t1": trunk(("acc-01", "Gi1/0/16"), ("core-01", "Gi1/0/16")),
            "t2": trunk(("acc-02", "Gi1/0/16"), ("core-01", "Gi1/0/15"), ["management", "clinical", "guest"]),
            "t3": trunk(("core-01", "Gi1/0/10"), ("fw-01", "eth1"), [name for name in zones if name != "guest"]),
        },
        "services": {
            "dicom": {"protocol": "tcp", "ports": [104, 11112]},
            "https": {"protocol": "tcp", "ports": [443]},
            "dns": {"protocol": "udp", "ports": [53]},
            "ping": {"protocol": "icmp"},
        },
        "flows": {name: flow(*ends) for name, *ends in flows},
    }
    return Network.model_validate({**written, **changes})


def large(zones: int, services: int, ipv6: bool = True) -> Network:
    """So many zones on one switch behind one firewall, so many TCP services; every third pair of zones has a flow."""
    names = [f"zone_{number:02}" for number in range(zones)]
    wanted = [f"service_{number:02}" for number in range(services)]
    pairs = list(itertools.permutations(names, 2))[::3]
    flows = {f"{a}_{b}": flow(a, b, wanted[n % services]) for n, (a, b) in enumerate(pairs)}
    return Network.model_validate(
        {
            "management": names[0],
            "zones": {name: zone(n, ipv6) for n, name in enumerate(names, 10)},
            "switches": {"core-01": switch(f"Gi1/0/1-{zones + 1}")},
            "firewalls": {
                "fw-01": {"site": "main", "interfaces": {name: {"name": f"in{n}"} for n, name in enumerate(names)}}
            },
            "profiles": {name: {"zone": name} for name in names},
            "departments": {
                "it": {"rooms": {"s1": room({f"s{n}": socket("core-01", n, name) for n, name in enumerate(names, 1)})}}
            },
            "trunks": {"t1": trunk(("core-01", f"Gi1/0/{zones + 1}"), ("fw-01", "eth1"))},
            "services": {name: {"protocol": "tcp", "ports": [1000 + n]} for n, name in enumerate(wanted)},
            "flows": flows,
        }
    )


def zone(vlan: int, ipv6: bool) -> dict[str, Any]:
    return {"display_name": NAME, "vlan": vlan, "ipv4": f"10.{vlan}.0.0/24"} | (
        {"ipv6": f"fd00:{vlan}::/64"} if ipv6 else {}
    )


def switch(ports: str) -> dict[str, Any]:
    return {"platform": "cisco_ios", "site": "main", "ports": [ports]}


def room(sockets: dict[str, Any]) -> dict[str, Any]:
    return {"display_name": NAME, "class": "technical", "sockets": sockets}


def socket(device: str, port: int, profile: str, **more: Any) -> dict[str, Any]:
    return {"switch": device, "port": f"Gi1/0/{port}", "profile": profile, **more}


def trunk(a: tuple[str, str], b: tuple[str, str], zones: Any = "all") -> dict[str, Any]:
    ends = [{"device": device, "port": port} for device, port in (a, b)]
    return {"a": ends[0], "b": ends[1], "zones": zones}


def flow(source: str, destination: str, service: str) -> dict[str, Any]:
    return {"from": source, "to": destination, "service": service, "owner": "it", "reason": "a test"}


def rules_of(network: Network, hosts: Mapping[str, Any]) -> list[Rule]:
    """The rules of all its firewalls."""
    models = compile_network(network, hosts).values()
    return [rule for model in models if isinstance(model, FirewallModel) for rule in model.rules]
