"""The zone by zone table of a proof of the network, on a terminal."""

from __future__ import annotations

from typing import Final

from rich.table import Table
from rich.text import Text

from wardround.cli.proving_network import Subject

WIDEST: Final = 24  # zones; a wider table is no picture any more


def matrix_table(asked: Subject, wrong: set[object]) -> Table:
    """Zone by zone: how many questions are allowed, and whether everything was as intended."""
    machines = asked.wiring.machines
    zones = list(asked.wiring.listeners)
    allowed: dict[tuple[str, str], int] = {}
    faulty: dict[tuple[str, str], int] = {}
    for probe, right in asked.expected.items():
        pair = machines[probe.source].zone, machines[probe.destination].zone
        if machines[probe.destination].firewall is None and pair[0] != pair[1]:
            allowed[pair] = allowed.get(pair, 0) + right.allowed
            faulty[pair] = faulty.get(pair, 0) + (probe in wrong)
    table = Table(box=None, title="from (row) to (column): ✓ allowed and reached, · denied, ✗ not as intended")
    table.add_column("")
    for zone in zones:
        table.add_column(zone)
    for source in zones:
        cells = [_cell(allowed.get((source, to)), faulty.get((source, to), 0)) for to in zones]
        table.add_row(source, *cells)
    return table


def _cell(allowed: int | None, faulty: int) -> Text:
    if allowed is None:
        return Text("")
    if faulty:
        return Text(f"✗ {faulty}", "red")
    return Text(f"✓ {allowed}") if allowed else Text("·")
