"""A desk has exactly the clients that the intent gives it; what it has besides them is not ours to judge."""

from __future__ import annotations

from typing import Any

import pytest

from wardround.clinical.answered import EVERY_DESK
from wardround.clinical.desk_clients import KEPT_THERE, judge
from wardround.clinical.judges import DECLARED, JUDGES

PRODUCTS = ["his_client", "his_server", "lis_client", "pacs_client", "bed_board"]
HIS, LIS, PACS = {"his_client": "5.0.2"}, {"lis_client": "5.0.0"}, {"pacs_client": "3.13.2"}


def told(clients: list[str], installed: Any) -> tuple[bool, str]:
    expected = {"clients": clients, "products": PRODUCTS}
    (check,) = judge(expected, {"clients": {"installed": installed}})
    assert (check.name, check.expected) == ("clients", f"{', '.join(clients) or 'none'} and no other")
    return check.ok, check.found


@pytest.mark.parametrize(
    ("clients", "installed", "found"),
    [
        (["his_client", "pacs_client"], {**HIS, **PACS}, "his_client 5.0.2, pacs_client 3.13.2"),
        (["his_client"], {**HIS, "vendor_tool": "1"}, "his_client 5.0.2"),
        (["his_client", "bed_board"], {**HIS, "bed_board": "1.0.0"}, "his_client 5.0.2, bed_board 1.0.0"),
        (["his_client", "bed_board"], HIS, "his_client 5.0.2"),  # a bed board by an installer of its own
        ([], {}, "none in /opt/wardround"),
    ],
)
def test_a_desk_that_has_its_clients_and_no_other_is_proved(
    clients: list[str], installed: dict[str, str], found: str
) -> None:
    assert told(clients, installed) == (True, found)


@pytest.mark.parametrize(
    ("clients", "installed", "found"),
    [
        (["his_client"], {**HIS, **LIS}, "lis_client 5.0.0 is in /opt/wardround too"),
        (["his_client"], {**HIS, "bed_board": "1.0.0"}, "bed_board 1.0.0 is in /opt/wardround too"),
        (["his_client", "lis_client"], HIS, "lis_client is not installed"),
        (["pacs_client"], HIS, "pacs_client is not installed; his_client 5.0.2 is in /opt/wardround too"),
        ([], PACS, "pacs_client 3.13.2 is in /opt/wardround too"),
    ],
)
def test_a_stray_or_missing_client_is_named(clients: list[str], installed: dict[str, str], found: str) -> None:
    assert told(clients, installed) == (False, found)


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (None, "not asked: there is no answer"),
        ({}, "not asked: there is no answer"),
        ({"installed": ["his_client"]}, "not asked: there is no answer"),
        ({"msg": "/opt/wardround cannot be read"}, "/opt/wardround cannot be read"),
    ],
)
def test_no_answer_is_no_proof(answer: Any, found: str) -> None:
    (check,) = judge({"clients": ["his_client"], "products": PRODUCTS}, {"clients": answer})
    assert (check.ok, check.found) == (False, found)


def test_each_client_of_ours_is_judged_so_and_nothing_else_is() -> None:
    asked = {"clients": ["his_client"], "products": PRODUCTS, "version": "1", "health_checks": {"1": []}}
    having = {kind for kind, how in JUDGES.items() if "clients" in [check.name for check in how(asked, {})]}
    assert having == set(KEPT_THERE) == set(JUDGES) - {DECLARED, *EVERY_DESK}


@pytest.mark.parametrize("clients", [{}, {"clients": None}, {"clients": ""}])
def test_a_machine_whose_clients_nobody_wrote_down_is_not_asked(clients: dict[str, Any]) -> None:
    assert "clients" not in [check.name for check in JUDGES["pacs_client"](clients, {})]
