"""The one clock: wall time for people, never for order."""

from __future__ import annotations

import datetime


def now() -> str:
    """UTC now, ISO 8601 with seconds."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def today() -> datetime.date:
    """The day it is here, as people count it."""
    return datetime.datetime.now().astimezone().date()


def seconds_since(moment: str) -> float:
    """Seconds from an ISO 8601 moment until now."""
    return (datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(moment)).total_seconds()


def seconds_between(earlier: str, later: str) -> float:
    """Seconds from one ISO 8601 moment to another."""
    return (datetime.datetime.fromisoformat(later) - datetime.datetime.fromisoformat(earlier)).total_seconds()
