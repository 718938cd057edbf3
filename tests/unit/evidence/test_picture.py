"""Fields of machines: every cell once, in order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wardround.evidence.picture import field

MARKS = ("failed", "unknown", "changing", "waiting", "proved")


@given(st.lists(st.integers(0, 900), min_size=5, max_size=5))
def test_every_cell_is_drawn_once(counts: list[int]) -> None:
    drawn = field(zip(MARKS, counts, strict=True))
    cells: dict[tuple[int, int], str] = {}
    for block in drawn.blocks:
        assert block.x + block.width <= drawn.width and block.y + block.height <= drawn.height
        for y in range(block.y, block.y + block.height, drawn.cell):
            for x in range(block.x, block.x + block.width, drawn.cell):
                assert (y, x) not in cells
                cells[y, x] = block.mark
    expected = [mark for mark, n in zip(MARKS, counts, strict=True) for _cell in range(n)]
    assert [mark for _key, mark in sorted(cells.items())] == expected
    assert len(drawn.blocks) <= 3 * len(MARKS)
