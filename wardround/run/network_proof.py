"""The proof of a network in its twin: does the probe work, are VLANs apart, is every service where it must be."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

from wardround.network import leaks, matrix
from wardround.network.device import FirewallModel, SwitchModel
from wardround.network.matrix import Expected, Probe, Verdict
from wardround.network.mutants import Mutant
from wardround.network.wiring import Wiring
from wardround.run import frames
from wardround.run.probes import IN_FLIGHT, PATIENCE, Prober
from wardround.run.twin import Twin

_FEW: Final = 32  # probes in flight when the doubtful ones are asked again
_AGAIN: Final = 2  # times that lost frames are tried again
_MANY: Final = 64  # probes; so many do not fail twice by bad luck
_SOON: Final = 1.0  # seconds; long enough to be sure that one mutant's packet does not come
_AT_MOST: Final = 0.5  # seconds; who answers later is asked again
_SURE: Final = 16  # probes that tell whether answers are late
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
    """What a twin showed, in sentences. blind: probes that failed with every firewall open, of which nothing is proved;
    leaks: VLANs that are not apart; services: the matrix of the rest. patience: seconds that an answer was given.
    unproved: the probes that `blind` is about."""

    blind: tuple[str, ...] = ()
    leaks: tuple[str, ...] = ()
    services: Verdict = field(default_factory=lambda: Verdict(0, (), ()))
    patience: float = PATIENCE
    unproved: tuple[Probe, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.blind and not self.leaks and self.services.ok

    @property
    def sentences(self) -> list[str]:
        """Everything that is wrong."""
        return [*self.blind, *self.leaks, *self.services.mismatches, *self.services.inconclusive]


class Examiner:
    """Asks one twin, as often as its models change."""

    def __init__(
        self,
        twin: Twin,
        prober: Prober,
        expected: Mapping[Probe, Expected],
        progress: Progress,
        patience: float = PATIENCE,
    ) -> None:
        self._twin = twin
        self._prober = prober
        self._expected = expected
        self._progress = progress
        self.patience = patience  # seconds, as `control` finds it right for this machine
        allowed = [probe for probe, right in expected.items() if right.allowed]
        self._sure = allowed[:: max(1, len(allowed) // _SURE)]

    async def control(self) -> list[Probe]:
        """Ask everything with every firewall open; what is not reached then, no rule has denied. Leaves them open.

        Learns how long an answer takes here when there is no crowd.
        """
        self._twin.open_firewalls()
        every = left = matrix.control(self._expected, self._twin.wiring)
        self._progress.stage("positive control: every firewall open", len(left))
        for attempt, at_once in enumerate((IN_FLIGHT, IN_FLIGHT, _FEW)):
            asked = await self._prober.ask(left, PATIENCE, at_once, self._progress.done)
            left = [probe for probe in left if asked.seen[probe] != "reached"]
            if not left:
                alone = await self._prober.ask(every[:: max(1, len(every) // _SAMPLE)], PATIENCE, _FEW)
                self.patience = alone.usual(_AT_MOST)
                return []
            if attempt and len(left) > _MANY:
                break
        return left

    def blind(self, probes: Iterable[Probe]) -> list[str]:
        """Sentences on what failed the control."""
        return matrix.blind(probes, self._expected)

    async def sockets_and_trunks(self, one_is_enough: bool = False) -> list[str]:
        """Send frames at every socket and listen on every trunk. What is lost is tried again, patiently, unless
        something else is wrong and `one_is_enough`."""
        wiring, groups = self._twin.wiring, self._twin.groups()
        tried = leaks.frames(wiring, groups)
        self._progress.stage("frames at every socket and on every trunk", len(tried))
        heard = await frames.listen(self._twin, tried, tell=self._progress.done)
        for attempt in range(1 + _AGAIN):
            faults = [
                *leaks.judge_sockets(wiring, groups, heard.frames),
                *leaks.judge_cables(wiring, heard.passing),
            ]
            lost = any(fault.lost for fault in faults)
            if attempt == _AGAIN or not lost or (one_is_enough and not all(fault.lost for fault in faults)):
                break
            heard.add(await frames.listen(self._twin, leaks.unheard(wiring, groups, heard.frames), frames.PATIENT))
        return [fault.sentence for fault in sorted(faults, key=lambda fault: fault.lost)]

    async def services(
        self,
        firewalls: Mapping[str, FirewallModel],
        only: Callable[[Probe], bool] = lambda _probe: True,
        patience: float = PATIENCE,
    ) -> Verdict:
        """The matrix, or what `only` picks of it. What is not as it must be, and what was silent while the machine was
        too busy to answer, is asked once more, with `patience`."""
        wanted = {probe: right for probe, right in self._expected.items() if only(probe)}
        self._progress.stage("every service, zone by zone", len(wanted))
        asked = await self._prober.ask(list(wanted), self.patience, tell=self._progress.done, sure=self._sure)
        seen = asked.seen
        wrong = [
            probe for probe, right in wanted.items() if seen[probe] != ("reached" if right.allowed else "not reached")
        ]
        silent = asked.unsure.difference(wrong)
        if wrong or silent:
            self._progress.stage("what was not as it must be, and what was late, once more", len(wrong) + len(silent))
            seen |= (await self._prober.ask(silent, patience, IN_FLIGHT, self._progress.done)).seen
            seen |= (await self._prober.ask(wrong, patience, _FEW, self._progress.done)).seen
        return matrix.compare(wanted, seen, self._twin.wiring, firewalls.values())


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of mutants. right: the proof of the network without any; found: mutant's name to the sentence that
    caught it, None where nothing did; after: the proof when the last one was taken back."""

    right: Proof
    found: dict[str, str | None]
    after: Proof


