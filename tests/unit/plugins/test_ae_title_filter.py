"""The AE title of a host, as roles ask for it."""

from __future__ import annotations

import importlib.util
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FILTER = Path(__file__).parents[3] / "plugins/filter/ae_title.py"


class FilterError(Exception):
    """Stands for Ansible's: its controller, once imported, takes the warnings that other tests read of modules."""


@pytest.fixture
def ae_title(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    errors = types.ModuleType("ansible.errors")
    errors.__dict__["AnsibleFilterError"] = FilterError
    monkeypatch.setitem(sys.modules, "ansible.errors", errors)
    spec = importlib.util.spec_from_file_location("ae_title_filter", FILTER)
    assert spec and spec.loader
    plugin = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(plugin)
    found: Callable[..., str] = plugin.ae_title
    return found


def host(pattern: str | None, **own: str) -> dict[str, Any]:
    departments = {"radiology": {"ae_title_pattern": pattern} if pattern else {}}
    return {"group_names": ["dept_radiology"], "hospital": {"departments": departments}, **own}


def test_a_host_has_its_own_title_or_its_departments(ae_title: Callable[..., str]) -> None:
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
def test_what_gives_none_is_named(ae_title: Callable[..., str], variables: dict[str, Any], said: str) -> None:
    with pytest.raises(FilterError, match=said):
        ae_title("rad-ws", variables)
