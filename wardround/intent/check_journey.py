"""Can the patient's journey be walked by those who take part in it?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from wardround.intent.check_hospital import Section
from wardround.intent.check_hosts import CheckedHost
from wardround.intent.journey import Journey
from wardround.intent.problem import Problem, one_of, shown

# What the steps of playbooks/tasks/journey_*.yml ask with, and whom.
_CLIENTS: Final = {
    "registration_desk": "his_client",
    "ward_desk": "his_client",
    "laboratory_desk": "lis_client",
    "reading_desk": "pacs_client",
}
_GROUPS: Final = {"his": "his_servers", "lis": "lis_servers", "pacs": "pacs_servers", "examinations": "modalities"}


def check_journey(section: Section, journey: Journey, hosts: Mapping[str, CheckedHost]) -> Iterator[Problem]:
    """Every host that takes part exists and has what its steps ask with; each device makes one examination."""
    devices: set[str] = set()
    for path, name in journey.hosts().items():
        client, group = _CLIENTS.get(str(path[0])), _GROUPS.get(str(path[0]))
        host = hosts.get(name)
        if host is None:
            yield section.problem(path, f"{shown(name)}, no host", one_of(name, hosts))
        elif client and host.own and client not in host.clients:
            able = [other.name for other in hosts.values() if client in other.clients]
            yield section.problem(path, f"{shown(name)}, without the client {client}", one_of(name, able))
        elif group and group not in host.groups:
            members = [other.name for other in hosts.values() if group in other.groups]
            yield section.problem(path, f"{shown(name)}, not in the group {group}", one_of(name, members))
        elif path[0] == "examinations" and name in devices:
            yield section.problem(path, f"{shown(name)} again", "each device once: it makes one examination a journey")
        if path[0] == "examinations":
            devices.add(name)
