"""The engine's settings: one JSON file, written by `lab/engine/deploy.py`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Destination:
    """Who takes messages. application, facility: MSH-5 and MSH-6. deadline: seconds from connecting to the answer."""

    name: str
    host: str
    port: int
    application: str
    facility: str
    deadline: float = 10.0

    @property
    def peer(self) -> str:
        """As a technician looks for it."""
        return f"{self.name} ({self.host}:{self.port})"


@dataclass(frozen=True)
class Config:
    """See `lab/engine/README.md`. servers: what a Tryton session needs, by name (his, lis)."""

    application: str
    facility: str
    state: Path
    listen: Mapping[str, tuple[str, int]]
    destinations: Mapping[str, Destination]
    servers: Mapping[str, Mapping[str, str]]
    examinations: Mapping[str, Mapping[str, str]]
    poll_seconds: float = 0.5
    server_deadline: float = 4.0


def load(path: Path) -> Config:
    """The settings in a file; OSError, ValueError, KeyError or TypeError when they are not there or not whole."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    destinations = {name: Destination(name=name, **values) for name, values in found.pop("destinations").items()}
    listen = {name: (str(host), int(port)) for name, (host, port) in found.pop("listen").items()}
    return Config(state=Path(found.pop("state")), listen=listen, destinations=destinations, **found)
