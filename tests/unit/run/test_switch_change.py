"""A switch is changed, proved and saved; whatever goes wrong on the way, it is afterwards as it was before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.switch import config, shell
from lab.switch.fleet import Fleet
from tests.unit.run.emulated import DESK, HALL, HAVE, HURRY, SECONDS, SPARE, UP, WANT, login, running, switch
from wardround.network.change import WishError
from wardround.network.device import Access, Port, TrunkPort
from wardround.network.dialects import DIALECTS, Dialect
from wardround.network.proposal import RefusedError
from wardround.run.device_session import Login, RejectedError, Session, SessionError
from wardround.run.switch_change import ChangeError, Outcome, UnsavedError, change, gather

PLATFORMS = sorted(DIALECTS)


def hurried(where: Login, dialect: Dialect, minute: float = HURRY, **options: Any) -> Outcome:
    """The change of a switch whose minute is short."""
    return change(where, dialect, WANT, "overridden", SECONDS, minute=minute, **options)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_change_is_made_once_and_saved(platform: str, tmp_path: Path) -> None:
    dialect = DIALECTS[platform]
    with running(platform, tmp_path) as (_unused, device, where):
        before = device.text("running")
        told = change(where, dialect, WANT, "overridden", SECONDS, act=False, tell=pytest.fail)
        assert told.commands and not told.mechanism and device.text("running") == before
        phases = list[str]()
        done = change(where, dialect, WANT, "overridden", SECONDS, tell=phases.append)
        assert phases[1:] == ["typed, new session", "proved from the new session", "saved"]
        assert (done.commands, done.diff) == (told.commands, told.diff)
        assert "IMAGING" in done.diff and done.diff.startswith("--- acc-01 now\n+++ acc-01 then\n")
        found = gather(where, dialect)
        assert (found.vlans, found.ports) == (WANT.vlans, WANT.ports)
        assert (done.before.ports, done.after.ports) == (HAVE.ports, WANT.ports)
        assert device.switch.saved and device.switch.rollback is None and device.switch.reload is None
        again = change(where, dialect, WANT, "overridden", SECONDS, tell=pytest.fail)
        assert (again.commands, again.diff, again.mechanism) == ((), "", "")
        assert device.boots == 0


LEFT = config.Port(voice=50, native=20, allowed=frozenset({20}))
HYBRID = config.Port("hybrid", native=20, allowed=frozenset({1, 30}), untagged=frozenset({10, 20}))
PHONES = replace(HYBRID, other=("voice-vlan 30 enable",))
OURS = replace(PHONES, native=10, allowed=frozenset({30}), untagged=frozenset({10}))


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("mode", [Access(10), Access(10, 30), TrunkPort(frozenset({1, 10}), 10)])
def test_a_port_becomes_what_is_wished_whatever_it_was(platform: str, mode: Access | TrunkPort, tmp_path: Path) -> None:
    dialect = DIALECTS[platform]
    found = [LEFT, replace(LEFT, mode="trunk")] if platform == "cisco_ios" else [HYBRID, PHONES, OURS]
    were = dict(zip((DESK, SPARE, HALL), found, strict=False))
    with running(platform, tmp_path) as (_unused, device, where):
        device.switch.running.vlans |= {50: config.Vlan()}
        device.switch.running.ports |= {name: replace(port) for name, port in were.items()}
        device.switch.startup = device.switch.running.copy()
        want = replace(HAVE, vlans={}, ports={name: Port(name, mode) for name in were})
        change(where, dialect, want, "replaced", SECONDS)
        became = gather(where, dialect).ports
        assert {became[name].mode for name in were} == {mode}
        now = [device.switch.running.ports[name] for name in were]
        assert isinstance(mode, TrunkPort) or {bool(port.voice or port.other) for port in now} == {bool(mode.voice)}


def test_a_refused_line_stops_and_the_switch_goes_back(tmp_path: Path) -> None:
    specs = [switch(platform.replace("_", "-"), platform, minute=2 * HURRY) for platform in PLATFORMS]
    specs.append(switch("no-archive", "cisco_ios", archive=False, minute=2 * HURRY))
    with Fleet(*specs) as fleet, ThreadPoolExecutor(len(specs)) as pool:

        def refused(name: str) -> None:
            device = fleet[name]
            before = device.text("running")
            fleet.misbehave(name, reject=r"(vlan remove|undo port trunk \S+ vlan) 30")
            said = rf"refused `.*30`: .*\. {name} is as it was before, \d+ s after `"
            with pytest.raises(ChangeError, match=said):
                hurried(login(device, tmp_path), DIALECTS[device.spec.dialect], minute=2 * HURRY)
            assert device.text("running") == device.text("startup") == before
            assert device.switch.rollback is None and device.switch.reload is None

        for done in [pool.submit(refused, spec.name) for spec in specs]:
            done.result()


def test_what_no_new_session_proves_is_not_confirmed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The session that typed the change lives on all the while, and would have compared and confirmed it."""
    opened = shell.Door.connection_made

    def opened_unless_armed(door: shell.Door, connection: Any) -> None:
        now = door.device.switch
        if now.rollback or now.reload:
            connection.abort()
        else:
            opened(door, connection)

    monkeypatch.setattr(shell.Door, "connection_made", opened_unless_armed)
    specs = [switch(platform.replace("_", "-"), platform, minute=HURRY) for platform in PLATFORMS]
    specs.append(switch("no-archive", "cisco_ios", archive=False, minute=HURRY))
    phases: dict[str, list[str]] = {spec.name: [] for spec in specs}
    with Fleet(*specs) as fleet, ThreadPoolExecutor(len(specs)) as pool:

        def unproved(name: str) -> None:
            device = fleet[name]
            before = device.text("running")
            said = (
                rf"^after the change 127\S+ port \d+ cannot be reached: .*\. {name} is as it was before, \d+ s after `"
            )
            with pytest.raises(ChangeError, match=said):
                hurried(login(device, tmp_path), DIALECTS[device.spec.dialect], tell=phases[name].append)
            assert "not proved, goes back by" in phases[name][-1]
            assert device.text("running") == device.text("startup") == before
            assert [what for _unused, what in device.log] == ["armed", "back"]

        for done in [pool.submit(unproved, spec.name) for spec in specs]:
            done.result()


