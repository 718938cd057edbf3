"""Wrong networks, each by one mistake that people make: a proof that calls one of them right is not a proof.

Only mistakes that change what some packet may do are made: a rule that another covers may go unnoticed, and a VLAN
that nothing on this side of a trunk is in cannot leak there. Same models and seed, same mutants.
"""

from __future__ import annotations

import itertools
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from wardround.intent.network import Network
from wardround.network.device import ALL_VLANS, Access, FirewallModel, Rule, SwitchModel, TrunkPort
from wardround.network.wiring import Cable, End, Wiring

Kind = Literal["rule added", "rule removed", "rule widened", "port moved", "trunk opened", "native VLAN changed"]
KINDS: tuple[Kind, ...] = get_args(Kind)
_EVERY_PORT = tuple(range(1, 65536))


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mistake. switches, firewalls: only the models that it changes. zones: whose rule it changes, none else."""

    kind: Kind
    name: str
    switches: Mapping[str, SwitchModel] = field(default_factory=dict)
    firewalls: Mapping[str, FirewallModel] = field(default_factory=dict)
    zones: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A mutant that can be made: of a port, which gets another mode, or of a firewall, which gets other rules."""

    kind: Kind
    name: str
    end: End | None = None
    mode: Access | TrunkPort | None = None
    firewall: str = ""
    rules: tuple[Rule, ...] = ()
    zones: tuple[str, str] | None = None

    def make(self, switches: Mapping[str, SwitchModel], firewalls: Mapping[str, FirewallModel]) -> Mutant:
        if self.end is None:
            changed = replace(firewalls[self.firewall], rules=self.rules)
            return Mutant(self.kind, self.name, firewalls={self.firewall: changed}, zones=self.zones)
        assert self.end.port is not None
        model = switches[self.end.device]
        port = replace(model.ports[self.end.port], mode=self.mode, enabled=True)
        return Mutant(self.kind, self.name, {model.name: replace(model, ports={**model.ports, port.name: port})})


def mutants(
    network: Network,
    wiring: Wiring,
    switches: Mapping[str, SwitchModel],
    firewalls: Mapping[str, FirewallModel],
    each: int | None = None,
    seed: int = 0,
) -> list[Mutant]:
    """Mutants of the wiring's zones, by kind; `each`: at most so many of a kind, drawn with `seed`; all where None."""
    possible: dict[Kind, list[_Candidate]] = {kind: [] for kind in KINDS}
    for candidate in (*_of_rules(network, wiring, firewalls), *_of_ports(wiring, switches)):
        possible[candidate.kind].append(candidate)
    dice = random.Random(seed)
    drawn = (
        candidate
        for found in possible.values()
        for candidate in (found if each is None or len(found) <= each else dice.sample(found, each))
    )
    return [candidate.make(switches, firewalls) for candidate in drawn]


def covered(rule: Rule, rules: Iterable[Rule]) -> bool:
    """Whether everything that the rule lets pass is let pass by one of the others, port by port."""
    others = [other for other in rules if _covers_ends(other, rule) and other.protocol == rule.protocol]
    if rule.protocol == "icmp":
        return bool(others)
    return set(rule.ports) <= {port for other in others for port in other.ports}


def _covers_ends(other: Rule, rule: Rule) -> bool:
    return (
        (other.source, other.destination) == (rule.source, rule.destination)
        and _covers_hosts(other.source_hosts, rule.source_hosts)
        and _covers_hosts(other.destination_hosts, rule.destination_hosts)
    )


def _covers_hosts(other: tuple[str, ...], hosts: tuple[str, ...]) -> bool:
    return not other or (bool(hosts) and set(hosts) <= set(other))


def _of_rules(network: Network, wiring: Wiring, firewalls: Mapping[str, FirewallModel]) -> Iterator[_Candidate]:
    shown = [zone for zone in wiring.zones if zone in wiring.machines]
    for name, model in firewalls.items():

        def mutant(kind: Kind, text: str, rules: Iterable[Rule], rule: Rule, name: str = name) -> _Candidate:
            zones = rule.source, rule.destination
            return _Candidate(kind, f"{name}: {text}", firewall=name, rules=tuple(rules), zones=zones)

        zones = [zone for zone in shown if wiring.behind.get(zone) == name]
        for source, destination in itertools.permutations(zones, 2):
            for service, said in network.services.items():
                rule = Rule("mutant", source, destination, said.protocol, said.ports)
                if not covered(rule, model.rules):
                    text = f"{service} from {source} to {destination}, which no flow allows"
                    yield mutant("rule added", text, (*model.rules, rule), rule)
        for rule in model.rules:
            if rule.source not in shown or rule.destination not in shown:
                continue
            others = tuple(other for other in model.rules if other is not rule)
            if not covered(rule, others):
                yield mutant("rule removed", f"without {rule.flow}", others, rule)
            for text, wide in _wider(network, rule):
                if not covered(wide, model.rules):
                    yield mutant("rule widened", f"{rule.flow} {text}", (*others, wide), rule)


