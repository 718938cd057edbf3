"""What Orthanc is told, as the template writes it."""

from __future__ import annotations

import json
from pathlib import Path

import jinja2

TEMPLATE = Path(__file__).parents[3] / "roles/pacs_server/templates/orthanc.json.j2"


def test_a_peer_is_known_by_the_exact_spelling_that_its_rules_are_kept_under() -> None:
    environment = jinja2.Environment()
    environment.filters["to_nice_json"] = lambda value, ensure_ascii: json.dumps(value, default=str)
    settings = json.loads(environment.from_string(TEMPLATE.read_text()).render(pacs_server_user="workstation"))
    assert settings["StrictAetComparison"] is True
