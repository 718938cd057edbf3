"""What a switch would be changed to, and whether it may: from its own words and a wish to lines. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wardround.network import guards
from wardround.network.change import State, steps, target
from wardround.network.device import SwitchModel
from wardround.network.dialects.base import Dialect
from wardround.network.steps import Step


class RefusedError(ValueError):
    """The change would lock its sender out or take VLANs from under ports; a sentence for each reason."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a switch says of itself; the last three are empty where it cannot say."""

    running: str
    vlans: str
    arp: str = ""
    macs: str = ""
    lldp: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Nothing to do: no steps, and after is before."""

    before: SwitchModel
    after: SwitchModel
    steps: tuple[Step, ...]
    commands: tuple[str, ...]


def propose(dialect: Dialect, running: str, vlans: str, want: SwitchModel, state: State) -> Proposal:
    """The change from what the switch says of itself. Raises DialectError and WishError."""
    have = dialect.parse(running, vlans)
    made = target(have, want, state, dialect.default)
    dialect.check(made, known=have)
    planned = steps(have, made)
    return Proposal(have, made, tuple(planned), tuple(dialect.commands(planned, running)))


def check(dialect: Dialect, proposal: Proposal, said: Said, managers: Iterable[str]) -> None:
    """Refuse what must not be done. managers: IPv4 addresses of the management host. Raises RefusedError, WishError."""
    own, intended = dialect.managed(said.running), proposal.after.management_vlan
    management = frozenset({intended}) if intended in own else own | {intended}
    learned = dialect.learned(said.arp, said.macs, [*managers, *dialect.gateways(said.running)])
    members, heard = dialect.members(said.running), dialect.neighbours(said.lldp)
    # LLDP speaks on each port of an aggregation, which is what a change would be of.
    seen, near = (frozenset(members.get(port, port) for port in ports) for ports in (learned, heard))
    protected = guards.uplinks(proposal.before, management, proposal.after.uplink, seen, near)
    table = dialect.table(said.vlans)
    reasons = guards.refusals(proposal.before, proposal.steps, management, protected, table)
    lasting = dialect.lasting(said.running, proposal.steps)
    reasons += [f"{proposal.before.name}: {sentence}" for sentence in lasting]
    bare = guards.bare(proposal.commands)
    reasons += [f"{proposal.before.name}: `{line}` would replace the VLANs of a trunk" for line in bare]
    if reasons:
        raise RefusedError("; ".join(reasons))


def diff(dialect: Dialect, before: SwitchModel, after: SwitchModel) -> str:
    """Unified diff of the VLANs and ports in the switch's own language; empty where nothing changes."""
    return unified(before.name, dialect.render(before), dialect.render(after))


def unified(name: str, before: Sequence[str], after: Sequence[str]) -> str:
    """Unified diff of a device's lines; empty where nothing changes."""
    lines = difflib.unified_diff(before, after, f"{name} now", f"{name} then", lineterm="")
    return "".join(f"{line}\n" for line in lines)
