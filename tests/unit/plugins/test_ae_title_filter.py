"""The AE title of a host, as roles ask for it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.wardround.hospital.plugins.filter.ae_title import ae_title


def host(pattern: str | None, **own: str) -> dict[str, Any]:
    departments = {"radiology": {"ae_title_pattern": pattern} if pattern else {}}
    return {"group_names": ["dept_radiology"], "hospital": {"departments": departments}, **own}


def test_a_host_has_its_own_title_or_its_departments() -> None:
    assert ae_title("rad-ws-07", host("RAD_{n}")) == "RAD_7"
    assert ae_title("rad-ws-07", host("RAD_{n}", ae_title="FILMS")) == "FILMS"


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        (host(None), "rad-ws has no ae_title, and hospital.departments.radiology no ae_title_pattern"),
        ({"group_names": ["dept_radiology"]}, "rad-ws has no ae_title, and hospital.departments.radiology no ae_"),
        ({"group_names": []}, "rad-ws has no ae_title and is in 0 departments"),
        (
            host("RAD_{n}"),
            r"rad-ws gets no AE title by the pattern RAD_\{n\}: allowed is a host name that ends in a num",
        ),
    ],
)
def test_what_gives_none_is_named(variables: dict[str, Any], said: str) -> None:
    with pytest.raises(AnsibleFilterError, match=said):
        ae_title("rad-ws", variables)
