"""Has a desk exactly the client products that the intent gives it? A verdict over answers; nothing is asked here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from wardround.clinical.verdict import NOT_ASKED
from wardround.evidence.check import Check

ROOT: Final = "/opt/wardround"
# Those whose roles keep releases under ROOT. A hospital's own product may come by another installer: that it is not
# there says nothing, and its own proof says whether the desk has it.
KEPT_THERE: Final = ("his_client", "lis_client", "pacs_client")


def judge(expected: Mapping[str, Any], answers: Mapping[str, Any]) -> list[Check]:
    """One check, `clients`; none where the intent does not say what clients the machine has.

    expected: `clients`, the desk's; `products`, all of the hospital's releases: what else is installed is not ours.
    answers: `clients`, as the module `clients_probe` returns it. Nothing raises.
    """
    clients, products = _names(expected.get("clients")), _names(expected.get("products"))
    if clients is None:
        return []
    wanted, answer = f"{', '.join(clients) or 'none'} and no other", answers.get("clients")
    if not isinstance(answer, Mapping) or not isinstance(installed := answer.get("installed"), Mapping):
        why = answer.get("msg") if isinstance(answer, Mapping) else None
        return [Check("clients", False, wanted, str(why or NOT_ASKED))]
    has = [str(name) for name in installed if name in (products or ()) or name in clients]
    wrong = [f"{name} is not installed" for name in clients if name in KEPT_THERE and name not in has]
    wrong += [f"{name} {installed[name]} is in {ROOT} too" for name in has if name not in clients]
    found = "; ".join(wrong) or ", ".join(f"{name} {installed[name]}" for name in has)
    return [Check("clients", not wrong, wanted, found or f"none in {ROOT}")]


def _names(value: Any) -> list[str] | None:
    return [str(name) for name in value] if isinstance(value, list | tuple) else None
