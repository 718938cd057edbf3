"""A proof is about a network: what packets notice changes the digest, what people are told does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.unit.network.intents import HOSTS, NAME, flow, small
from wardround.network.digest import intent_sha256

BEFORE = small()
ZONES = {name: zone.model_dump(mode="json") for name, zone in BEFORE.zones.items()}
FLOW = flow("guest", "servers", "dns")


def flows(**changes: Any) -> dict[str, Any]:
    return {name: one.model_dump(mode="json", by_alias=True) for name, one in BEFORE.flows.items()} | {
        "guest_resolves": {**FLOW, **changes}
    }


@pytest.mark.parametrize(
    "change",
    [
        {"flows": flows(reason="another", owner="somebody")},
        {"zones": {**ZONES, "guest": {**ZONES["guest"], "display_name": {"en": "Visitors", "zh": "访客"}}}},
    ],
)
def test_words_change_nothing(change: dict[str, Any]) -> None:
    assert intent_sha256(small(**change), HOSTS) == intent_sha256(BEFORE, HOSTS)
    assert NAME["en"] != "Visitors"


@pytest.mark.parametrize(
    "change",
    [
        {"flows": flows(service="ping")},
        {"flows": flows(to="imaging")},
        {"zones": {**ZONES, "guest": {**ZONES["guest"], "vlan": 61}}},
    ],
)
def test_what_packets_notice_changes_it(change: dict[str, Any]) -> None:
    assert intent_sha256(small(**change), HOSTS) != intent_sha256(BEFORE, HOSTS)


def test_the_address_of_a_host_that_a_flow_names_counts() -> None:
    moved = {**HOSTS, "pacs-01": replace(HOSTS["pacs-01"], address="10.40.0.6")}
    other = {**HOSTS, "print-09": replace(HOSTS["pacs-01"], address="10.40.0.9")}
    assert intent_sha256(BEFORE, moved) != intent_sha256(BEFORE, HOSTS) == intent_sha256(BEFORE, other)
