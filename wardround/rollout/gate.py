"""Whether the wave after this one may go: a pure function of plan, record and soaked seconds."""

from __future__ import annotations

from dataclasses import dataclass

from wardround.rollout.plan import Plan
from wardround.rollout.progress import LEFT_ALONE, TROUBLED, History, State, explain, statuses


@dataclass(frozen=True)
class Verdict:
    """verdict: promote, hold or stop; `soak` is the seconds still to wait where only time is missing."""

    verdict: str
    reason: str
    soak: float = 0.0


def after_wave(plan: Plan, wave_name: str, history: History, seconds_since_change: float) -> Verdict:
    """The verdict of the gate behind a wave.

    Any failure holds; so does a planned host that no verify run reached since the wave changed anything:
    missing health data is not health; and so does a patient's journey that failed, or was not walked since, where the
    plan has one. `seconds_since_change`: since the wave's last change ended.
    """
    if blamed := [record for record in history.newest_classification.values() if record.cause == "release"]:
        return Verdict("stop", f"{blamed[0].host}: the release's fault: {blamed[0].reason}")
    found = statuses(plan, history)
    if troubled := [host for host, one in found.items() if one.state in TROUBLED]:
        return Verdict("hold", explain(troubled, found))
    wave = next(one for one in plan.waves if one.name == wave_name)
    members = [host.name for host in wave.hosts]
    if late := [host for host in members if found[host].state not in LEFT_ALONE | {State.DONE}]:
        return Verdict("hold", f"{wave_name} is not complete: {explain(late, found)}")
    done = sum(found[host].state == State.DONE for host in members)
    skipped = all(found[host].state == State.SKIPPED for host in members)
    if not done and (wave.kind == "canary" or not skipped):
        return Verdict("hold", f"no machine of {wave_name} runs {plan.to_version}: nothing was learnt, plan again")
    changed = history.last_change(wave_name)
    unheard = [
        host
        for host, one in found.items()
        if one.state in (State.DONE, State.WAITING)
        and ((proof := history.newest_proof.get(host)) is None or proof.seq < changed)
    ]
    if unheard:
        return Verdict("hold", f"no answer since {wave_name} from {', '.join(unheard)}: unreachable is not success")
    if plan.journey and (reason := _unwalked(wave_name, history, changed)):
        return Verdict("hold", reason)
    if seconds_since_change < wave.soak_seconds:
        left = wave.soak_seconds - seconds_since_change
        return Verdict("hold", f"{wave_name} soaks for {left:.0f} s more", soak=left)
    return Verdict("promote", f"{done} of {len(members)} in {wave_name} proved, no planned host is in trouble")


def _unwalked(wave_name: str, history: History, changed: int) -> str:
    """Why the patient's journey says nothing good about the hospital as it is now; empty where it does."""
    walked = history.newest_journey
    if walked is None or walked.seq < changed:
        return f"the patient's journey was not walked since {wave_name}"
    return "" if walked.ok else f"the patient's journey failed: {walked.sentence}"