def test_a_switch_that_falls_silent_goes_back(tmp_path: Path) -> None:
    with running("cisco_ios", tmp_path, HURRY) as (fleet, device, where):
        before = device.text("running")
        fleet.misbehave("acc-01", hang="vlan remove 30")
        with pytest.raises(ChangeError, match=r"did not answer `.* 30` within 3 s\. acc-01 is as it was before"):
            hurried(replace(where, seconds=3.0), DIALECTS["cisco_ios"])
        assert device.text("running") == before


def test_a_change_that_is_not_what_was_typed_is_not_confirmed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dialect = DIALECTS["cisco_ios"]
    written = dialect.commands
    monkeypatch.setattr(
        dialect, "commands", lambda *of: [line for line in written(*of) if line != "switchport access vlan 40"]
    )
    with running("cisco_ios", tmp_path, HURRY) as (_unused, device, where):
        before = device.text("running")
        with pytest.raises(ChangeError, match=r"did not become what was typed: .*vlan 40.* as it was before"):
            hurried(where, dialect)
        assert device.text("running") == before


def test_a_change_too_long_for_its_timer_stops_before_it_runs_out(tmp_path: Path) -> None:
    with running("cisco_ios", tmp_path, HURRY) as (fleet, device, where):
        before = device.text("running")
        fleet.misbehave("acc-01", slow=100)
        wide = replace(HAVE, vlans=HAVE.vlans | {vlan: f"V{vlan}" for vlan in range(200, 600)})
        with pytest.raises(ChangeError, match=r"when half of the 10 s were over, .* confirm_seconds\. acc-01 is as it"):
            change(where, DIALECTS["cisco_ios"], wide, "merged", SECONDS, minute=HURRY)
        assert device.text("running") == before


