"""What the page says of the network: the picture of its devices, the matrix of its zones, its devices' last changes."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from wardround.evidence import topology, zone_matrix
from wardround.evidence.facts import History
from wardround.evidence.lettering import cut, wrap
from wardround.evidence.lettering import wide as wide_as
from wardround.evidence.network import Device, DeviceChange, Flow, Network, NetworkProof, Trunk, Zone
from wardround.evidence.topology import Box, Topology
from wardround.evidence.words import LANGUAGES, Phrase, Value, phrase, plain, say
from wardround.evidence.zone_matrix import Cell
from wardround.intent.network_warnings import NOTICE_DAYS, ending

_FAULTS, _CHANGES, _DIFF_LINES = 40, 120, 40
_COLUMN = 22  # letters of a zone's name above its column
_SMALL = 17  # letters of the second line in the box of a switch that hangs on a core


@dataclass(frozen=True, slots=True)
class Sheet:
    """Pixels of a drawn matrix: the names of rows, those of columns above, the whole. letters: that a name may have."""

    label: int
    head: int
    width: int
    letters: int
    cell: float
    line: int = 34


class NetworkView:
    """when: a recorded moment as the page writes it."""

    notice_days = NOTICE_DAYS

    def __init__(self, network: Network, history: History, when: Callable[[str], str]) -> None:
        self.network = network
        self._history = history
        self._when = when
        self._names = {zone.vlan: zone.name for zone in network.zones}

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        return zone_matrix.cells(self.network, self._history.network_proofs)

    @cached_property
    def proofs(self) -> list[NetworkProof]:
        """The newest of each kind about the network as it is intended now."""
        now = zone_matrix.current(self.network, self._history.network_proofs)
        return list({proof.kind: proof for proof in now}.values())

    @property
    def outdated(self) -> NetworkProof | None:
        """The newest proof, where all are about a network that was intended before."""
        before = self._history.network_proofs
        return before[-1] if before and not self.proofs else None

    @property
    def verdict(self) -> Phrase:
        return zone_matrix.verdict(self.network, self.cells, self._history.network_proofs)[1]

    def told(self, proof: NetworkProof) -> Phrase:
        """A proof in a sentence."""
        counted = {
            "proved": sum(pair.proved for pair in proof.pairs),
            "asked": sum(pair.asked for pair in proof.pairs),
        }
        where, when = phrase(f"network.{proof.kind}"), self._when(proof.at)
        tried: Value = ""  # from real hosts no socket is tried
        if proof.sockets:
            tried = phrase("network.tried", sockets=proof.sockets, trunks=proof.trunks, leaks=proof.leaks)
        return phrase("network.proof", n=proof.seq, where=where, when=when, tried=tried, **counted)

    @property
    def faults(self) -> list[str]:
        """What was not as intended, the worst first."""
        order = ("mismatch", "leak", "blind", "inconclusive")
        found = [fault for proof in self.proofs for fault in proof.faults]
        return [fault.sentence for fault in sorted(found, key=lambda fault: order.index(fault.kind))[:_FAULTS]]

    @property
    def unshown(self) -> int:
        """Questions and leaks that were wrong and are not among `faults`."""
        wrong = sum(pair.asked - pair.proved for proof in self.proofs for pair in proof.pairs)
        return wrong + sum(proof.leaks for proof in self.proofs) - len(self.faults)

    def drawing(self, wide: bool) -> Topology:
        return topology.topology(self.network, topology.WIDE if wide else topology.NARROW)

    def sheet(self, wide: bool) -> Sheet:
        """A matrix with many zones is wider than its page, which scrolls it."""
        label, width, letters = (182, 760, 22) if wide else (104, 346, 14)
        cell = round(max(18.0, min(60.0, (width - label - 2) / len(self.network.zones))), 1)
        names = [wide_as(say(zone.name, lang)) for zone in self.network.zones for lang in LANGUAGES]
        head = max(48, 12 + round(6.4 * min(_COLUMN, max(names))))
        return Sheet(label, head, round(label + cell * len(self.network.zones) + 2), letters, cell)

    @staticmethod
    def row_label(zone: Zone, lang: str, letters: int) -> list[tuple[str, int]]:
        """The name of a row in at most two lines, each with its height below the row's top."""
        first, *rest = wrap(say(zone.name, lang), letters)
        return [(first, 14), (cut(" ".join(rest), letters), 28)] if rest else [(first, 21)]

    @staticmethod
    def column_label(zone: Zone, lang: str) -> str:
        return cut(say(zone.name, lang), _COLUMN)

    def sign(self, cell: Cell) -> Phrase | str:
        """What is intended, in a cell."""
        if cell.intended == "some":
            return str(len(cell.services))
        return phrase("cell.every") if cell.intended == "all" else "=" if cell.intended == "same" else "–"

    def cell_title(self, cell: Cell) -> str:
        """A cell in full: both zones, what is intended, each flow, each proof."""
        said = phrase(f"cell.{cell.intended}", source=cell.source.name, destination=cell.destination.name)
        rows = [plain(said), *(self.flow_line(flow) for flow in cell.flows)]
        for answer in cell.answers:
            counted = {"proved": answer.tally.proved, "asked": answer.tally.asked}
            where = phrase(f"network.{answer.proof.kind}")
            rows.append(plain(phrase("cell.proof", where=where, when=self._when(answer.proof.at), **counted)))
        return "\n".join(rows if cell.answers else [*rows, plain(phrase("cell.waiting"))])

    @staticmethod
    def flow_line(flow: Flow) -> str:
        until = f", {flow.expires}" if flow.expires else ""
        return f"{flow.key}: {flow.source} → {flow.destination}, {flow.service} {flow.ports}{until}"

    def state_of(self, flow: Flow) -> str:
        """How the pair of zones of a flow stands."""
        pair = flow.from_zone, flow.to_zone
        return next(cell.state for cell in self.cells if (cell.source.key, cell.destination.key) == pair)

    def endings(self, today: datetime.date) -> dict[str, str]:
        """The flows that have expired by that day or soon will: name to `expired` or `expiring`."""
        dated = {flow.key: datetime.date.fromisoformat(flow.expires) for flow in self.network.flows if flow.expires}
        return {key: state for key, expires in dated.items() if (state := ending(expires, today))}

    def trunk_title(self, trunks: Iterable[Trunk]) -> str:
        """The cables of a line: ends, VLANs with the names of their zones."""
        rows = []
        for trunk in trunks:
            carried = ", ".join(str(vlan) for vlan in trunk.vlans)
            rows.append(f"{trunk.a} {trunk.a_port} – {trunk.b} {trunk.b_port}: VLAN {carried}")
            rows += [plain(phrase("trunk.every"))] if trunk.every else []
            rows += [plain(phrase("trunk.native", vlan=trunk.native))] if trunk.native else []
        return "\n".join(rows)

    @staticmethod
    def fitted(box: Box, sheet: topology.Sheet) -> str:
        """A device's name, as much as its box has room for."""
        return cut(box.device.key, sheet.letters[box.kind == "leaf"])

    def device_title(self, box: Box) -> str:
        """A box in full."""
        device = box.device
        carried = ", ".join(f"{vlan} {say(self._names[vlan], 'en')}" for vlan in device.vlans)
        kind: Value = phrase("device.firewall") if device.firewall else device.platform
        told = [] if device.firewall else [phrase("device.sockets", n=device.sockets)]
        told += [phrase("device.others", others=", ".join(box.others))] if box.others else []
        return "\n".join([f"{device.key}: {plain(kind)}", *map(plain, told), f"VLAN {carried}"])

    @staticmethod
    def below(box: Box) -> dict[str, str]:
        """The second line of a box: language to text. Of what hangs on a core, its other uplinks, else its VLANs."""
        device = box.device
        if box.kind == "leaf":
            plainly = cut(f"+ {', '.join(box.others)}", _SMALL) if box.others else _vlans(device.vlans)
            return dict.fromkeys(LANGUAGES, plainly)
        if device.firewall:
            text = phrase("device.wall", n=len(device.vlans))
        else:
            text = phrase("device.core", n=len(device.vlans), sockets=phrase("device.sockets", n=device.sockets))
        return {lang: say(text, lang) for lang in LANGUAGES}

    @cached_property
    def changes(self) -> list[DeviceChange]:
        """The last change of each device of this network, newest first."""
        known = {device.key for device in self.network.devices}
        newest = {change.host: change for change in self._history.network_changes if change.host in known}
        return sorted(newest.values(), key=lambda change: -change.seq)[:_CHANGES]

    @property
    def unchanged(self) -> list[str]:
        changed = {change.host for change in self.changes}
        return [device.key for device in self.network.devices if device.key not in changed]

    def change_link(self, device: Device) -> str:
        return next((f"#network-change-{change.seq}" for change in self.changes if change.host == device.key), "")

    @staticmethod
    def diff(change: DeviceChange) -> tuple[list[str], int]:
        """The first lines of a difference, and how many more there are."""
        lines = change.diff.splitlines()
        return lines[:_DIFF_LINES], max(0, len(lines) - _DIFF_LINES)


def _vlans(vlans: Sequence[int]) -> str:
    """VLANs as many as fit, and how many more."""
    for shown in range(len(vlans), 0, -1):
        left = len(vlans) - shown
        text = " ".join(str(vlan) for vlan in vlans[:shown]) + (f" +{left}" if left else "")
        if len(text) <= _SMALL:
            return text
    return ""
