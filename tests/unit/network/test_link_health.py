"""Is a link as usual: what is degraded, what becomes usual, since when."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from wardround.intent.link_checks import Link
from wardround.network.link_health import KEPT, LinkCheck, baseline, deadline, judge, opening_fault, plan, sentence

LINK = Link.model_validate({"from": "rad-ws-01", "to": "pacs-01", "rate_mbits": 20})
GOOD = {"throughput_forward": 20.0, "loss_forward": 0.0, "ping": 0.2, "retransmits_forward": 2.0}


def check(history: list[LinkCheck], link: Link = LINK, **more: Any) -> LinkCheck:
    """One more check of the link, an hour after the one before."""
    faults, accepted = more.pop("faults", ()), more.pop("accepted", None)
    at = f"2031-05-06T{len(history):02}:00:00Z"
    history.append(judge("images", link, history, at, {**GOOD, **more}, faults, accepted))
    return history[-1]


def usual(history: list[LinkCheck]) -> dict[str, float]:
    return baseline(history, history[-1])


def test_the_first_check_is_the_baseline() -> None:
    history: list[LinkCheck] = []
    assert check(history).good
    assert usual(history) == GOOD
    said = "images (rad-ws-01 to pacs-01): first check, its baseline: throughput forward 20.0 Mbit/s"
    assert sentence(history) == f"{said}, loss forward 0.00 %, ping 0.20 ms"
    check(history)
    assert sentence(history).startswith("images (rad-ws-01 to pacs-01): as usual: throughput")


def test_a_link_that_never_carried_its_rate_has_no_baseline() -> None:
    history: list[LinkCheck] = []
    assert not check(history, throughput_forward=9.5).good
    assert usual(history) == {}
    assert sentence(history) == (
        "images (rad-ws-01 to pacs-01): throughput forward 9.5 Mbit/s, expected 20.0 Mbit/s;"
        " TCP sent 2 segments again forward; since 2031-05-06T00:00:00Z"
    )
    assert check(history).good and usual(history) == GOOD


def test_each_figure_is_compared_with_what_is_usual() -> None:
    history: list[LinkCheck] = []
    check(history)
    findings = {
        "throughput_forward": (9.5, "throughput forward 9.5 Mbit/s, usually 20.0 Mbit/s"),
        "loss_forward": (3.07, "loss forward 3.07 %, usually 0.00 %"),
        "ping": (18.0, "ping 18.00 ms, usually 0.20 ms"),
    }
    for figure, (value, finding) in findings.items():
        assert check(history, **{figure: value}).findings == (finding,)
    for figure, value in (("throughput_forward", 18.1), ("loss_forward", 0.5), ("ping", 2.3)):
        assert check(history, **{figure: value}).good
    lossy = check(history, loss_forward=3.07, retransmits_forward=189)
    assert lossy.findings[-1] == "TCP sent 189 segments again forward, usually 2"
    assert check(history, retransmits_forward=189).good, "TCP alone is no finding"


def test_since_when_and_how_often() -> None:
    history: list[LinkCheck] = []
    check(history)
    for _hour in range(3):
        check(history, loss_forward=3.0)
    assert sentence(history).endswith("; since 2031-05-06T01:00:00Z, 3 checks")
    assert usual(history) == GOOD, "what is bad does not become usual"


def test_what_could_not_be_measured_is_neither_good_nor_accepted() -> None:
    history: list[LinkCheck] = []
    check(history)
    blocked = check(history, faults=("no answer from pacs-01 on tcp/5201",), accepted="it is so")
    assert (blocked.good, blocked.accepted) == (False, None)
    assert sentence(history) == (
        "images (rad-ws-01 to pacs-01): no answer from pacs-01 on tcp/5201; since 2031-05-06T01:00:00Z"
    )


def test_an_accepted_check_begins_a_new_baseline() -> None:
    history: list[LinkCheck] = []
    for _hour in range(3):
        check(history)
    assert check(history, throughput_forward=9.5, accepted="A line of 10 Mbit/s to the annex").good
    assert sentence(history).startswith(
        "images (rad-ws-01 to pacs-01): accepted, A line of 10 Mbit/s to the annex: throughput forward 9.5 Mbit/s"
    )
    assert usual(history)["throughput_forward"] == 9.5
    assert check(history, throughput_forward=9.4).good
    assert not check(history, throughput_forward=5.0).good


def test_only_checks_that_asked_the_same_are_compared() -> None:
    history: list[LinkCheck] = []
    check(history)
    faster = LINK.model_copy(update={"rate_mbits": 50.0})
    assert check(history, faster, throughput_forward=50.0).good
    assert usual(history)["throughput_forward"] == 50
    assert check(history).good, "and the old baseline holds where the old rate is asked again"


@given(st.lists(st.floats(18, 22), min_size=1, max_size=3 * KEPT), st.floats(0, 17))
def test_the_baseline_stays_among_the_last_good_checks(rates: list[float], bad: float) -> None:
    history: list[LinkCheck] = []
    for rate in rates:
        check(history, throughput_forward=rate)
        check(history, loss_forward=50.0)  # each is followed by a bad one
    kept = [one.figures["throughput_forward"] for one in history if one.good][-KEPT:]
    found = usual(history)["throughput_forward"]
    assert min(kept) <= found <= max(kept)
    assert sum(rate < found for rate in kept) <= len(kept) / 2 >= sum(rate > found for rate in kept)
    assert not check(history, throughput_forward=bad * 0.9).good


def test_why_a_link_was_not_measured_at_all() -> None:
    def fault(opened: dict[str, Any], measured: dict[str, Any]) -> str | None:
        return opening_fault("rad-ws-01", "pacs-01", opened, measured)

    assert fault({"rc": 0}, {"figures": {}, "faults": []}) is None
    assert fault({"unreachable": True, "msg": "timed out"}, {}) == "pacs-01 cannot be reached by Ansible: timed out"
    assert fault({"rc": 0}, {"unreachable": True}) == "rad-ws-01 cannot be reached by Ansible: no reason given"
    taken = "Failed to start transient service unit: Unit wardround-link-check.service was already loaded"
    assert fault({"rc": 1, "stderr": taken}, {}) == f"another check has pacs-01 as its end now: {taken}"
    missing = "Failed to find executable iperf3: No such file or directory"
    assert fault({"rc": 1, "stderr": missing}, {}) == f"iperf3 cannot be started on pacs-01: {missing}"
    assert fault({"msg": "no such program", "failed": True}, {}) == (
        "iperf3 cannot be started on pacs-01: no such program"
    )
    assert fault({"rc": 0}, {"failed": True, "msg": "no Python"}) == "rad-ws-01 did not measure: no Python"


def test_the_far_end_outlives_the_longest_check() -> None:
    assert plan("images", LINK) == "images (rad-ws-01 to pacs-01) with 20 Mbit/s for 5 s forward and backward"
    assert deadline(LINK) == 300
