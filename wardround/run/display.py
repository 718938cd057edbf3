"""What a run wants of whoever shows it to a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Display(Protocol):
    """What a person sees meanwhile."""

    def say(self, sentence: str) -> None: ...

    def say_once(self, sentence: str) -> None: ...

    def begin(self, title: str, hosts: Sequence[str]) -> None: ...

    def watch(self, run_id: str) -> None: ...

    def end(self, quiet: bool = False) -> None: ...
