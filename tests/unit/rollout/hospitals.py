"""Small hospitals for planner tests: as intent, as requests, drawn at random, and planned by trying everything."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from fractions import Fraction
from functools import cache
from itertools import combinations as subsets
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from wardround.intent import Host, Intent
from wardround.intent.models import Hospital, LocalName, Releases
from wardround.rollout.request import Department, Machine, RedundancySet, Request


def machine(name: str, department: str, model: str = "z2", peripherals: Iterable[str] = ()) -> Machine:
    return Machine(name, department, model, "debian-13", tuple(sorted(peripherals)))


def request(
    machines: Iterable[Machine],
    budgets: dict[str, int],
    sets: Iterable[RedundancySet] = (),
    tiers: dict[str, int] | None = None,
    growth: str = "3",
) -> Request:
    """An upgrade of exactly these machines; `budgets`: how many of a department may be out."""
    machines = tuple(machines)
    size = {name: sum(one.department == name for one in machines) for name in budgets}
    return Request(
        product="pacs_client",
        from_version="3.12.0",
        to_version="3.13.2",
        wanted="3.13.2",
        soak_seconds=2,
        growth=Fraction(growth),
        machines=machines,
        departments=tuple(
            Department(name, (tiers or {}).get(name, 2), size[name] - budget, size[name])
            for name, budget in budgets.items()
        ),
        sets=tuple(sets),
    )


@st.composite
def requests(draw: st.DrawFn, most: int = 7, overlap: bool = False) -> Request:
    """Hospitals of up to `most` machines in up to three departments; sets are disjoint unless `overlap`."""
    names = [f"ws-{number}" for number in range(draw(st.integers(1, most)))]
    machines = [
        machine(
            name,
            draw(st.sampled_from(["hall", "lab", "ward"])),
            draw(st.sampled_from(["z2", "z4"])),
            draw(st.sets(st.sampled_from(["card", "label", "scanner"]), max_size=2)),
        )
        for name in names
    ]
    departments = sorted({one.department for one in machines})
    sets, free = [], list(names)
    for number in range(draw(st.integers(0, 2))):
        members = draw(st.sets(st.sampled_from(free), max_size=4)) if free else set()
        if members:
            sets.append(RedundancySet(f"set_{number}", tuple(sorted(members)), draw(st.integers(1, 2))))
        if not overlap:
            free = [name for name in free if name not in members]
    return request(
        machines,
        {name: draw(st.integers(1, 3)) for name in departments},
        sets,
        {name: draw(st.integers(1, 3)) for name in departments},
        draw(st.sampled_from(["1", "1.5", "2", "3"])),
    )


def allowed(wish: Request, names: Iterable[str]) -> bool:
    """True where these machines may go together."""
    out = set(names)
    home = {one.name: one.department for one in wish.machines}
    return all(sum(home[name] == one.name for name in out) <= one.budget for one in wish.departments) and all(
        len(out.intersection(one.members)) <= one.max_out for one in wish.sets
    )


def least_canary(wish: Request) -> int | None:
    """The size of the smallest first wave, by trying all; None where there is none."""
    covers = {one.name: set(one.combinations) for one in wish.machines}
    everything = set().union(*covers.values())
    for size in range(1, len(covers) + 1):
        for names in subsets(sorted(covers), size):
            if set().union(*(covers[name] for name in names)) == everything and allowed(wish, names):
                return size
    return None


def least_waves(wish: Request, canary: Iterable[str]) -> int:
    """The least number of waves, the first included, that can follow `canary`, by trying all."""
    first = frozenset(canary)

    @cache
    def rest(left: frozenset[str], size: int) -> int:
        if not left:
            return 0
        # Taking a machine more never makes the rest harder, so only waves that cannot be extended are tried.
        possible = [
            frozenset(names)
            for count in range(1, min(len(left), wish.cap_after(size)) + 1)
            for names in subsets(sorted(left), count)
            if allowed(wish, names)
        ]
        largest = [names for names in possible if not any(names < other for other in possible)]
        return 1 + min(rest(left - names, len(names)) for names in largest)

    return 1 + rest(frozenset(one.name for one in wish.machines) - first, len(first))


def intent(
    floor: int = 2, wanted: str = "3.13.2", growth: float = 3.0, os: str = "debian-13", **releases: Any
) -> Intent:
    """Radiology with four desks, one of them on another system, and registration with two windows in a set."""
    hosts = {
        name: _host(name, f"10.0.0.{number}", *words)
        for number, (name, words) in enumerate(
            {
                "rad-1": ("radiology", "z2", os, ("display", "microphone")),
                "rad-2": ("radiology", "z2", os, ("display",)),
                "rad-3": ("radiology", "z2", os, ("display",)),
                "rad-4": ("radiology", "z2", "windows-11", ()),
                "reg-1": ("registration", "optiplex", os, ("card_reader",)),
                "reg-2": ("registration", "optiplex", os, ("card_reader",)),
            }.items()
        )
    }
    hospital = {
        "name": {"en": "Test hospital", "zh": "测试医院"},
        "owners": {"it": {"name": "Radiology IT", "contact": "ext. 1"}},
        "departments": {
            "radiology": _department("Radiology", "放射科", 1, floor),
            "registration": _department("Registration", "挂号处", 2, 1),
        },
        "redundancy_sets": {
            "hall": {
                "display_name": {"en": "Registration hall", "zh": "挂号大厅"},
                "members": ["reg-1", "reg-2"],
                "max_out": 1,
            }
        },
        "rollout": {"soak_seconds": 2, "growth": growth},
    }
    versions = {version: _release(version) | releases for version in ("3.12.0", "3.13.2", "3.14.0")}
    product = {
        "display_name": {"en": "PACS viewer", "zh": "影像浏览器"},
        "current": "3.12.0",
        "wanted": wanted,
        "versions": versions,
    }
    return Intent(
        Path(__file__).parents[3] / "inventories/lab",  # the roles beside it say which systems are supported
        Hospital.model_validate(hospital),
        Releases.model_validate({"share": "http://10.0.0.9/releases", "products": {"pacs_client": product}}),
        hosts,
        {"workstations": tuple(hosts)},
    )


def _host(name: str, address: str, department: str, model: str, os: str, peripherals: tuple[str, ...]) -> Host:
    shown = LocalName(en=f"Desk {name}", zh=f"{name} 号台")
    groups = frozenset({"all", "workstations", f"dept_{department}"})
    return Host(name, groups, department, address, None, model, os, peripherals, None, shown, ("pacs_client",), {})


def _department(en: str, zh: str, tier: int, floor: int) -> dict[str, Any]:
    shown = {"en": en, "zh": zh}
    return {"display_name": shown, "owner": "it", "tier": tier, "floor": floor, "windows": "always"}


def _release(version: str) -> dict[str, Any]:
    return {
        "artifact": f"ohif-{version}.tar",
        "sha256": "5" * 64,
        "approved": {"by": "it", "date": datetime.date(2026, 11, 2), "reference": "VA-1"},
        "hazards": [{"en": "Reload open pages.", "zh": "请刷新页面。"}],
        "changes": {"radiology": {"en": "Faster.", "zh": "更快。"}},
        "health_checks": ["version", "frame"],
    }
