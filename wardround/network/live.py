"""The network asked from the hospital's own machines: who can be asked, what each asks, and what the answers say.

A question has reached its machine when it was seen to arrive there, whether or not a service answers. A firewall is
asked for SSH, which it must answer: what arrives at it is not yet let in.
"""

from __future__ import annotations

import ipaddress
import itertools
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from wardround.intent.load import Host
from wardround.intent.network import Network
from wardround.intent.topology import addresses, zone_at, zones_by_socket
from wardround.network.matrix import Probe, Seen
from wardround.network.wiring import Machine, Wiring

_SYSTEMS: Final = ("debian-", "ubuntu-")


@dataclass(frozen=True, slots=True)
class Answers:
    """What a machine brought home.

    heard: marks of questions that arrived, and `frame NAME` of each machine in its VLAN; sent: packets of its own that
    it saw leave; marks: question's number to the marks it was sent with; answered: numbers; unsent: number to why it
    was not sent.
    """

    heard: frozenset[str]
    sent: int
    marks: Mapping[str, tuple[str, ...]]
    answered: frozenset[str]
    unsent: Mapping[str, str]

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Answers:
        """From the JSON of playbooks/prove_network.yml. Raises KeyError, TypeError for other data."""
        marks = {number: tuple(found) for number, found in data["marks"].items()}
        return cls(frozenset(data["heard"]), int(data["sent"]), marks, frozenset(data["answered"]), data["unsent"])


def wire_live(wiring: Wiring, network: Network, hosts: Mapping[str, Host]) -> Wiring:
    """The same wiring with machines that are real: hosts that flows name, and for each zone one of its hosts.

    A zone's own key leads to the host that speaks for it: one that no flow names, where there is one. Zones of which
    no host can be asked have none; `silent` names them.
    """
    real = {name: machine for name, machine in _real(network, hosts).items() if machine.zone in wiring.listeners}
    named = {end for flow in network.flows.values() for end in (flow.source, flow.destination)}
    speakers: dict[str, Machine] = {}
    for machine in sorted(real.values(), key=lambda machine: (machine.name in named, machine.name)):
        speakers.setdefault(machine.zone, machine)
    firewalls = {name: machine for name, machine in wiring.machines.items() if machine.firewall}
    asked = {name: machine for name, machine in real.items() if name in named or machine in speakers.values()}
    return replace(wiring, machines={**asked, **speakers, **firewalls})


def silent(wiring: Wiring, named: Iterable[str]) -> list[str]:
    """Sentences on what `wire_live` found nobody to ask of. named: hosts that flows name in the zones asked about."""
    zones = [f"zone {zone}: no host of it can be asked" for zone in wiring.listeners if zone not in wiring.machines]
    hosts = [f"{name}: cannot be asked" for name in named if name not in wiring.machines]
    return [f"{one}, so nothing is proved of it" for one in (*zones, *hosts)]


def questions(wiring: Wiring, probes: Collection[Probe], everybody: bool) -> dict[str, dict[str, Any]]:
    """What each host gets: its `addresses` to listen for and its `questions` by the probes' place.

    everybody: also hosts that neither ask nor are asked, which shows who shares a VLAN with whom.
    """
    ends = {wiring.machines[end].name for probe in probes for end in (probe.source, probe.destination)}
    found: dict[str, dict[str, Any]] = {
        machine.name: {"addresses": list(machine.addresses.values()), "questions": {}}
        for machine in wiring.machines.values()
        if not machine.firewall and (everybody or machine.name in ends)
    }
    for number, probe in enumerate(probes):
        found[probe.source]["questions"][str(number)] = {
            "protocol": probe.protocol,
            "address": wiring.machines[probe.destination].addresses[probe.family],
            "port": probe.port,
            "source": wiring.machines[probe.source].addresses[probe.family],
        }
    return found


def seen(wiring: Wiring, probes: Iterable[Probe], answers: Mapping[str, Answers]) -> dict[Probe, Seen]:
    """What became of each probe; those of a machine that brought nothing home are left out.

    Inconclusive: it could not be sent, or nobody knows whether it arrived.
    """
    found: dict[Probe, Seen] = {}
    for number, probe in enumerate(probes):
        asker = answers.get(probe.source)
        if asker is None:
            continue
        key = str(number)
        marks = asker.marks.get(key, ())
        if key in asker.unsent or not marks:
            found[probe] = "inconclusive"
        elif wiring.machines[probe.destination].firewall:
            found[probe] = "reached" if key in asker.answered else "not reached"
        else:
            found[probe] = _at(answers.get(probe.destination), marks)
    return found


def apart(wiring: Wiring, answers: Mapping[str, Answers]) -> list[str]:
    """Sentences on machines that are in one VLAN and must not be, or must be and are not."""
    zones = {machine.name: machine.zone for machine in wiring.machines.values() if machine.name in answers}
    found = []
    for here, there in itertools.permutations(sorted(zones), 2):
        heard = f"frame {here}" in answers[there].heard
        if heard != (zones[here] == zones[there]) and answers[there].sent:
            way = f"a frame of {here} ({zones[here]})"
            what = f"reached {there} ({zones[there]}), must not" if heard else f"did not reach {there} in the same zone"
            found.append(f"{way} {what}: look at their sockets' VLANs and the trunks between")
    return found


def _at(listener: Answers | None, marks: Iterable[str]) -> Seen:
    if listener is None or not listener.sent:  # it heard nothing at all, not even itself
        return "inconclusive"
    return "reached" if listener.heard.intersection(marks) else "not reached"


def _real(network: Network, hosts: Mapping[str, Host]) -> dict[str, Machine]:
    """Hosts with an operating system that the probe runs on, in their zones."""
    plugged = zones_by_socket(network)
    found = {}
    for name, host in sorted(hosts.items()):
        own = addresses(host)
        if not own or name in network.firewalls or not (host.os or "").startswith(_SYSTEMS):
            continue
        zone = plugged.get(name) or zone_at(network, own[0])
        if zone is not None:
            by_version = {int(address.version): str(ipaddress.ip_address(address)) for address in own}
            found[name] = Machine(name, zone, by_version)
    return found
