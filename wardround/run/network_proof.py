"""The proof of a network in its twin: does the probe work, are VLANs apart, is every service where it must be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from wardround.network import leaks, matrix
from wardround.network.device import FirewallModel, SwitchModel
from wardround.network.matrix import Expected, Probe, Verdict
from wardround.run import frames
from wardround.run.probes import IN_FLIGHT, PATIENCE, Prober
from wardround.run.twin import Twin

_FEW: Final = 32  # probes in flight when the doubtful ones are asked again
_TRIES: Final = 2
_AT_MOST: Final = 0.5  # seconds; who answers later is asked again
_SAMPLE: Final = 64  # probes that tell how long an answer takes


class Progress(Protocol):
    """What a person sees meanwhile."""

    def stage(self, title: str, total: int) -> None: ...

    def done(self, count: int) -> None: ...


class Quiet:
    """Shows nothing."""

    def stage(self, title: str, total: int) -> None: ...

    def done(self, count: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Proof:
    """What a twin showed. blind: probes that failed with every firewall open, so that nothing else is proved;
    leaks: sentences on VLANs that are not apart; services: the matrix."""

    blind: tuple[str, ...] = ()
    leaks: tuple[str, ...] = ()
    services: Verdict = field(default_factory=lambda: Verdict(0, (), ()))

    @property
    def ok(self) -> bool:
        return not self.blind and not self.leaks and self.services.ok

    @property
    def sentences(self) -> list[str]:
        """Everything that is wrong."""
        return [*self.blind, *self.leaks, *self.services.mismatches, *self.services.inconclusive]


class Examiner:
    """Asks one twin, as often as its models change."""

    def __init__(self, twin: Twin, prober: Prober, expected: Mapping[Probe, Expected], progress: Progress) -> None:
        self._twin = twin
        self._prober = prober
        self._expected = expected
        self._progress = progress
        self._patience = PATIENCE

    async def control(self) -> list[str]:
        """Ask everything with every firewall open; what is not reached then, no rule has denied. Leaves them open.

        Learns how long an answer takes here when there is no crowd.
        """
        self._twin.open_firewalls()
        every = left = matrix.control(self._expected, self._twin.wiring)
        self._progress.stage("positive control: every firewall open", len(left))
        for at_once in (IN_FLIGHT, *[_FEW] * _TRIES):
            asked = await self._prober.ask(left, PATIENCE, at_once, self._progress.done)
            left = [probe for probe in left if asked.seen[probe] != "reached"]
            if not left:
                alone = await self._prober.ask(every[:: max(1, len(every) // _SAMPLE)], PATIENCE, _FEW)
                self._patience = alone.usual(_AT_MOST)
                return []
        return [f"{probe} not reached with every firewall open: the twin or the probe is at fault" for probe in left]

    async def sockets_and_trunks(self) -> list[str]:
        """Send frames at every socket and listen on every trunk."""
        wiring = self._twin.wiring
        self._progress.stage("frames at every socket and on every trunk", len(leaks.frames(wiring)))
        heard = await frames.listen(self._twin, self._progress.done)
        return [*leaks.judge_sockets(wiring, heard.frames), *leaks.judge_cables(wiring, heard.passing)]

    async def services(
        self, firewalls: Mapping[str, FirewallModel], only: Callable[[Probe], bool] = lambda _probe: True
    ) -> Verdict:
        """The matrix, or what `only` picks of it. What is not as it must be is asked once more, patiently."""
        wanted = {probe: right for probe, right in self._expected.items() if only(probe)}
        self._progress.stage("every service, zone by zone", len(wanted))
        asked = await self._prober.ask(list(wanted), self._patience, tell=self._progress.done)
        seen = asked.seen
        doubtful = [
            probe for probe, right in wanted.items() if seen[probe] != ("reached" if right.allowed else "not reached")
        ]
        if doubtful:
            self._progress.stage("what was not as it must be, once more", len(doubtful))
            seen |= (await self._prober.ask(doubtful, PATIENCE, _FEW, self._progress.done)).seen
        return matrix.compare(wanted, seen, self._twin.wiring, firewalls.values())


async def prove(
    twin: Twin,
    expected: Mapping[Probe, Expected],
    switches: Mapping[str, SwitchModel],
    firewalls: Mapping[str, FirewallModel],
    progress: Progress,
) -> Proof:
    """Everything, in a twin that stands. Raises NetworkError."""
    with Prober(twin, twin.wiring.machines, expected) as prober:
        examiner = Examiner(twin, prober, expected, progress)
        if blind := await examiner.control():
            return Proof(blind=tuple(blind))
        twin.load(switches, firewalls)
        found = await examiner.sockets_and_trunks()
        return Proof(leaks=tuple(found), services=await examiner.services(firewalls))
