"""Which links a hospital measures, in `group_vars/all/link_checks.yml`: between whom, how much, what is too bad."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from wardround.intent.models import HostName, Key, Model, _at_least
from wardround.intent.network import PortNumber

Direction = Literal["forward", "backward"]
NoLess = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]


class Thresholds(Model):
    """How far a check may be from what is usual on its link.

    throughput: share of the usual one that is enough. loss_percent: percentage points more than usual.
    latency: times the usual one, and latency_margin_ms more, because twice a tenth of a millisecond is nothing.
    """

    throughput: Annotated[float, Field(strict=True, gt=0, le=1)] = 0.9
    loss_percent: NoLess = 0.5
    latency: Annotated[float, Field(strict=True, ge=1, allow_inf_nan=False)] = 2.0
    latency_margin_ms: NoLess = 2.0


class Link(Model):
    """A link between two hosts. source, destination: `from` and `to`; forward is from the one to the other.

    rate_mbits: what each flow is limited to, in Mbit/s: well below what the link carries, so that no check fills it.
    seconds: of each flow; a direction has two, one after the other.
    """

    source: HostName = Field(alias="from")
    destination: HostName = Field(alias="to")
    rate_mbits: Annotated[float, Field(strict=True, gt=0, le=100_000)]
    seconds: Annotated[int, Field(strict=True, ge=1, le=60)] = 5
    directions: Annotated[tuple[Direction, ...], _at_least(1)] = ("forward", "backward")
    thresholds: Thresholds = Thresholds()


class LinkChecks(Model):
    """port: TCP and UDP, of the server that a destination has while its link is measured. links: by name."""

    port: PortNumber = 5201
    links: Annotated[dict[Key, Link], _at_least(1)]
