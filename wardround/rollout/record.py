"""The record of one roll-out as its decisions read it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

# How an intent ends that changed its host, or may have.
_CHANGED: Final = frozenset({"applied", "failed", "rolled_back"})


@dataclass(frozen=True)
class IntentRecord:
    """A journaled change of one host; `closed_seq` is None while it is open.

    A staged one has changed nothing yet: its host was in use when it was last asked, at `closed_seq`. busy: by what;
    waited: seconds from when it was first staged until then.
    """

    id: str
    host: str
    wave: str
    run: str
    direction: str
    state: str
    reason: str
    opened_seq: int
    closed_seq: int | None
    waited: float = 0.0
    busy: str = ""


@dataclass(frozen=True)
class ProofRecord:
    """The verdict of one verify run over one host; `failures` are the sentences of the checks that failed."""

    host: str
    seq: int
    ok: bool
    expected: str
    served: str
    failures: tuple[str, ...]

    @property
    def wrong_version_only(self) -> bool:
        """Whether the host works, on another version than expected."""
        return len(self.failures) == 1 and self.failures[0].startswith("version:") and self.served != "unknown"


@dataclass(frozen=True)
class ClassificationRecord:
    host: str
    cause: str
    reason: str
    seq: int


@dataclass(frozen=True)
class JourneyRecord:
    """A patient's journey through the whole hospital; `sentence`: which step failed, where, and the likely cause."""

    seq: int
    ok: bool
    sentence: str = ""


@dataclass(frozen=True)
class History:
    """Everything recorded of one roll-out, each list in order of its sequence number."""

    intents: tuple[IntentRecord, ...] = ()
    proofs: tuple[ProofRecord, ...] = ()
    classifications: tuple[ClassificationRecord, ...] = ()
    journeys: tuple[JourneyRecord, ...] = ()

    @cached_property
    def newest_intent(self) -> dict[str, IntentRecord]:
        return {record.host: record for record in self.intents}

    @cached_property
    def newest_proof(self) -> dict[str, ProofRecord]:
        return {record.host: record for record in self.proofs}

    @cached_property
    def newest_classification(self) -> dict[str, ClassificationRecord]:
        return {record.host: record for record in self.classifications}

    @property
    def newest_journey(self) -> JourneyRecord | None:
        return self.journeys[-1] if self.journeys else None

    def newest_change(self, wave: str | None = None) -> IntentRecord | None:
        """The change of a host (of the wave) that ended last; None where nothing was changed."""
        ended = (record for record in self.intents if record.state in _CHANGED and wave in (None, record.wave))
        return max(ended, key=lambda record: record.closed_seq or 0, default=None)

    def last_change(self, wave: str | None = None) -> int:
        """When that was, in sequence; 0 where nothing was changed."""
        newest = self.newest_change(wave)
        return (newest.closed_seq or 0) if newest else 0
