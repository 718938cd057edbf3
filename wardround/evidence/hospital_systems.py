"""Which systems a hospital has and who asks whom, as the hospital's own data say. Pure functions of the intent.

Links come from role variables that name hosts of the inventory, and from the groups of devices and of the engine.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from wardround.clinical.journey_question import Visit
from wardround.clinical.journey_steps import questions
from wardround.evidence.facts import Name
from wardround.evidence.systems import Link, Node, Systems
from wardround.intent import Host, Intent
from wardround.rollout.request import TARGET_GROUP

_EACH = 3  # a group of up to so many hosts is drawn host by host


@dataclass(frozen=True)
class _Asks:
    """What some hosts ask of a server, and how that is proved; see Link."""

    role: str
    protocol: str
    product: str = ""
    checks: frozenset[str] = frozenset()
    fetched: bool = False
    shown: frozenset[str] = frozenset()


_JSON_RPC: Final = "JSON-RPC, TLS"
_GNU_HEALTH: Final = frozenset({"series", "login", "view"})
_DICOM: Final = frozenset({"qido", "frame", "echo", "find", "worklist"})
# Role variables of a desk that name hosts, wherever they stand in the value.
_VARIABLES: Final = {
    "his_client_server": _Asks("his_servers", _JSON_RPC, "his_client", _GNU_HEALTH),
    "lis_client_server": _Asks("lis_servers", _JSON_RPC, "lis_client", _GNU_HEALTH),
    "pacs_client_peers": _Asks("pacs_servers", "DICOM", "pacs_client", _DICOM),
    "print_client_queues": _Asks("printers", "IPP", "print_client"),
    "time_client_servers": _Asks("time_servers", "NTP", "time_client"),
}
# Groups that ask others; steps of the journey that desks ask and that go over these links too.
_GROUPS: Final = (
    ("modalities", _Asks("pacs_servers", "DICOM")),
    ("analysers", _Asks("interface_engines", "HL7, MLLP", shown=frozenset({"measure"}))),
    ("interface_engines", _Asks("his_servers", _JSON_RPC, shown=frozenset({"lis_patient", "result"}))),
    ("interface_engines", _Asks("lis_servers", _JSON_RPC, shown=frozenset({"lis_patient", "measure"}))),
    ("interface_engines", _Asks("pacs_servers", "HL7, MLLP", shown=frozenset({"worklist"}))),
    ("interface_engines", _Asks("analysers", "HL7, MLLP", shown=frozenset({"measure"}))),
)
_ARCHIVE: Final = "modality_link_pacs"  # of a device where there are several archives
_SERVERS: Final = (
    "his_servers", "lis_servers", "interface_engines", "pacs_servers", "printers", "time_servers", "artifact_shares",
)  # fmt: skip
_DEVICES: Final = ("analysers", "modalities")


def systems(intent: Intent) -> Systems:
    """Departments with their desks, devices and servers, in this order, and every link between them."""
    nodes = [*_departments(intent), *_machines(intent, "device", _DEVICES), *_machines(intent, "server", _SERVERS)]
    home = {host: n for n, node in reversed(list(enumerate(nodes))) for host in node.hosts}
    walked = _walked(intent)
    found: dict[tuple[int, int, int], tuple[_Asks, dict[str, frozenset[str]]]] = {}
    for order, asks, host, server in _pairs(intent):
        if host in home and server in home and home[host] != home[server]:
            _same, steps = found.setdefault((home[host], order, home[server]), (asks, {}))
            steps[host] = steps.get(host, frozenset()) | walked.get((host, server), frozenset())
    links = []
    for (source, _order, target), (asks, steps) in sorted(found.items(), key=lambda item: item[0]):
        role = asks.role or nodes[target].group
        asked = (nodes[source].key, nodes[target].key, asks.protocol, role, tuple(steps))
        links.append(Link(*asked, asks.product, asks.checks, asks.fetched, steps, asks.shown))
    used = {key for link in links for key in (link.source, link.target)}
    return Systems(tuple(node for node in nodes if node.key in used or node.kind == "department"), tuple(links))


def _pairs(intent: Intent) -> Iterator[tuple[int, _Asks, str, str]]:
    """Which host asks which server, and in which place among what a host asks."""
    known = {host.address: name for name, host in intent.hosts.items() if host.address} | {n: n for n in intent.hosts}
    places = {product: n for n, product in enumerate(intent.releases.products, len(_VARIABLES))}
    for name in intent.groups.get(TARGET_GROUP, ()):
        host = intent.hosts[name]
        for order, (variable, asks) in enumerate(_VARIABLES.items()):
            if asks.product not in intent.releases.products or asks.product in host.clients:
                yield from ((order, asks, name, server) for server in _named(host.vars.get(variable), known))
        for product in host.clients:
            asks = _Asks("", "", product)
            yield from ((places[product], asks, name, server) for server in _own(host, product, known))
        if host.clients:
            yield from ((len(_VARIABLES) + len(places), asks, name, server) for server, asks in _shares(intent))
    for order, (group, asks) in enumerate(_GROUPS):
        for name in intent.groups.get(group, ()):
            own = _named(intent.hosts[name].vars.get(_ARCHIVE), known) if group == "modalities" else ()
            yield from ((order, asks, name, server) for server in own or intent.groups.get(asks.role, ()))


def _departments(intent: Intent) -> Iterator[Node]:
    for key, department in intent.hospital.departments.items():
        desks = tuple(name for name in intent.groups.get(TARGET_GROUP, ()) if intent.hosts[name].department == key)
        if desks:
            name = department.display_name
            yield Node(f"dept_{key}", "department", "departments", Name(name.en, name.zh), desks)


def _machines(intent: Intent, kind: str, groups: tuple[str, ...]) -> Iterator[Node]:
    seen: set[str] = set()
    for group in groups:
        hosts = [host for host in intent.groups.get(group, ()) if host not in seen]
        seen |= set(hosts)
        if len(hosts) > _EACH:
            yield Node(group, kind, group, None, tuple(hosts))
            continue
        for n, host in enumerate(hosts, 1):
            shown = intent.hosts[host].display_name
            yield Node(host, kind, group, Name(shown.en, shown.zh), (host,), n if len(hosts) > 1 else 0)


def _named(value: Any, known: Mapping[str, str]) -> list[str]:
    """The inventory's hosts that a variable names, in order: by host name, by address or in a URL."""
    if isinstance(value, str):
        with contextlib.suppress(ValueError):  # a URL that is none
            named = (urlsplit(value).hostname or "") if "://" in value else value
            return [known[named]] if named in known else []
        return []
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return list(dict.fromkeys(host for item in inner for host in _named(item, known)))


def _own(host: Host, product: str, known: Mapping[str, str]) -> list[str]:
    """Whom a product that the hospital brought itself asks: any of its variables may name a host."""
    mine = [value for name, value in host.vars.items() if name.startswith(f"{product}_") and name not in _VARIABLES]
    return _named(mine, known)


def _shares(intent: Intent) -> Iterator[tuple[str, _Asks]]:
    """Where releases come from: the host at the address of the share."""
    parts = urlsplit(intent.releases.share)
    for name in intent.groups.get("artifact_shares", ()):
        if parts.hostname in (name, intent.hosts[name].address, intent.hosts[name].ansible_host):
            yield name, _Asks("artifact_shares", parts.scheme.upper(), fetched=True)


def _walked(intent: Intent) -> dict[tuple[str, str], frozenset[str]]:
    """(host, server) -> keys of the journey's steps that go from one to the other."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    if intent.journey is not None:
        for question in questions(Visit(intent.journey.model_dump(mode="json"), ""), {}):
            found[question.host, question.server].add(question.key)
    return {pair: frozenset(keys) for pair, keys in found.items()}
