"""Geometry of the drawn pictures: numbers only, the templates draw them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_WIDTH = 288
_LARGE = 400


@dataclass(frozen=True)
class Block:
    """A rectangle filled with one mark, in pixels."""

    mark: str
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Field:
    """Many machines as equal cells, read like lines of text; cell, width and height in pixels."""

    cell: int
    width: int
    height: int
    blocks: tuple[Block, ...]


def field(counts: Iterable[tuple[str, int]]) -> Field:
    """Draw `n` cells of each mark, one after the other; at most three blocks a mark, however many cells."""
    counted = [(mark, n) for mark, n in counts if n > 0]
    total = sum(n for _mark, n in counted)
    cell = 12 if total <= _LARGE else 6
    columns = _WIDTH // cell
    blocks: list[Block] = []
    start = 0
    for mark, n in counted:
        for first, last in _runs(start, start + n, columns):
            rows, wide = (last - first) // columns or 1, min(last - first, columns)
            blocks.append(Block(mark, first % columns * cell, first // columns * cell, wide * cell, rows * cell))
        start += n
    return Field(cell, _WIDTH, -(-total // columns) * cell, tuple(blocks))


def _runs(start: int, end: int, columns: int) -> Iterable[tuple[int, int]]:
    """Cut [start, end) into the rest of a line, whole lines, and the start of a line."""
    first = min(end, -(-start // columns) * columns)
    last = max(first, end // columns * columns)
    return [(a, b) for a, b in ((start, first), (first, last), (last, end)) if a < b]
