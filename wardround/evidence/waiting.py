"""Desks whose new release lies beside the old one and that wait for their restart: a state of its own."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from wardround.evidence.facts import Change, Facts, Machine
from wardround.evidence.rounds import Round
from wardround.evidence.scale import seconds_of

_STATES = ("staged", "back_staged")


@dataclass(frozen=True)
class Waiting:
    """One such desk. runs: the version still in use; comes: the one after the restart; why: what it is used for.

    since, until: moments as recorded; until: the plan's deadline, None where there is none; late: it is over.
    """

    machine: Machine
    change: Change
    runs: str
    comes: str
    why: str
    since: str
    until: str | None
    late: bool


def waiting(one: Round, facts: Facts) -> tuple[Waiting, ...]:
    """Desks of a roll-out that is not over, in the order of its waves."""
    if not one.under_way:
        return ()
    machines = {machine.host: machine for machine in facts.hospital.machines}
    minutes = one.rollout.plan.get("restart_deadline_minutes")
    found = []
    for host, standing in one.standings.items():
        if standing.state not in _STATES:
            continue
        change = one.hosts[host].changes[-1]
        since = change.staged or change.opened
        until = _later(since, minutes) if isinstance(minutes, int) else None
        late = until is not None and (seconds_of(until) or 0) <= facts.written.timestamp()
        name = facts.hospital.name_of(host)
        machine = machines.get(host, Machine(host, name, None))
        found.append(Waiting(machine, change, change.from_version, change.to_version, change.busy, since, until, late))
    return tuple(found)


def _later(moment: str, minutes: int) -> str | None:
    seconds = seconds_of(moment)
    if seconds is None:
        return None
    return datetime.datetime.fromtimestamp(seconds + 60 * minutes, datetime.UTC).isoformat()
