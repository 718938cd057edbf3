"""What iperf3 and ping said, recorded from iperf3 3.12 and 3.18 (Debian 12 and 13) and iputils, and what it means."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.wardround.hospital.plugins.module_utils import link_probe
from ansible_collections.wardround.hospital.plugins.module_utils.link_probe import ProbeError
from hypothesis import given
from hypothesis import strategies as st

HERE = Path(__file__).parent / "iperf3"
VERSIONS = ["3_12", "3_18"]
LINK = {"peer": "pacs-01", "source": "10.2.0.21", "address": "10.2.0.22", "port": 5201, "seconds": 2}
LINK |= {"rate_mbits": 20.0, "directions": ["forward", "backward"]}
MISSING = "a flow for this service is missing in the intent (network.flows), or not let through yet"
PING = (HERE / "ping.txt").read_text()


def recorded(name: str, version: str) -> str:
    return (HERE / f"{name}_{version}.json").read_text()


class Machine:
    """Answers as the recorded programs did. instead: for the nth call of iperf3 from 0, None for one without end."""

    def __init__(self, version: str = "3_18", instead: dict[int, str | None] | None = None, ping: str = PING) -> None:
        self.version, self.instead, self.ping = version, instead or {}, ping
        self.flows: list[list[str]] = []

    def __call__(self, command: list[str], seconds: float) -> tuple[int | None, str, str]:
        assert seconds <= 10
        if command[0] == "ping":
            return 0, self.ping, ""
        self.flows.append(command)
        name = "udp" if "--udp" in command else "tcp"
        name += "_backward" if "--reverse" in command else "_forward"
        said = self.instead.get(len(self.flows) - 1, name)
        return (None, "", "") if said is None else (0, recorded(said, self.version), "")


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(link_probe.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(link_probe.time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))


@pytest.mark.parametrize("version", VERSIONS)
def test_every_figure_of_a_link(version: str) -> None:
    figures, faults = link_probe.measure(LINK, Machine(version))
    assert faults == []
    assert figures["throughput_forward"] == pytest.approx(20, rel=0.01)
    assert figures["throughput_backward"] == pytest.approx(20, rel=0.01)
    assert figures["retransmits_forward"] == figures["retransmits_backward"] == 0
    assert figures["round_trip_forward"] == {"3_12": 0.054, "3_18": 0.068}[version]
    assert "round_trip_backward" not in figures  # iperf3 says 0 of the other side's TCP
    # The first of these was recorded while the receiver was busy: its buffer was full, the cable lost nothing.
    assert figures["loss_forward"] == {"3_12": pytest.approx(100 * 106 / 3449), "3_18": 0}[version]
    assert figures["loss_backward"] == 0 and 0 < figures["jitter_backward"] < 0.1
    assert (figures["ping"], figures["ping_max"], figures["ping_loss"]) == (0.093, 0.115, 0)


def test_flows_are_limited_and_follow_each_other() -> None:
    machine = Machine()
    link_probe.measure(LINK, machine)
    rates = [flow[flow.index("--bitrate") + 1] for flow in machine.flows]
    assert rates == ["20000000", "20000000", "5000000", "5000000"]
    assert ["--reverse" in flow for flow in machine.flows] == [False, True, False, True]
    for rate, datagrams in ((4.0, "2000000"), (0.5, "500000")):
        machine = Machine()
        link_probe.measure({**LINK, "rate_mbits": rate, "directions": ["forward"]}, machine)
        assert machine.flows[-1][machine.flows[-1].index("--bitrate") + 1] == datagrams


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("recording", "sentence"),
    [
        ("blocked", f"no answer from pacs-01 (10.2.0.22) on tcp/5201: {MISSING}"),
        (
            "refused",
            "pacs-01 (10.2.0.22) refused tcp/5201: iperf3 does not run there,"
            " see systemctl status wardround-link-check",
        ),
        ("busy", "another measurement is going on at pacs-01 (10.2.0.22)"),
        ("udp_blocked", f"no answer from pacs-01 (10.2.0.22) on tcp/5201: {MISSING}"),
    ],
)
def test_why_nothing_was_measured(version: str, recording: str, sentence: str) -> None:
    machine = Machine(version, dict.fromkeys(range(99), recording))
    figures, faults = link_probe.measure(LINK, machine)
    assert faults == [sentence]
    assert figures["ping"] == 0.093, "ping was answered"
    assert len(machine.flows) == (1 if "blocked" in recording else 16)  # asked again for 3 s, every 0.2 s


def test_loss_that_does_not_come_again_was_the_receivers() -> None:
    machine = Machine("3_12", {3: "udp_backward"})  # recorded without loss; nobody reads a direction in it
    figures, faults = link_probe.measure(LINK, machine)
    assert (figures["loss_forward"], faults) == (0, [])
    assert len(machine.flows) == 5 and "--reverse" not in machine.flows[3]


def test_a_server_that_starts_slowly_is_waited_for() -> None:
    machine = Machine("3_12", instead={0: "refused", 1: "refused", 4: "reset"})
    figures, faults = link_probe.measure(LINK, machine)
    assert faults == [] and "loss_backward" in figures


def test_a_lost_first_datagram_is_no_missing_flow() -> None:
    figures, faults = link_probe.measure(LINK, Machine(instead={2: None, 3: "busy"}))
    assert faults == [] and figures["loss_backward"] == 0
    figures, faults = link_probe.measure(LINK, machine := Machine(instead=dict.fromkeys(range(2, 99))))
    assert faults == [f"no answer from pacs-01 (10.2.0.22) on udp/5201: {MISSING}"]
    assert len(machine.flows) == 2 + link_probe.UDP_TRIES and "loss_forward" not in figures


def test_ping_without_an_answer_does_not_keep_flows_from_being_measured() -> None:
    silent = "10 packets transmitted, 0 received, 100% packet loss, time 1838ms\n"
    figures, faults = link_probe.measure(LINK, Machine(ping=silent))
    assert faults == ["no answer to 10 echo requests from pacs-01 (10.2.0.22)"]
    assert "ping" not in figures and figures["loss_forward"] == 0
    lossy = PING.replace("10 received, 0% packet loss", "7 received, 30% packet loss")
    assert link_probe.parse_ping(LINK, lossy)["ping_loss"] == 30
    with pytest.raises(ProbeError, match=r"^connect: Network is unreachable from pacs-01"):
        link_probe.parse_ping(LINK, "", "connect: Network is unreachable\n")


def test_ping_that_does_not_end_is_made_again_and_then_a_fault_of_its_own() -> None:
    answers: list[tuple[int | None, str, str]] = [(None, "", ""), (0, PING, "")]
    assert link_probe.ping(LINK, lambda *_: answers.pop(0))["ping"] == 0.093
    with pytest.raises(ProbeError, match=r"^ping to pacs-01 \(10\.2\.0\.22\) did not end in 10 s$"):
        link_probe.ping(LINK, lambda *_: (None, "", ""))


def test_what_is_not_installed_is_said() -> None:
    with pytest.raises(ProbeError, match=r"^wr-no-such-program is not installed here$"):
        link_probe.run(["wr-no-such-program"], 1)


def test_a_program_that_hangs_is_ended() -> None:
    assert link_probe.run(["sleep", "60"], 0.1) == (None, "", "")


@given(st.text() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_any_other_answer_is_an_error(output: Any) -> None:
    assert link_probe.parse_error(output)
