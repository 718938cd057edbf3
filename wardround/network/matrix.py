"""Who must reach whom, and what was found: zone by zone, service by service, by IPv4 and IPv6.

What must be comes from the intent's flows and not from the compiled rules, so that the compiler is on trial too.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from wardround.intent.network import Network, Service
from wardround.network.device import FirewallModel
from wardround.network.reach import SSH, allowed
from wardround.network.wiring import Machine, Wiring

Seen = Literal["reached", "not reached", "inconclusive"]
Protocol = Literal["tcp", "udp", "icmp"]
Port = tuple[Protocol, int | None]

UNLISTED = "a port of no service"
OWN_SSH = "the firewall's SSH"
_FIRST_UNLISTED = 61000


@dataclass(frozen=True, slots=True)
class Probe:
    """One question. source, destination: machines of the wiring; port: None with icmp, which is an echo request."""

    source: str
    destination: str
    service: str
    protocol: Protocol
    port: int | None
    family: int

    def __str__(self) -> str:
        kind = f"{self.protocol}/{self.port}" if self.port else "echo"
        return f"{self.source} -> {self.destination}: {self.service} ({kind}, IPv{self.family})"


@dataclass(frozen=True, slots=True)
class Expected:
    """allowed: whether the probe must reach; why: the flow or the reason that says so, empty where nothing does."""

    allowed: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Sentences for a technician. proved: how many probes were as they must be; inconclusive is not proved.

    wrong: the probes that the sentences are about, those of the mismatches first.
    """

    proved: int
    mismatches: tuple[str, ...]
    inconclusive: tuple[str, ...]
    wrong: tuple[Probe, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether something was asked and everything was as it must be."""
        return self.proved > 0 and not self.mismatches and not self.inconclusive


def expectations(network: Network, wiring: Wiring) -> dict[Probe, Expected]:
    """Every question of the proof and its right answer, in a fixed order.

    Every zone asks every other zone, and every host that a flow leads to, for every service and for one TCP and one
    UDP port of no service. A host that a flow comes from asks the flow's end and that end's zone. Every zone asks its
    firewall, and the management zone's address of every firewall, for SSH.
    """
    flows = _flows(network)
    services = _services(network)
    found = {}
    for source, destination in _pairs(network, wiring):
        for family in (4, 6):
            if family in source.addresses and family in destination.addresses:
                for service, protocol, port in services:
                    probe = Probe(source.name, destination.name, service, protocol, port, family)
                    found[probe] = _expected(flows, source, destination, (protocol, port))
    return found | _own_ssh(network, wiring)


def control(expected: Iterable[Probe], wiring: Wiring) -> list[Probe]:
    """The questions that must have an answer while all firewalls are open: both ends are behind one of them.

    A firewall that is in a zone only to be managed there has no way back into other zones.
    """

    def answered(source: Machine, destination: Machine) -> bool:
        if source.zone == destination.zone:
            return True
        gateways = {wiring.behind.get(source.zone), wiring.behind.get(destination.zone)}
        return len(gateways) == 1 and None not in gateways and destination.firewall in (None, *gateways)

    machines = wiring.machines
    return [probe for probe in expected if answered(machines[probe.source], machines[probe.destination])]


def compare(
    expected: Mapping[Probe, Expected],
    seen: Mapping[Probe, Seen],
    wiring: Wiring,
    models: Iterable[FirewallModel],
) -> Verdict:
    """What differs. models: the firewalls' rules, to name the one that lets a probe through; a probe that was not
    asked is inconclusive."""
    firewalls = list(models)
    mismatches: dict[Probe, str] = {}
    inconclusive: dict[Probe, str] = {}
    for probe, right in expected.items():
        if seen.get(probe) == ("reached" if right.allowed else "not reached"):
            continue
        must = _must(right)
        match seen.get(probe):
            case None:
                inconclusive[probe] = f"{probe} was not asked, {must}"
            case "inconclusive":
                inconclusive[probe] = f"{probe} inconclusive: the server saw it, the client timed out; {must}"
            case "reached":
                mismatches[probe] = f"{probe} reached, {must} ({_culprit(probe, wiring, firewalls)})"
            case "not reached":
                mismatches[probe] = f"{probe} not reached, {must}"
    wrong = (*mismatches, *inconclusive)
    return Verdict(len(expected) - len(wrong), tuple(mismatches.values()), tuple(inconclusive.values()), wrong)


def blind(probes: Iterable[Probe], expected: Mapping[Probe, Expected]) -> list[str]:
    """Sentences on probes that failed the positive control: that they are denied would be no proof."""
    cause = "a VLAN, a trunk or the twin is at fault"
    return [f"{one} not reached even with every firewall open, {_must(expected[one])}: {cause}" for one in probes]


def _must(right: Expected) -> str:
    return f"must be allowed ({right.why})" if right.allowed else "must be denied"


def _culprit(probe: Probe, wiring: Wiring, firewalls: list[FirewallModel]) -> str:
    source, destination = wiring.machines[probe.source], wiring.machines[probe.destination]
    ends = source.addresses[probe.family], destination.addresses[probe.family]
    passes, rule = allowed(firewalls, *ends, probe.protocol, probe.port)
    return f"rule {rule}" if passes and rule else "no rule allows it: past the firewall, or by a wrong VLAN"


def _services(network: Network) -> list[tuple[str, Protocol, int | None]]:
    """Every port that a service has, with the names of all services that have it, and one of none."""
    names: dict[Port, list[str]] = {}
    for name, service in network.services.items():
        for port in _ports(service):
            names.setdefault(port, []).append(name)
    taken = {port for _protocol, port in names}
    unlisted = next(port for port in range(_FIRST_UNLISTED, 65536) if port not in taken)
    listed = [(" or ".join(found), *port) for port, found in names.items()]
    return [*listed, (UNLISTED, "tcp", unlisted), (UNLISTED, "udp", unlisted)]


def _ports(service: Service) -> list[Port]:
    return [(service.protocol, port) for port in (service.ports if service.protocol != "icmp" else (None,))]


def _flows(network: Network) -> dict[tuple[str, str, Port], str]:
    """(from, to, port): the flow that allows it; two services may have one port, and a firewall sees the port alone."""
    return {
        (flow.source, flow.destination, port): name
        for name, flow in network.flows.items()
        for port in _ports(network.services[flow.service])
    }


def _pairs(network: Network, wiring: Wiring) -> Iterable[tuple[Machine, Machine]]:
    machines = wiring.machines
    zones = [machines[zone] for zone in wiring.zones if zone in machines]
    ends = [(machines.get(flow.source), machines.get(flow.destination)) for flow in network.flows.values()]
    servers = [to for _start, to in ends if to is not None and to.name not in wiring.zones]
    pairs = list(itertools.permutations(zones, 2)) + list(itertools.product(zones, servers))
    for start, to in ends:
        if start is not None and to is not None and start.name not in wiring.zones:
            pairs += [(start, to), (start, machines[to.zone])]
    return {(a.name, b.name): (a, b) for a, b in pairs if a is not b}.values()


def _expected(
    flows: Mapping[tuple[str, str, Port], str], source: Machine, destination: Machine, port: Port
) -> Expected:
    if source.zone == destination.zone:
        return Expected(True, f"both in zone {source.zone}")
    for ends in itertools.product((source.name, source.zone), (destination.name, destination.zone)):
        if flow := flows.get((*ends, port)):
            return Expected(True, f"flow {flow}")
    return Expected(False)


def _own_ssh(network: Network, wiring: Wiring) -> dict[Probe, Expected]:
    found = {}
    firewalls = [machine for machine in wiring.machines.values() if machine.firewall]
    for target in firewalls:
        for zone in wiring.zones:
            source = wiring.machines.get(zone)
            same = zone == target.zone
            if source is None or not (same or target.zone == network.management):
                continue
            managed = same and zone == network.management
            for family in sorted(source.addresses.keys() & target.addresses.keys()):
                probe = Probe(source.name, target.name, OWN_SSH, "tcp", SSH, family)
                found[probe] = Expected(managed, "firewalls are managed from there" if managed else "")
    return found
