"""Rules that take themselves back, with real nft in a network of its own and a timer that the test lets run out."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.wardround.hospital.plugins.module_utils import nft_commit

from tests.unit.network.firewalls import small
from wardround.network.nftables import render

RULES = render(small())
OTHER = RULES.replace("tcp . 443", "tcp . 8443")


class Machine:
    """nft in a namespace of its own, and systemd as far as the timer needs it."""

    def __init__(self, inside: list[str], directory: Path) -> None:
        self.files = nft_commit.Files(directory)
        self.timer: list[str] | None = None
        self.refuses = ""
        self._inside = inside

    def call(self, command: list[str], text: str | None = None) -> tuple[int, str, str]:
        if self.refuses and self.refuses in command:
            return 1, "", "refused by the test"
        if command[0] == "systemd-run":
            self.timer = command[command.index("/usr/sbin/nft") :]
            return 0, "", ""
        if command[:2] == ["systemctl", "is-active"]:
            return (0 if self.timer else 3), "", ""
        if command[:2] == ["systemctl", "stop"]:
            self.timer = None
            return 0, "", ""
        assert command[0] == "nft"
        done = nft_commit.run([*self._inside, *command], text)
        assert len(done) == 3
        return done

    def run_out(self) -> None:
        """The timer's time is over."""
        assert self.timer
        assert nft_commit.run([*self._inside, *self.timer])[0] == 0
        self.timer = None

    def arm(self, text: str, check: bool = False, over: str | None = "a") -> dict[str, object]:
        return dict(nft_commit.apply(text, self.files, 60, check, self.call, over))

    def confirm(self, over: str | None = "b", need_ssh: bool = True, check: bool = False) -> bool:
        return bool(nft_commit.confirm(self.files, need_ssh, check, self.call, over)["changed"])

    def in_use(self) -> str:
        return str(nft_commit.listing(self.call))


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    unshare, nsenter = shutil.which("unshare"), shutil.which("nsenter")
    assert unshare and nsenter
    holder = subprocess.Popen(
        [unshare, "--net", "sh", "-c", "echo ready; exec sleep 120"], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "ready\n"
    yield Machine([nsenter, "--target", str(holder.pid), "--net"], tmp_path)
    holder.kill()
    holder.wait()


def test_rules_are_kept_once_they_are_confirmed_and_then_left_alone(machine: Machine) -> None:
    armed = machine.arm(RULES)
    assert (armed["changed"], armed["waiting"]) == (True, True)
    assert machine.timer
    assert not machine.files.kept.exists()
    assert machine.confirm()
    assert machine.timer is None
    assert machine.files.kept.read_text() == RULES
    assert machine.files.kept.stat().st_mode & 0o777 == 0o600
    assert not machine.arm(RULES)["changed"]
    assert not machine.confirm()


def test_rules_that_nobody_confirms_are_taken_back(machine: Machine) -> None:
    machine.arm(RULES)
    machine.confirm()
    before = machine.in_use()
    machine.arm(OTHER)
    assert machine.in_use() != before
    machine.run_out()
    assert machine.in_use() == before
    assert machine.files.kept.read_text() == RULES
    with pytest.raises(nft_commit.CommitError, match="no confirmation in time"):
        machine.confirm()
    assert not machine.arm(RULES)["changed"]
    assert machine.arm(OTHER)["changed"]


def test_where_nothing_was_before_nothing_is_again(machine: Machine) -> None:
    machine.arm(RULES)
    machine.run_out()
    assert machine.in_use() == ""


@pytest.mark.parametrize("over", ["a", None])
def test_only_a_new_ssh_connection_confirms(machine: Machine, over: str | None) -> None:
    machine.arm(RULES, over="a")
    with pytest.raises(nft_commit.CommitError, match="to be confirmed over a new SSH connection"):
        machine.confirm(over=over)
    assert machine.timer
    assert machine.confirm(over=over, need_ssh=False)


def test_two_changes_at_once_are_refused(machine: Machine) -> None:
    machine.arm(RULES)
    with pytest.raises(nft_commit.CommitError, match="another change of the firewall waits"):
        machine.arm(OTHER)


def test_rules_that_nft_does_not_accept_change_nothing(machine: Machine) -> None:
    with pytest.raises(nft_commit.CommitError, match="nft does not accept the rules, nothing was changed"):
        machine.arm(RULES.replace("accept", "acept", 1))
    assert (machine.timer, machine.in_use()) == (None, "")


def test_without_a_timer_nothing_is_loaded(machine: Machine) -> None:
    machine.refuses = "systemd-run"
    with pytest.raises(nft_commit.CommitError, match="cannot be armed, nothing was changed"):
        machine.arm(RULES)
    assert machine.in_use() == ""


def test_a_failed_load_disarms(machine: Machine) -> None:
    machine.refuses = str(machine.files.waiting)
    with pytest.raises(nft_commit.CommitError, match="those before are still in use"):
        machine.arm(RULES)
    assert (machine.timer, machine.in_use()) == (None, "")
    machine.refuses = ""
    assert machine.arm(RULES)["changed"]


def test_check_mode_shows_the_difference_and_loads_nothing(machine: Machine) -> None:
    machine.arm(RULES)
    machine.confirm()
    before = machine.in_use()
    looked = machine.arm(OTHER, check=True)
    assert looked["changed"] and looked["diff"] == {"before": RULES, "after": OTHER}
    assert (machine.timer, machine.in_use()) == (None, before)
    machine.arm(OTHER)
    assert machine.confirm(check=True) and machine.timer


def test_rules_that_somebody_changed_by_hand_are_put_right(machine: Machine) -> None:
    machine.arm(RULES)
    machine.confirm()
    code, _output, _said = machine.call(["nft", "add", "rule", "inet", "wardround", "forward", "accept"])
    assert code == 0
    looked = machine.arm(RULES, check=True)
    assert looked["changed"]
    assert "accept" in str(looked["diff"])
    machine.arm(RULES)
    assert machine.confirm()
    assert not machine.arm(RULES)["changed"]


def test_the_rules_before_are_kept_for_the_way_back(machine: Machine) -> None:
    for rules in (RULES, OTHER):
        machine.arm(rules)
        machine.confirm()
    assert machine.files.before.read_text() == RULES


def test_counted_packets_are_no_change(machine: Machine) -> None:
    machine.arm(RULES)
    machine.confirm()
    assert "counter accept" in machine.in_use()
    assert "counter packets" not in machine.in_use()


def test_the_connection_is_found_above_sudo(tmp_path: Path) -> None:
    environment = {**os.environ, "SSH_CONNECTION": "192.0.2.7 40000 192.0.2.1 22"}
    bare = "env -u SSH_CONNECTION sh -c 'echo $$; sleep 5'"
    process = subprocess.Popen(["sh", "-c", f"{bare}; true"], env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    inner = int(process.stdout.readline())
    assert nft_commit.connection(inner) == "192.0.2.7 40000 192.0.2.1 22"
    assert nft_commit.connection(1) is None
    subprocess.run(["kill", str(inner)], check=False)
    process.wait(10)
