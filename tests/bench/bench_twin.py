"""What a twin costs: building it, and asking every question with the positive control, beside the naive way.

`python -m tests.bench.bench_twin` as root builds twins of 10 and of 20 zones and prints seconds; the naive way starts a
process for each question (ip netns exec), is measured over a sample and told as what all questions would take so. Ends
with 1 where a figure is missed or anything is found wrong: the networks are right.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from dataclasses import dataclass

from tests.unit.network.devices import models
from tests.unit.network.intents import large
from wardround.network.matrix import Probe, expectations
from wardround.network.wiring import wire
from wardround.run.network_proof import Examiner, Quiet
from wardround.run.probes import Prober
from wardround.run.twin import Twin

_SAMPLE = 30
_ASK = "import socket,sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 1).close()"


@dataclass(frozen=True)
class Size:
    """A network, and the seconds that its twin may take to build and its questions to ask."""

    zones: int
    services: int
    build: float
    ask: float


SIZES = (Size(10, 9, build=0.5, ask=1.5), Size(20, 20, build=1.0, ask=25.0))  # and a TCP and a UDP port of no service


def measure(size: Size) -> bool:
    """Print what it took; True where the figures are kept and nothing was found wrong."""
    network = large(size.zones, size.services, ipv6=False)
    wiring = wire(network, {})
    expected, compiled = expectations(network, wiring), models(network, {})

    async def ask(twin: Twin) -> tuple[float, list[str]]:
        began = time.perf_counter()
        with Prober(twin, wiring.machines, expected) as prober:
            examiner = Examiner(twin, prober, expected, Quiet())
            blind = await examiner.control()
            twin.load(*compiled)
            verdict = await examiner.services(compiled.firewalls)
        wrong = [*map(str, blind), *verdict.mismatches, *verdict.inconclusive]
        return time.perf_counter() - began, wrong

    began = time.perf_counter()
    with Twin(wiring, *compiled) as twin:
        build = time.perf_counter() - began
        seconds, wrong = asyncio.run(ask(twin))
        naive = _naive(twin, list(expected)) * len(expected)
    kept = build <= size.build and seconds <= size.ask and not wrong
    print(
        f"{size.zones} zones: built in {build:.2f} s of {size.build} s; {len(expected)} questions and the control in"
        f" {seconds:.2f} s of {size.ask} s, {len(wrong)} wrong; a process for each: {naive:.0f} s,"
        f" {naive / seconds:.0f} times as long: {'kept' if kept else 'MISSED'}"
    )
    print(*wrong[:5], sep="\n", end="")
    return kept


def _naive(twin: Twin, expected: list[Probe]) -> float:
    """Seconds for one question with a process of its own; a denied one waits for its second."""
    tcp = [probe for probe in expected if probe.protocol == "tcp"]
    sample = tcp[:: max(1, len(tcp) // _SAMPLE)]
    began = time.perf_counter()
    for probe in sample:
        machine, to = twin.wiring.machines[probe.source], twin.wiring.machines[probe.destination]
        command = ["ip", "netns", "exec", twin.home(machine), sys.executable, "-c", _ASK]
        subprocess.run([*command, to.addresses[4], str(probe.port)], capture_output=True, timeout=30, check=False)
    return (time.perf_counter() - began) / len(sample)


def test_a_twin_is_built_and_asked_in_time() -> None:
    assert all(list(map(measure, SIZES)))


if __name__ == "__main__":
    sys.exit(0 if all(list(map(measure, SIZES))) else 1)
