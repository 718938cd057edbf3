"""What is not wrong in a network, and yet should be read: flows that end, exceptions, all of a kind in one place.

Nothing here stops a change: a roll-back at 03:00 must not fail because a flow's date has passed.
"""

from __future__ import annotations

import datetime
import ipaddress
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from wardround.intent.check_hospital import Section
from wardround.intent.check_rooms import out_of_place
from wardround.intent.load import Intent
from wardround.intent.network import Network
from wardround.intent.topology import sockets, zone_at, zones_by_socket
from wardround.intent.yaml_file import Steps, dotted

NOTICE_DAYS: Final = 30
KIND_VARIABLE: Final = "modality_link_worklist_modality"


@dataclass(frozen=True, order=True, slots=True)
class NetworkWarning:
    """One thing to read. Sorts by file and line; sentence: for people.

    kind: `expired` and `expiring` flows, an `accepted` exception, modalities `together` in one VLAN.
    """

    file: str
    line: int
    key: str
    kind: Literal["expired", "expiring", "accepted", "together"]
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.key}: {self.sentence}"


def network_warnings(intent: Intent, today: datetime.date) -> list[NetworkWarning]:
    """Everything to be read about the hospital's network on that day, sorted; nothing where it has none."""
    if intent.network is None or intent.network_section is None:
        return []
    section, network = intent.network_section, intent.network
    return sorted([*_flows(section, network, today), *_accepted(section, network), *_together(section, intent)])


def ending(expires: datetime.date | None, today: datetime.date) -> Literal["expired", "expiring"] | None:
    """How a flow whose last day is `expires` stands on that day; None where it needs no word."""
    if expires is None or (expires - today).days > NOTICE_DAYS:
        return None
    return "expired" if expires < today else "expiring"


def _flows(section: Section, network: Network, today: datetime.date) -> Iterator[NetworkWarning]:
    for name, flow in network.flows.items():
        kind = ending(flow.expires, today)
        if flow.expires is None or kind is None:
            continue
        path = ("flows", name, "expires")
        what = f"{flow.source} to {flow.destination} ({flow.service})"
        if kind == "expired":
            sentence = (
                f"the flow {what} expired on {flow.expires}; ask {flow.owner}, then take it out or give it a date"
            )
        else:
            days = (flow.expires - today).days
            left = f"in {days} days" if days > 1 else "tomorrow" if days else "today"
            sentence = f"the flow {what} expires {left}, on {flow.expires}; ask {flow.owner} whether it is still needed"
        yield _warning(section, path, kind, sentence)


def _accepted(section: Section, network: Network) -> Iterator[NetworkWarning]:
    for placed in sockets(network):
        if accepted := placed.socket.accepted:
            why = out_of_place(network, placed)
            said = f"accepted by {accepted.owner}: {accepted.reason}"
            sentence = f"{why}; {said}" if why else f"{placed.name} needs no acceptance, take it out; {said}"
            yield _warning(section, (*placed.path, "accepted"), "accepted", sentence)


def _together(section: Section, intent: Intent) -> Iterator[NetworkWarning]:
    """All devices of a kind in one VLAN: one fault there, and no such examination is made (NHS England's guidance
    for networks of imaging departments: spread them)."""
    network = intent.network
    assert network is not None  # the caller has one
    plugged = zones_by_socket(network)
    kinds: defaultdict[str, dict[str, str | None]] = defaultdict(dict)
    for name in intent.groups.get("modalities", ()):
        host = intent.hosts[name]
        kind = host.vars.get(KIND_VARIABLE)
        if isinstance(kind, str) and kind:
            here = ipaddress.ip_address(host.address) if host.address else None
            kinds[kind][name] = plugged.get(name) or (zone_at(network, here) if here else None)
    for kind, devices in sorted(kinds.items()):
        zones = set(devices.values())
        zone = next(iter(zones), None)
        if len(devices) > 1 and len(zones) == 1 and zone is not None:
            sentence = (
                f"all {len(devices)} devices of the kind {kind} ({', '.join(devices)}) are in VLAN"
                f" {network.zones[zone].vlan}: one fault there stops every one of them; spread them over two VLANs"
            )
            yield _warning(section, ("zones", zone), "together", sentence)


def _warning(
    section: Section, path: Steps, kind: Literal["expired", "expiring", "accepted", "together"], sentence: str
) -> NetworkWarning:
    assert section.file is not None  # the network was read from it
    steps = (section.name, *path)
    return NetworkWarning(section.file.name, section.file.line(steps), dotted(steps), kind, sentence)
