"""What is to be read about the hospital's network, on standard error: no output and no exit code changes by it."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from wardround.intent import Intent, load
from wardround.intent.network_warnings import NetworkWarning, network_warnings


def tell(warnings: Sequence[NetworkWarning]) -> None:
    """A line for each, and how many there are."""
    console = _console()
    for warning in warnings:
        line = Text("warning: ", "bold yellow").append(f"{warning.file}:{warning.line}: {warning.key}: ", "bold")
        console.print(line.append(warning.sentence, "yellow"))
    if warnings:
        console.print(Text(f"{len(warnings)} warning{'s' if len(warnings) != 1 else ''}: read them", "bold yellow"))


def load_and_warn(inventory: Path, today: datetime.date) -> Intent:
    """The hospital, with its warnings of that day told. Raises IntentError as `wardround.intent.load`."""
    intent = load(inventory)
    tell(network_warnings(intent, today))
    return intent


def warn_only(inventory: Path | None, today: datetime.date) -> None:
    """The warnings, for a command that must go on whatever the hospital's data are like by now, or without any."""
    if inventory is None:
        return
    try:
        load_and_warn(inventory, today)
    except Exception:  # a way back at 03:00 does not stop for what is only to be read
        sentence = f"{inventory} has errors, so no flow that has expired is told: see `wardround validate`"
        _console().print(Text("warning: ", "bold yellow").append(sentence, "yellow"))


def _console() -> Console:
    return Console(stderr=True, soft_wrap=True, highlight=False)
