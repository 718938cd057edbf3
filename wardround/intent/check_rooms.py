"""May what a socket gives be where the socket is? What is refused in a public room, and who accepted it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from wardround.intent.check_hospital import Section
from wardround.intent.check_hosts import CheckedHost
from wardround.intent.network import Network
from wardround.intent.problem import Problem, one_of, shown
from wardround.intent.topology import Placed, sockets
from wardround.intent.yaml_file import Steps


def check_rooms(
    section: Section,
    network: Network,
    owners: Mapping[str, Any],
    departments: Mapping[str, Any],
    hosts: Mapping[str, CheckedHost],
) -> Iterator[Problem]:
    """Departments, and every socket's name, profile, host and room; a host's sockets are in one zone."""
    for department in network.departments:
        if department not in departments:
            found = f"{shown(department)}, no department of hospital.departments"
            yield section.problem(("departments", department), found, one_of(department, departments))
    seen: dict[str, Steps] = {}
    plugged: dict[str, tuple[str, str]] = {}
    for placed in sockets(network):
        socket = placed.socket
        first = seen.setdefault(placed.name, placed.path)
        if first is not placed.path:
            assert section.file is not None  # the section was read from it
            line = section.file.line((section.name, *first))
            yield section.problem(placed.path, f"{shown(placed.name)} again, first on line {line}", "each socket once")
        if socket.host is not None and socket.host not in hosts:
            yield section.problem((*placed.path, "host"), f"{shown(socket.host)}, no host", one_of(socket.host, hosts))
        if socket.accepted and socket.accepted.owner not in owners:
            path = (*placed.path, "accepted", "owner")
            yield section.problem(path, shown(socket.accepted.owner), one_of(socket.accepted.owner, owners))
        if socket.profile not in network.profiles:
            allowed = one_of(socket.profile, network.profiles)
            yield section.problem((*placed.path, "profile"), f"{shown(socket.profile)}, no profile", allowed)
        elif not socket.accepted and (sentence := out_of_place(network, placed)):
            allowed = "another profile, or accepted: {owner: ..., reason: ...}"
            yield section.problem((*placed.path, "profile"), sentence, allowed)
        if socket.host is not None and socket.profile in network.profiles:
            zone = network.profiles[socket.profile].zone
            name, other = plugged.setdefault(socket.host, (placed.name, zone))
            if other != zone:
                found = f"{shown(socket.host)} in the zone {zone}, and at {name} in {other}"
                yield section.problem((*placed.path, "host"), found, "all sockets of a host in one zone")


def out_of_place(network: Network, placed: Placed) -> str | None:
    """Why the socket's profile may not be in its room, as a sentence; None where it may."""
    profile = network.profiles[placed.socket.profile]
    for key, which in ((profile.zone, "zone"), (profile.voice, "zone for telephones")):
        zone = network.zones.get(key or "")
        if zone and placed.room.room_class not in zone.rooms:
            where = f"{placed.room.display_name.en} (a {placed.room.room_class} room)"
            rooms = f"{_listed(zone.rooms)} rooms only" if zone.rooms else "no room"
            return (
                f"{placed.name} in {where} has the profile {placed.socket.profile}, whose {which} is allowed in {rooms}"
            )
    return None


def _listed(words: tuple[str, ...]) -> str:
    """`staff, clinical and technical`."""
    return " and ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)
