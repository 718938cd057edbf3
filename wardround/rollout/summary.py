"""A plan as Markdown for the people who review it: names as they say them, host names second."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from wardround.rollout.limits import counted
from wardround.rollout.plan import Plan, Service, Wave

if TYPE_CHECKING:
    from wardround.intent import Intent
    from wardround.intent.models import LocalName


def markdown(intent: Intent, plan: Plan) -> str:
    """The summary of `plan`, made from `intent`, for a pull-request comment: under 65,536 characters."""
    return "\n".join(
        [
            *_heading(intent, plan),
            *_release(intent, plan),
            *_waves(intent, plan),
            *_coverage(plan),
            *_excluded(plan),
            f"Plan SHA-256 `{plan.sha256}`, made from inputs `{plan.inputs_sha256}`.",
            "",
        ]
    )


def _heading(intent: Intent, plan: Plan) -> Iterator[str]:
    name = intent.releases.products[plan.product].display_name
    yield f"## {_both(name)}: {plan.from_version} → {plan.to_version}"
    yield ""
    if plan.what_if:
        wanted = intent.releases.products[plan.product].wanted
        yield f"**A what-if, not to be applied:** the hospital wants {wanted}."
        yield ""
    fewest = "the fewest possible" if not plan.gap else f"{plan.gap} more than the proven minimum"
    size = f"**{counted(len(plan.hosts), 'machine')} in {counted(len(plan.waves), 'wave')}**"
    yield f"{size}, {fewest}: {_plain(plan.bound_sentence)}."
    yield ""


def _release(intent: Intent, plan: Plan) -> Iterator[str]:
    release = intent.releases.products[plan.product].versions[plan.to_version]
    approved = release.approved
    owner = intent.hospital.owners[approved.by]
    who = f"{_plain(owner.name)} ({_plain(owner.contact)})"
    yield f"- Approved by {who} on {approved.date}: {_plain(approved.reference)}"
    yield f"- Artifact `{release.artifact}`, SHA-256 `{release.sha256}`"
    yield from (f"- Hazard: {_both(hazard)}" for hazard in release.hazards)
    if not release.hazards:
        yield "- Hazards: none stated"
    planned = {host.department for host in plan.hosts}
    changes = [(name, text) for name, text in sorted(release.changes.items()) if name in planned]
    yield from _some([f"- {_department(intent, name)}: {_both(text)}" for name, text in changes], 20, "- ")
    for name in sorted(planned):
        if intent.hospital.departments[name].windows != "always":
            yield f"- {_department(intent, name)} has change windows: this plan has no times, start its waves in them"
    yield ""


def _waves(intent: Intent, plan: Plan) -> Iterator[str]:
    yield "| wave | machines | who goes | who keeps working |"
    yield "|---|---|---|---|"
    for wave in plan.waves:
        hosts = _some([_host(intent, host.name) for host in wave.hosts], 6)
        kept = _some([_kept(intent, one) for one in _tightest_first(intent, wave)], 4)
        size = f"{len(wave.hosts)}" if wave.kind == "canary" else f"{len(wave.hosts)} (cap {wave.cap})"
        kind = " canary" if wave.kind == "canary" else ""
        yield f"| `{wave.name}`{kind} | {size} | {'<br>'.join(hosts)} | {'<br>'.join(kept)} |"
    yield ""
    yield f"Each wave soaks {plan.waves[0].soak_seconds} s before the next, and any failure holds it."
    if plan.journey:
        yield "The patient's journey is walked before the first wave and after each; a failed one holds."
    yield (
        "A machine in use gets the release beside the old one and is restarted when its user has left;"
        f" one that is still in use after {plan.restart_deadline_minutes} min holds its wave."
    )
    planned = {host.name for host in plan.hosts}
    sets = [
        f"{_both(one.display_name)} at most {one.max_out} of {len(one.members)} out"
        for one in intent.hospital.redundancy_sets.values()
        if planned.intersection(one.members)
    ]
    if sets:
        yield f"Redundancy sets held: {'; '.join(_some(sets, 8))}."
    yield ""


def _coverage(plan: Plan) -> Iterator[str]:
    yield "<details><summary>What the canary covers: every model / OS / peripheral</summary>"
    yield ""
    yield "| combination | by |"
    yield "|---|---|"
    for one in islice(plan.canary, 200):
        yield f"| {_plain(one.combination)} | {', '.join(_some([f'`{host}`' for host in one.hosts], 3))} |"
    if len(plan.canary) > 200:
        yield f"| and {len(plan.canary) - 200} more | see the plan file |"
    yield ""
    yield "</details>"
    yield ""


def _excluded(plan: Plan) -> Iterator[str]:
    if not plan.excluded:
        return
    hosts: dict[str, list[str]] = defaultdict(list)
    for one in plan.excluded:
        hosts[one.reason].append(f"`{one.host}`")
    yield f"**{counted(len(plan.excluded), 'workstation')} left alone:**"
    yield ""
    lines = [f"- {_plain(reason)}: {', '.join(_some(names, 6))}" for reason, names in sorted(hosts.items())]
    yield from _some(lines, 10, "- ")
    yield ""


def _tightest_first(intent: Intent, wave: Wave) -> list[Service]:
    tier = {name: one.tier for name, one in intent.hospital.departments.items()}
    return sorted(wave.departments, key=lambda one: (one.keeps - one.floor, tier[one.name], one.name))


def _kept(intent: Intent, one: Service) -> str:
    return f"{_department(intent, one.name)} keeps {one.keeps} of {one.machines} (floor {one.floor})"


def _department(intent: Intent, name: str) -> str:
    return _both(intent.hospital.departments[name].display_name)


def _host(intent: Intent, name: str) -> str:
    shown = intent.hosts[name].display_name
    return f"`{name}`" if shown.en == shown.zh == name else f"{_both(shown)} `{name}`"


def _both(name: LocalName) -> str:
    return _plain(name.en) if name.en == name.zh else f"{_plain(name.en)} ({_plain(name.zh)})"


def _plain(text: str) -> str:
    """Text that Markdown and HTML show as it is, within a table cell too."""
    return "".join(f"&#{ord(one)};" if one in "\\`*_[]<>|&@#~" else one for one in text)


def _some(items: Sequence[str], limit: int, lead: str = "") -> list[str]:
    """The first items, and how many more there are."""
    return [*items[:limit], *([f"{lead}and {len(items) - limit} more"] if len(items) > limit else [])]