class Models(NamedTuple):
    """A network's compiled devices."""

    switches: Mapping[str, SwitchModel]
    firewalls: Mapping[str, FirewallModel]


def prove(wiring: Wiring, expected: Mapping[Probe, Expected], models: Models, progress: Progress) -> Proof:
    """Build the twin and ask it everything.

    Raises NetworkError where this machine cannot, TwinBusyError where another twin stands, ValueError where a model
    cannot be rendered. On SIGTERM and Ctrl-C the twin is taken down and KeyboardInterrupt raised.
    """

    async def examine(twin: Twin) -> Proof:
        with Prober(twin, wiring.machines, expected) as prober:
            return await _everything(twin, Examiner(twin, prober, expected, progress), models)

    with _standing(wiring, models) as twin:
        return asyncio.run(examine(twin))


def mutate(
    wiring: Wiring,
    expected: Mapping[Probe, Expected],
    models: Models,
    made: Sequence[Mutant],
    progress: Progress,
) -> Trial:
    """Prove the network, then each mutant of it in the same twin; raises as `prove` does.

    A network that is not proved itself has no mutants tried: each of them would be caught by its fault.
    """

    async def examine(twin: Twin) -> Trial:
        with Prober(twin, wiring.machines, expected) as prober:
            right = await _everything(twin, Examiner(twin, prober, expected, progress), models)
            if not right.ok:
                return Trial(right, {}, right)
            examiner = Examiner(twin, prober, expected, Quiet(), right.patience)
            progress.stage("mutants", len(made))
            found = {}
            for mutant in made:
                found[mutant.name] = await _caught(twin, examiner, mutant, models)
                twin.load(*models)
                progress.done(1)
            return Trial(right, found, await _asked(examiner, models))

    with _standing(wiring, models) as twin:
        return asyncio.run(examine(twin))


async def _everything(twin: Twin, examiner: Examiner, models: Models) -> Proof:
    blind = await examiner.control()
    twin.load(*models)
    return await _asked(examiner, models, blind)


async def _asked(examiner: Examiner, models: Models, blind: Sequence[Probe] = ()) -> Proof:
    found = await examiner.sockets_and_trunks()
    unproved = frozenset(blind)
    services = await examiner.services(models.firewalls, lambda probe: probe not in unproved)
    return Proof(tuple(examiner.blind(blind)), tuple(found), services, examiner.patience, tuple(blind))


async def _caught(twin: Twin, examiner: Examiner, mutant: Mutant, models: Models) -> str | None:
    """The first sentence that shows the mutant, asked first where it is likely: one is enough."""
    twin.load(mutant.switches, mutant.firewalls)
    firewalls = {**models.firewalls, **mutant.firewalls}
    zone = {name: machine.zone for name, machine in twin.wiring.machines.items()}
    if mutant.switches and (found := await examiner.sockets_and_trunks(one_is_enough=True)):
        return found[0]
    if mutant.zones:
        near = await examiner.services(
            firewalls, lambda probe: (zone[probe.source], zone[probe.destination]) == mutant.zones, _SOON
        )
        if near.mismatches:
            return near.mismatches[0]
    return next(iter((await examiner.services(firewalls, patience=_SOON)).mismatches), None)


@contextlib.contextmanager
def _standing(wiring: Wiring, models: Models) -> Iterator[Twin]:
    """A twin that also goes when CI or a service manager ends us."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with Twin(wiring, *models) as twin:
            yield twin
    finally:
        signal.signal(signal.SIGTERM, before)
