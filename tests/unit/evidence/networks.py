"""Networks as the page has them, and proofs of them without a twin."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

from tests.unit.network.intents import HOSTS, small
from wardround.evidence.hospital_network import network
from wardround.evidence.network import DeviceChange, Network, NetworkProof
from wardround.intent import Intent
from wardround.intent.network import Network as Wished
from wardround.network import tally
from wardround.network.matrix import Seen, compare, expectations
from wardround.network.wiring import wire


def drawn(wished: Wished | None = None) -> Network:
    """The small hospital's network, or another."""
    found = network(cast(Intent, SimpleNamespace(network=wished or small(), hosts=HOSTS)))
    assert found is not None
    return found


def proof(
    seq: int = 1, reached: tuple[str, str] | None = None, kind: str = "twin", zones: tuple[str, ...] = ()
) -> NetworkProof:
    """A proof of the small network, or of these zones; reached: a pair of zones between which everything passes."""
    wished = small()
    wiring = wire(wished, HOSTS, zones)
    expected = expectations(wished, wiring)
    seen: dict[object, Seen] = {
        probe: "reached"
        if right.allowed or (wiring.machines[probe.source].zone, wiring.machines[probe.destination].zone) == reached
        else "not reached"
        for probe, right in expected.items()
    }
    verdict = compare(expected, seen, wiring, ())
    pairs = tally.pairs(wiring, expected, verdict, ())
    faults = tally.faults(wiring, verdict, (), (), ())
    return NetworkProof(
        seq, kind, verdict.ok, drawn().sha256, "c0ffee", len(wiring.outlets), len(wiring.cables), 0, pairs, faults,
        "li.na", "wardround prove network", "2026-11-20T02:00:00Z",
    )  # fmt: skip


def change(seq: int, host: str, diff: str = "-vlan 1\n+vlan 2\n") -> DeviceChange:
    return DeviceChange(seq, "r", host, "overridden", ("vlan 2",), diff, "reload in", "2026-11-20T02:00:00Z")
