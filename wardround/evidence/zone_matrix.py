"""Zone by zone, who may reach whom and whether that was proved: a pure function of the network and the record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wardround.evidence.network import Flow, Network, NetworkProof, Zone
from wardround.evidence.words import Phrase, phrase
from wardround.network.tally import PairTally


@dataclass(frozen=True, slots=True)
class Answer:
    """What one proof says of a pair of zones."""

    proof: NetworkProof
    tally: PairTally


@dataclass(frozen=True, slots=True)
class Cell:
    """From a zone to a zone. intended: `same` zone, where no firewall stands between, `none`, `some` or `all` services.

    flows: what is allowed; answers: the newest of each kind of proof about this very network; state: `proved`,
    `failed`, `unknown` where an answer was missing, or `waiting`, for not asked.
    """

    source: Zone
    destination: Zone
    intended: str
    flows: tuple[Flow, ...]
    answers: tuple[Answer, ...]
    state: str

    @property
    def services(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(flow.service for flow in self.flows))


def current(network: Network, proofs: Iterable[NetworkProof]) -> list[NetworkProof]:
    """Proofs about the network as the intent has it now."""
    return [proof for proof in proofs if proof.intent == network.sha256]


def cells(network: Network, proofs: Iterable[NetworkProof]) -> tuple[Cell, ...]:
    """Every pair of zones, row by row. proofs: in the order they were made."""
    newest: defaultdict[tuple[str, str], dict[str, Answer]] = defaultdict(dict)
    for proof in current(network, proofs):
        for tally in proof.pairs:
            newest[tally.source, tally.destination][proof.kind] = Answer(proof, tally)
    flows: defaultdict[tuple[str, str], list[Flow]] = defaultdict(list)
    for flow in network.flows:
        flows[flow.from_zone, flow.to_zone].append(flow)
    found = []
    for source in network.zones:
        for destination in network.zones:
            pair = source.key, destination.key
            answers = tuple(newest[pair].values())
            intended = _intended(network, *pair, flows[pair])
            found.append(Cell(source, destination, intended, tuple(flows[pair]), answers, _state(answers)))
    return tuple(found)


def verdict(network: Network, found: Sequence[Cell], proofs: Sequence[NetworkProof]) -> tuple[str, Phrase]:
    """(tone, sentence): is the network as intended?"""
    asked = current(network, proofs)
    if not asked:
        return "open", phrase("network.stale") if proofs else phrase("network.unproved")
    found = [cell for cell in found if cell.intended != "same" or cell.answers]
    failed = sum(cell.state == "failed" for cell in found)
    leaks = sum(newest.leaks for newest in {proof.kind: proof for proof in asked}.values())
    if failed or leaks:
        pairs = phrase("network.failed", n=failed, of=len(found))
        mixed = phrase("network.mixed", n=leaks)
        if failed and leaks:
            return "bad", phrase("network.both", pairs=pairs, mixed=mixed)
        return "bad", pairs if failed else mixed
    proved = sum(cell.state == "proved" for cell in found)
    if proved < len(found):
        return "open", phrase("network.some", n=proved, of=len(found))
    return "good", phrase("network.proved", n=len(network.zones))


def _intended(network: Network, source: str, destination: str, flows: Sequence[Flow]) -> str:
    if source == destination:
        return "same"
    whole = {flow.service for flow in flows if (flow.source, flow.destination) == (source, destination)}
    return "all" if whole and whole == network.services else "some" if flows else "none"


def _state(answers: Sequence[Answer]) -> str:
    if any(one.tally.mismatches for one in answers):
        return "failed"
    if any(one.tally.inconclusive or one.tally.blind for one in answers):
        return "unknown"
    return "proved" if any(one.tally.asked for one in answers) else "waiting"
