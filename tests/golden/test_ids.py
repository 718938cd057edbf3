"""What a sensor of a small hospital alerts on, kept and reviewed like code; and what its role's scenario loads.

After a wished-for change: `UPDATE_GOLDEN=1 python -m pytest tests/golden/test_ids.py`, then read the diff.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.unit.network.intents import HOSTS, flow, rules_of, small
from wardround.intent.network import Network
from wardround.network.suricata import render

GOLDEN = Path(__file__).parent / "network/ids"
SCENARIO = Path(__file__).parents[2] / "molecule/intrusion_detection/files"


def with_flows(**flows: Any) -> Network:
    """The small hospital, that speaks HL7 as well, with more flows."""
    written = small().model_dump(by_alias=True)
    services = written["services"] | {"hl7": {"protocol": "tcp", "ports": [2575]}}
    return small(services=services, flows=written["flows"] | flows)


def text(network: Network) -> str:
    return render(network.zones, rules_of(network, HOSTS))


RIGHT = {"mr_orders": flow("mr-01", "pacs-01", "hl7")}
WIDER = RIGHT | {"imaging_to_pacs": flow("imaging", "pacs-01", "dicom")}
FILES = {
    GOLDEN / "small.rules": text(small()),
    SCENARIO / "right.rules": text(with_flows(**RIGHT)),
    SCENARIO / "wider.rules": text(with_flows(**WIDER)),
    SCENARIO / "broken.rules": text(with_flows(**WIDER)).replace("flow:established", "flow:estabished", 1),
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_file_is_as_reviewed(path: Path) -> None:
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(FILES[path], encoding="utf-8")
    assert FILES[path] == path.read_text(encoding="utf-8"), f"{path.name} differs"
