"""Emulated switches over real SSH on loopback, without packets."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncssh
import pytest

from lab.switch.fleet import Fleet
from lab.switch.spec import Spec, SpecError, port_range
from tests.unit.lab.switch.client import PROMPT, Client

IOS_PORTS = port_range("GigabitEthernet1/0/1-24")  # more than a page
VRP5_PORTS, VRP8_PORTS = port_range("GigabitEthernet0/0/1-24"), port_range("GE1/0/1-24")
ARCHIVE = "archive\n path flash:before\n"
MINUTE = 3.0  # seconds


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    where = tmp_path_factory.mktemp("fleet")
    with Fleet(
        Spec("acc-01", "cisco_ios", IOS_PORTS, startup=ARCHIVE, minute=MINUTE, faults=where / "faults.json"),
        Spec("acc-02", "huawei_vrp5", VRP5_PORTS, minute=MINUTE),
        Spec("acc-03", "huawei_vrp8", VRP8_PORTS, minute=MINUTE),
        Spec("acc-04", "h3c_comware7", IOS_PORTS, minute=MINUTE),
        Spec("acc-05", "cisco_ios", IOS_PORTS, secret="s3cret", privilege=1, boot=1, minute=MINUTE, state=where),
    ) as made:
        yield made


def wait(for_: Callable[[], bool], seconds: float = 20) -> float:
    """Seconds until something is so."""
    start = time.monotonic()
    while not for_():
        assert time.monotonic() < start + seconds, "it did not come"
        time.sleep(0.02)
    return time.monotonic() - start


def test_lines_are_echoed_and_answered(fleet: Fleet) -> None:
    with Client(fleet, "acc-01") as at:
        assert at.type("show privilege") == "show privilege\nCurrent privilege level is 15\nacc-01#"


def test_a_wrong_password_does_not_open(fleet: Fleet) -> None:
    with pytest.raises(asyncssh.PermissionDenied), Client(fleet, "acc-01", password="guess"):
        pytest.fail("it opened")


def test_reports_come_in_pages_until_told_otherwise(fleet: Fleet) -> None:
    with Client(fleet, "acc-01") as at:
        first = at.type("show running-config", until=r"--More-- $")
        assert first.count("\n") == 24  # 23 lines and the echo
        at.send("\r")
        assert at.until(r"--More-- $").count("\n") == 1
        at.send(" ")
        at.until(r"--More-- $|#$")
        at.send("q")
        at.until(PROMPT)
        at.type("terminal length 0")
        assert "\nend\n" in at.type("show running-config")


@pytest.mark.parametrize(
    ("name", "off"), [("acc-02", "screen-length 0 temporary"), ("acc-04", "screen-length disable")]
)
def test_the_other_vendors_page_too(fleet: Fleet, name: str, off: str) -> None:
    with Client(fleet, name) as at:
        at.type("display current-configuration", until="---- More ----$")
        at.send("q")
        at.until(PROMPT)
        at.type(off)
        assert "\nreturn\n" in at.type("display current-configuration")


def test_keys_edit_the_line(fleet: Fleet) -> None:
    with Client(fleet, "acc-01") as at:
        assert "level is 15" in at.type("show privx\x7filege")
        assert "level is 15" in at.type("nonsense\x15show privilege")
        assert "level is 15" in at.type("sho\tprivil\t")
        at.send("show ?")
        assert "\n  vlan\n" in at.until(r"#show $")
        assert "level is 15" in at.type("privilege")
        assert "level is 15" in at.type("\x1b[Ashow privilege")
        at.type("configure terminal")
        at.send("\x1a")
        assert at.until(PROMPT).endswith("^Z\nacc-01#")


def test_a_password_is_not_shown(fleet: Fleet) -> None:
    with Client(fleet, "acc-05") as at:
        at.type("enable", until="Password: $")
        assert "s3cret" not in at.type("s3cret")
        assert "level is 15" in at.type("show privilege")


@pytest.mark.parametrize(
    ("name", "change", "undone"),
    [
        ("acc-01", ["configure terminal revert timer 1", "vlan 20", "end"], "vlan 20"),
        ("acc-03", ["system-view", "vlan batch 20", "commit trial 60 persist x"], "vlan batch 20"),
        ("acc-04", ["system-view", "configuration commit delay 1", "vlan 20"], "vlan 20"),
    ],
)
def test_an_unconfirmed_change_goes_back_by_itself(fleet: Fleet, name: str, change: list[str], undone: str) -> None:
    before = fleet[name].text()
    with Client(fleet, name) as at:
        start = time.monotonic()
        at.type(*change)
        assert undone in fleet[name].text()
    wait(lambda: undone not in fleet[name].text())
    assert time.monotonic() - start > MINUTE * 0.9
    assert fleet[name].text() == before and fleet[name].boots == 0


def test_a_confirmed_change_outlives_the_timer(fleet: Fleet) -> None:
    with Client(fleet, "acc-01") as at:
        at.type("configure terminal revert timer 1", "vlan 77", "end")
    with Client(fleet, "acc-01") as at:
        at.type("configure confirm")
        time.sleep(MINUTE * 1.3)
        assert "vlan 77" in fleet["acc-01"].text()
        at.type("configure terminal", "no vlan 77", "end")


def test_a_scheduled_reboot_cuts_everybody_and_loses_what_was_not_saved(fleet: Fleet) -> None:
    before = fleet["acc-02"].text()
    with Client(fleet, "acc-02") as at:
        at.type("schedule reboot delay 1", until=r"\[Y/N\]:$")
        at.type("y", "system-view", "vlan batch 20")
        with pytest.raises((ConnectionResetError, asyncssh.Error)):
            at.until("never", 20)
    wait(lambda: fleet["acc-02"].boots == 1)
    assert fleet["acc-02"].text() == before
    with Client(fleet, "acc-02") as at:
        assert "vlan" in at.type("display vlan").lower()


def test_what_was_saved_is_kept_over_a_reboot_and_nobody_gets_in_meanwhile(fleet: Fleet) -> None:
    device = fleet["acc-05"]
    with Client(fleet, "acc-05") as at:
        at.type("enable", until="Password: $")
        at.type("s3cret", "configure terminal", "vlan 20", "end", "write memory")
        at.type("reload", until=r"\[confirm\]$")
        at.send("\r")
        wait(lambda: not device.up)
        with pytest.raises((OSError, asyncssh.Error)), Client(fleet, "acc-05"):
            pytest.fail("it let us in while it booted")
    assert wait(lambda: device.up) > MINUTE / 2
    assert "vlan 20" in device.text()
    saved = device.spec.state
    assert saved is not None and "vlan 20" in (saved / "startup.cfg").read_text()


def test_a_line_is_rejected_with_the_vendors_mark(fleet: Fleet) -> None:
    for name, line, mark in (
        ("acc-01", "vlan 30", "% Invalid input detected"),
        ("acc-02", "vlan 30", "Error: Wrong parameter"),
        ("acc-04", "vlan 30", " % Wrong parameter"),
    ):
        fleet.misbehave(name, reject="^vlan 30")
        with Client(fleet, name) as at:
            at.type("configure terminal" if name == "acc-01" else "system-view")
            assert mark in at.type(line)
        fleet.misbehave(name)
        assert "vlan 30" not in fleet[name].text()


def test_a_line_is_never_answered(fleet: Fleet) -> None:
    fleet.misbehave("acc-01", hang="^show version")
    with Client(fleet, "acc-01") as at:
        at.send("show version\r")
        with pytest.raises(TimeoutError):
            at.until(PROMPT, 0.5)
    fleet.misbehave("acc-01")
    with Client(fleet, "acc-01") as at:
        assert "Cisco IOS" in at.type("terminal length 0", "show version")


@pytest.mark.parametrize("after", [0, 1, 2])
def test_the_session_is_cut_once_after_line_k(fleet: Fleet, after: int) -> None:
    lines = ["vlan 31", "vlan 32", "vlan 33"]
    fleet.misbehave("acc-01", cut_after=after)
    with Client(fleet, "acc-01") as at, pytest.raises((ConnectionResetError, BrokenPipeError, asyncssh.Error)):
        at.type("configure terminal", *lines)
    there = [line for line in lines if line in fleet["acc-01"].text()]
    assert there == lines[:after]
    with Client(fleet, "acc-01") as at:
        at.type("configure terminal", "no vlan 31-33", "end")
    fleet.misbehave("acc-01")


def test_a_file_tells_faults_while_the_switch_runs(fleet: Fleet) -> None:
    path = fleet["acc-01"].spec.faults
    assert isinstance(path, Path)
    path.write_text(json.dumps({"slow": 300}))
    with Client(fleet, "acc-01") as at:
        start = time.monotonic()
        at.type("show privilege")
        assert time.monotonic() - start > 0.3
        path.unlink()
        at.type("show privilege")
        start = time.monotonic()
        assert "15" in at.type("show privilege")


def test_a_startup_configuration_that_is_none_is_refused() -> None:
    with pytest.raises(SpecError, match="acc-09: startup: line 2, 'frobnicate', is no"):
        Fleet(Spec("acc-09", "cisco_ios", IOS_PORTS, startup="vlan 20\nfrobnicate\n")).__enter__()
