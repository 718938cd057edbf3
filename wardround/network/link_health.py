"""Is a link as it usually is? What was measured, compared with the link's own good checks."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from wardround.intent.link_checks import Link, Thresholds

KEPT: Final = 10
"""Good checks whose median is the baseline: one that was a little off moves it little."""

_UNITS: Final = {"throughput": "Mbit/s", "loss": "%", "latency": "ms"}
_JUDGED: Final = {
    "throughput_forward": ("throughput", "throughput forward"),
    "throughput_backward": ("throughput", "throughput backward"),
    "loss_forward": ("loss", "loss forward"),
    "loss_backward": ("loss", "loss backward"),
    "ping": ("latency", "ping"),
    "round_trip_forward": ("latency", "round trip under load"),
}


@dataclass(frozen=True)
class LinkCheck:
    """One check of a link, as it is kept. The first five are what was asked: only checks that asked the same compare.

    at: UTC, ISO 8601; figures: throughput_ in Mbit/s, loss_ in percent, times in ms, retransmits_; faults: what could
    not be measured; findings: what was worse than usual; accepted: why it is usual from now on.
    """

    link: str
    source: str
    destination: str
    rate_mbits: float
    seconds: int
    at: str
    figures: Mapping[str, float]
    faults: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    accepted: str | None = None

    @property
    def good(self) -> bool:
        """Whether it may count for the baseline."""
        return not self.faults and (self.accepted is not None or not self.findings)

    @property
    def asked(self) -> tuple[Any, ...]:
        return (self.link, self.source, self.destination, self.rate_mbits, self.seconds)


def judge(
    name: str,
    link: Link,
    history: Sequence[LinkCheck],
    at: str,
    figures: Mapping[str, float],
    faults: Sequence[str] = (),
    accepted: str | None = None,
) -> LinkCheck:
    """The check with what is worse than usual. history: of the link, oldest first; accepted: a reason.

    Without a baseline the link must carry the rate it was asked for, without loss: what is broken on the first day
    does not become usual by itself. What could not be measured is never accepted.
    """
    new = LinkCheck(name, link.source, link.destination, link.rate_mbits, link.seconds, at, dict(figures), (*faults,))
    before = baseline(history, new)
    asked = {"throughput": link.rate_mbits, "loss": 0.0}
    findings = []
    for key, (kind, _label) in _JUDGED.items():
        usual = before.get(key, asked.get(kind))
        if key in figures and usual is not None and _worse(kind, figures[key], usual, link.thresholds):
            word = "usually" if key in before else "expected"
            findings.append(f"{_told(key, figures[key])}, {word} {_value(kind, usual)}")
    if findings:
        findings += _sent_again(figures, before)
    reason = accepted if not faults else None
    return replace(new, findings=tuple(findings), accepted=reason)


def baseline(history: Sequence[LinkCheck], like: LinkCheck) -> dict[str, float]:
    """What is usual: of each figure the median of the last good checks that asked the same, none before an acceptance.

    Empty where there is none.
    """
    alike = [check for check in history if check.asked == like.asked]
    start = max((number for number, check in enumerate(alike) if check.accepted is not None), default=0)
    good = [check for check in alike[start:] if check.good][-KEPT:]
    names = {name for check in good for name in check.figures}
    return {name: statistics.median(c.figures[name] for c in good if name in c.figures) for name in sorted(names)}


def sentence(history: Sequence[LinkCheck]) -> str:
    """How the link is by its last check, for a technician: what was measured, what is usual, since when."""
    last = history[-1]
    way = f"{last.link} ({last.source} to {last.destination})"
    if last.good:
        first = not baseline(history[:-1], last)
        state = f"accepted, {last.accepted}" if last.accepted else "first check, its baseline" if first else "as usual"
        return f"{way}: {state}: {', '.join(_told(key, last.figures[key]) for key in _JUDGED if key in last.figures)}"
    run: list[LinkCheck] = []
    for check in reversed(history):
        if check.good:
            break
        run.append(check)
    since = f"since {run[-1].at}" + (f", {len(run)} checks" if len(run) > 1 else "")
    return f"{way}: {'; '.join([*last.faults, *last.findings, since])}"


def opening_fault(source: str, destination: str, opened: Mapping[str, Any], measured: Mapping[str, Any]) -> str | None:
    """Why nothing was measured, from the results of the two tasks; None where the second one has answered."""
    for host, result in ((destination, opened), (source, measured)):
        if result.get("unreachable"):
            return f"{host} cannot be reached by Ansible: {result.get('msg', 'no reason given')}"
    said = str(opened.get("stderr") or opened.get("msg") or "no reason given").strip().splitlines()[0]
    if opened.get("rc") != 0:
        if "already" in said:
            return f"another check has {destination} as its end now: {said}"
        return f"iperf3 cannot be started on {destination}: {said}"
    if measured.get("failed") or "figures" not in measured:
        return f"{source} did not measure: {str(measured.get('msg', 'no reason given')).strip()}"
    return None


def plan(name: str, link: Link) -> str:
    """What a check of the link sends, for people."""
    each = f"{link.rate_mbits:g} Mbit/s for {link.seconds} s {' and '.join(link.directions)}"
    return f"{name} ({link.source} to {link.destination}) with {each}"


def deadline(link: Link) -> int:
    """Seconds after which the far end closes by itself, whatever became of the check."""
    return 60 + 8 * len(link.directions) * (link.seconds + 10)  # two kinds of flow, and some are tried again


def _worse(kind: str, value: float, usual: float, limits: Thresholds) -> bool:
    if kind == "throughput":
        return value < usual * limits.throughput
    if kind == "loss":
        return value > usual + limits.loss_percent
    return value > usual * limits.latency + limits.latency_margin_ms


def _sent_again(figures: Mapping[str, float], before: Mapping[str, float]) -> list[str]:
    """Evidence beside a finding; alone it is none, because TCP sends again for many reasons."""
    return [
        f"TCP sent {figures[key]:.0f} segments again {key.partition('_')[2]}"
        + (f", usually {before[key]:.0f}" if key in before else "")
        for key in ("retransmits_forward", "retransmits_backward")
        if figures.get(key, 0) > before.get(key, 0)
    ]


def _told(key: str, value: float) -> str:
    kind, label = _JUDGED[key]
    return f"{label} {_value(kind, value)}"


def _value(kind: str, value: float) -> str:
    return f"{value:.{1 if kind == 'throughput' else 2}f} {_UNITS[kind]}"