def _wider(network: Network, rule: Rule) -> Iterator[tuple[str, Rule]]:
    if rule.source_hosts:
        yield f"from all of {rule.source}", replace(rule, source_hosts=())
    if rule.destination_hosts:
        yield f"to all of {rule.destination}", replace(rule, destination_hosts=())
    if rule.protocol != "icmp":
        yield "on every port", replace(rule, ports=_EVERY_PORT)
        for name, service in network.services.items():
            if service.protocol == rule.protocol and not set(service.ports) <= set(rule.ports):
                yield f"for {name} too", replace(rule, ports=tuple(sorted({*rule.ports, *service.ports})))


def _of_ports(wiring: Wiring, switches: Mapping[str, SwitchModel]) -> Iterator[_Candidate]:
    vlans = {name: zone.vlan for name, zone in wiring.zones.items() if name in wiring.listeners}
    ends = [(outlet.at, outlet.zone, f"socket {outlet.name}") for outlet in wiring.outlets]
    ends += [
        (gateway.at, gateway.zone, f"the port of {gateway.firewall}")
        for gateway in wiring.gateways
        if gateway.at and gateway.zone in wiring.machines and wiring.behind.get(gateway.zone) == gateway.firewall
    ]
    for end, zone, what in ends:
        model = switches[end.device]
        mode = _mode(model, end)
        for other, vlan in vlans.items():
            if other != zone:
                moved = Access(vlan, mode.voice if isinstance(mode, Access) else None)
                yield _Candidate("port moved", f"{end.device} {end.port}: {what} in {other}", end, moved)
    for outlet in wiring.outlets:
        model = switches[outlet.at.device]
        if len(model.vlans.keys() & vlans.values()) > 1:
            name = f"{outlet.at.device} {outlet.at.port}: socket {outlet.name} a trunk of every VLAN"
            yield _Candidate("trunk opened", name, outlet.at, TrunkPort(ALL_VLANS, vlans[outlet.zone]))
    for cable in wiring.cables:
        for here in (cable.a, cable.b):
            if here.device in switches:
                yield from _of_trunk(wiring, switches[here.device], cable, here, vlans)


def _of_trunk(
    wiring: Wiring, model: SwitchModel, cable: Cable, end: End, vlans: Mapping[str, int]
) -> Iterator[_Candidate]:
    mode = _mode(model, end)
    if not isinstance(mode, TrunkPort):
        return
    heard = senders(wiring, cable, end.device)
    for zone, vlan in vlans.items():
        name = f"{end.device} {end.port}: trunk {cable.name}"
        if vlan not in model.vlans or zone not in heard:
            continue
        if vlan not in mode.allowed:
            opened = replace(mode, allowed=mode.allowed | {vlan})
            yield _Candidate("trunk opened", f"{name} also carries {zone}", end, opened)
        elif vlan != mode.native:
            changed = replace(mode, native=vlan)
            yield _Candidate("native VLAN changed", f"{name} carries {zone} untagged", end, changed)


def senders(wiring: Wiring, cable: Cable, device: str) -> frozenset[str]:
    """Zones of which something on this device's side of the cable sends frames that come to the cable."""
    neighbours: defaultdict[str, list[Cable]] = defaultdict(list)
    for other in wiring.cables:
        if other is not cable:
            neighbours[other.a.device].append(other)
            neighbours[other.b.device].append(other)
    places: defaultdict[str, set[str]] = defaultdict(set)  # zone: devices where something of it is plugged in
    for outlet in wiring.outlets:
        for given in (outlet.zone, outlet.voice):
            if given:
                places[given].add(outlet.at.device)
    for zone, listener in wiring.listeners.items():
        places[zone].add(listener.device)
    found = set()
    for zone, sources in places.items():
        seen, left = {device}, [device]
        while left:
            here = left.pop()
            for other in neighbours[here]:
                there = other.b.device if other.a.device == here else other.a.device
                if zone in other.zones and there not in seen:
                    seen.add(there)
                    left.append(there)
        if seen & sources:
            found.add(zone)
    return frozenset(found)


def _mode(model: SwitchModel, end: End) -> Access | TrunkPort | None:
    return model.ports[end.port].mode if end.port in model.ports else None


@dataclass(frozen=True, slots=True)
class Share:
    """What became of the mutants of one kind. survivors: names of those that the proof called right."""

    kind: Kind
    made: int
    survivors: tuple[str, ...]


def shares(found: Mapping[str, str | None], made: Iterable[Mutant]) -> list[Share]:
    """By kind, also kinds that this network has no mutant of. found: mutant's name to the sentence that caught it."""
    by_kind: dict[Kind, list[Mutant]] = {kind: [] for kind in KINDS}
    for mutant in made:
        by_kind[mutant.kind].append(mutant)
    return [
        Share(kind, len(ones), tuple(one.name for one in ones if not found.get(one.name)))
        for kind, ones in by_kind.items()
    ]
