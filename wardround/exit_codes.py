"""What the command's exit codes mean, for scripts and CI."""

from __future__ import annotations

from typing import Final

DONE: Final = 0
FAILED: Final = 1
BAD_INPUT: Final = 2
HELD: Final = 3  # at a gate, or by a halt
LOCKED: Final = 4
DIGEST_MISMATCH: Final = 5