@pytest.mark.parametrize("platform", PLATFORMS)
def test_work_that_nobody_saved_is_not_touched_without_consent(platform: str, tmp_path: Path) -> None:
    dialect = DIALECTS[platform]
    with running(platform, tmp_path) as (_unused, device, where):
        device.switch.running.ports[DESK].description = "half done"
        with pytest.raises(UnsavedError, match=r"acc-01 has work that nobody saved, .*half done.* consent_unsaved"):
            change(where, dialect, WANT, "overridden", SECONDS)
        assert not device.switch.saved
        change(where, dialect, WANT, "overridden", SECONDS, consent_unsaved=True)
        assert device.switch.saved and device.boots == 0


def test_consented_work_outlives_a_way_back_by_reboot(tmp_path: Path) -> None:
    with running("huawei_vrp5", tmp_path, HURRY) as (fleet, device, where):
        device.switch.running.ports[DESK].description = "half done"
        before = device.text("running")
        fleet.misbehave("acc-01", cut_after=8)
        with pytest.raises(ChangeError, match=r"acc-01 is as it was before, .* `schedule reboot delay`"):
            hurried(where, DIALECTS["huawei_vrp5"], consent_unsaved=True)
        assert device.text("running") == before and device.boots == 1


def test_what_would_lock_out_is_refused_before_anything_is_typed(tmp_path: Path) -> None:
    dialect = DIALECTS["h3c_comware7"]
    with running("h3c_comware7", tmp_path) as (_unused, device, where):
        before = device.text("running")
        cut = replace(WANT, ports=WANT.ports | {UP: Port(UP, TrunkPort(frozenset({10, 20, 40, 50}), 1))})
        with pytest.raises(RefusedError, match=rf"VLAN 99, over which it is managed, .* its own uplink {UP}"):
            change(where, dialect, cut, "overridden", SECONDS)
        with pytest.raises(WishError, match=r"Te1/1/1, is no switch port"):
            change(where, dialect, replace(WANT, uplink="Te1/1/1"), "overridden", SECONDS)
        gone = replace(WANT, ports=WANT.ports | {DESK: Port(DESK, Access(60))})
        with pytest.raises(WishError, match=f"{DESK} should carry VLAN 60"):
            change(where, dialect, gone, "overridden", SECONDS)
        assert device.text("running") == before


def test_who_is_not_known_is_not_spoken_to(tmp_path: Path) -> None:
    dialect = DIALECTS["cisco_ios"]
    with running("cisco_ios", tmp_path) as (_unused, device, where):
        with pytest.raises(SessionError, match=r"cannot be reached: .*not found in known_hosts"):
            Session(replace(where, known_hosts=str(tmp_path / "none")), dialect)
        with pytest.raises(SessionError, match=r"^127\.0\.0\.1 port \d+ refused the login of admin$") as refused:
            Session(replace(where, password="wrong-canary"), dialect)
        assert "wrong-canary" not in repr(replace(where, password="wrong-canary")) + str(refused.value)
        assert device.port == where.port
    with pytest.raises(SessionError, match="cannot be reached"):
        Session(where, dialect)


def test_without_privilege_the_secret_of_enable_is_wanted(tmp_path: Path) -> None:
    dialect = DIALECTS["cisco_ios"]
    with Fleet(replace(switch("acc-01", "cisco_ios"), privilege=1, secret="s3cret")) as fleet:
        where = login(fleet["acc-01"], tmp_path)
        assert gather(replace(where, secret="s3cret"), dialect).vlans == HAVE.vlans
        with pytest.raises(RejectedError, match=r"refused `show running-config`: .*Invalid input"):
            gather(where, dialect)
        with pytest.raises(SessionError, match=r"^127\.0\.0\.1 port \d+ refused the secret for `enable`$") as refused:
            gather(replace(where, secret="wrong-canary"), dialect)
        assert "canary" not in str(refused.value)
