"""A proof of the network in short: questions counted zone by zone, and sentences on what was wrong."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:  # every run of Ansible loads this module, and what reads an inventory takes half a second to load
    from wardround.network.matrix import Expected, Probe, Verdict
    from wardround.network.wiring import Wiring

FaultKind = Literal["mismatch", "inconclusive", "blind", "leak"]
_EACH = 3  # sentences of one kind that are kept of a pair of zones
_LEAKS = 100


@dataclass(frozen=True, slots=True)
class PairTally:
    """Questions from zone `source` to zone `destination`. allowed, denied: how many must be so; allowed_proved,
    denied_proved: how many of these were found so; inconclusive, blind: of how many nothing is proved."""

    source: str
    destination: str
    allowed: int = 0
    denied: int = 0
    allowed_proved: int = 0
    denied_proved: int = 0
    inconclusive: int = 0
    blind: int = 0

    @property
    def asked(self) -> int:
        return self.allowed + self.denied

    @property
    def proved(self) -> int:
        return self.allowed_proved + self.denied_proved

    @property
    def mismatches(self) -> int:
        return self.asked - self.proved - self.inconclusive - self.blind


@dataclass(frozen=True, slots=True)
class Fault:
    """A sentence for a technician. source, destination: zones; empty for a leak between VLANs."""

    kind: FaultKind
    sentence: str
    source: str = ""
    destination: str = ""


def pairs(
    wiring: Wiring, expected: Mapping[Probe, Expected], services: Verdict, unproved: Iterable[Probe]
) -> tuple[PairTally, ...]:
    """Every pair of zones that was asked, in the order of the questions. Each question is counted in one pair.

    unproved: probes that failed the positive control.
    """
    blind, mismatched = frozenset(unproved), len(services.mismatches)
    wrong, unsure = frozenset(services.wrong), frozenset(services.wrong[mismatched:])
    counts: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for probe, right in expected.items():
        must = "allowed" if right.allowed else "denied"
        counts[_zones(wiring, probe)][must] += 1
        if probe in blind:
            counts[_zones(wiring, probe)]["blind"] += 1
        elif probe in unsure:
            counts[_zones(wiring, probe)]["inconclusive"] += 1
        elif probe not in wrong:
            counts[_zones(wiring, probe)][f"{must}_proved"] += 1
    return tuple(PairTally(source, to, **counted) for (source, to), counted in counts.items())


def faults(
    wiring: Wiring, services: Verdict, unproved: Sequence[Probe], blind: Sequence[str], leaks: Sequence[str]
) -> tuple[Fault, ...]:
    """What was wrong; of each pair of zones the first few sentences of a kind. blind: sentences on `unproved`."""
    mismatched = len(services.mismatches)
    return (
        *(Fault("leak", sentence) for sentence in leaks[:_LEAKS]),
        *_few(wiring, "blind", unproved, blind),
        *_few(wiring, "mismatch", services.wrong[:mismatched], services.mismatches),
        *_few(wiring, "inconclusive", services.wrong[mismatched:], services.inconclusive),
    )


def _few(wiring: Wiring, kind: FaultKind, probes: Sequence[Probe], sentences: Sequence[str]) -> Iterator[Fault]:
    seen: Counter[tuple[str, str]] = Counter()
    for probe, sentence in zip(probes, sentences, strict=True):
        zones = _zones(wiring, probe)
        seen[zones] += 1
        if seen[zones] <= _EACH:
            yield Fault(kind, sentence, *zones)


def _zones(wiring: Wiring, probe: Probe) -> tuple[str, str]:
    return wiring.machines[probe.source].zone, wiring.machines[probe.destination].zone
