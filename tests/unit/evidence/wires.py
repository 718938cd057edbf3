"""A hospital of any size, wired: every department asks every server."""

from __future__ import annotations

from wardround.evidence.facts import Name
from wardround.evidence.links import Told
from wardround.evidence.systems import Link, Node, Systems

SERVERS = ("his_servers", "lis_servers", "interface_engines", "pacs_servers", "printers", "time_servers")


def wired(departments: int) -> tuple[Systems, tuple[Told, ...], dict[str, str]]:
    nodes = [
        Node(
            f"dept_{n}", "department", "departments", Name(f"Outpatient clinic number {n}", f"第 {n} 门诊部"), hosts(n)
        )
        for n in range(departments)
    ]
    nodes += [Node(f"ct-{n}", "device", "modalities", Name(f"CT {n}", f"CT {n}"), (f"ct-{n}",), n) for n in (1, 2)]
    nodes += [Node(one, "server", one, Name(f"The one and only {one}", "医院信息系统"), (one,)) for one in SERVERS]
    links = [
        Link(node.key, role, "JSON-RPC, TLS", role, node.hosts)
        for node in nodes
        for role in (SERVERS if node.kind == "department" else ("pacs_servers",) if node.kind == "device" else ())
    ]
    links += [Link("interface_engines", one, "HL7, MLLP", one, ("interface_engines",)) for one in SERVERS[:2]]
    told = tuple(
        Told(link, ("proved", "failed", "waiting")[n % 3], n % 2, len(link.hosts), None) for n, link in enumerate(links)
    )
    marks = {host: "proved" for n in range(departments) for host in hosts(n)}
    return Systems(tuple(nodes), tuple(links)), told, marks


def hosts(n: int) -> tuple[str, ...]:
    return tuple(f"ws-{n}-{desk}" for desk in range(n % 20 + 1))
