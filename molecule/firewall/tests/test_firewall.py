"""Rules that were loaded over SSH: kept when SSH still works, taken back when they cut it."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import testinfra

CONTAINER = "wr-mol-firewall"
SCENARIO = Path(__file__).parents[1]
KEPT = "/etc/wardround/firewall/ruleset.nft"
FORWARDING = ("net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding")
ENABLED = "/etc/systemd/system/sysinit.target.wants/nftables.service"
SSH = ("10.99.86.2", 22)
SECONDS = 20  # firewall_seconds of this scenario


@pytest.fixture(scope="module")
def host() -> Any:
    """The firewall by podman, so that rules cannot hide what they did."""
    return testinfra.get_host(f"podman://{CONTAINER}")


def play(book: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"ANSIBLE_FORCE_COLOR": "0", "ANSIBLE_NOCOLOR": "1"}  # Molecule forces colour
    command = ["ansible-playbook", "-i", os.environ["MOLECULE_INVENTORY_FILE"], str(SCENARIO / book), *arguments]
    return subprocess.run(command, text=True, capture_output=True, check=False, env=environment, timeout=120)


def in_use(host: Any) -> str:
    return str(host.check_output("nft --stateless list table inet wardround"))


def forwards(host: Any) -> list[str]:
    """What IPv4 and IPv6 say: 1 where packets are forwarded."""
    return str(host.check_output(f"sysctl --values {' '.join(FORWARDING)}")).split()


@contextmanager
def watched() -> Iterator[list[float]]:
    """When SSH took a new connection, in seconds of the monotonic clock, asked twice a second."""
    answered: list[float] = []
    ended = threading.Event()

    def ask() -> None:
        while not ended.wait(0.5):
            with suppress(OSError), socket.create_connection(SSH, timeout=0.5):
                answered.append(time.monotonic())

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield answered
    finally:
        ended.set()
        thread.join()


def test_rules_are_in_use_and_kept(host: Any) -> None:
    assert 'comment "desks_to_pacs"' in in_use(host)
    assert host.file(KEPT).content_string == (SCENARIO / "files/right.nft").read_text()
    assert host.file(KEPT).mode == 0o600
    assert host.service("wardround-firewall").is_enabled
    assert not host.file("/etc/wardround/firewall/waiting.nft").exists
    assert host.run("systemctl is-active wardround-firewall-rollback.timer").stdout.strip() == "inactive"
    assert forwards(host) == ["1", "1"]


def test_check_mode_shows_the_difference_and_changes_nothing(host: Any) -> None:
    before = in_use(host)
    looked = play("converge.yml", "--check", "--diff", "-e", "rules=wider")
    assert looked.returncode == 0, looked.stdout + looked.stderr
    assert "+" in looked.stdout and "tcp . 8443" in looked.stdout
    assert in_use(host) == before


def test_a_rule_that_cuts_ssh_is_taken_back(host: Any) -> None:
    before = in_use(host)
    with watched() as answered:
        cut = play("converge.yml", "-e", "rules=cutting")
    assert cut.returncode != 0
    said = cut.stdout + cut.stderr
    assert "could not be reached over a new SSH connection with the new rules; they were taken back" in said
    longest = max(later - sooner for sooner, later in pairwise(answered))
    assert SECONDS - 5 < longest < SECONDS + 5, "SSH was cut, and is back by itself"
    assert in_use(host) == before
    assert host.file(KEPT).content_string == (SCENARIO / "files/right.nft").read_text()


def test_afterwards_good_rules_are_taken_and_given_back(host: Any) -> None:
    before = in_use(host)
    changed = play("converge.yml", "-e", "rules=wider")
    assert changed.returncode == 0, changed.stdout + changed.stderr
    assert "tcp . 8443" in in_use(host)
    back = play("back.yml")
    assert back.returncode == 0, back.stdout + back.stderr
    assert in_use(host) == before


def test_a_restart_loads_the_kept_rules_and_only_then_forwards(host: Any) -> None:
    before = in_use(host)
    host.check_output("nft delete table inet wardround")
    host.check_output(f"sysctl --write {'=0 '.join(FORWARDING)}=0")  # as a machine starts
    host.check_output("systemctl restart wardround-firewall")
    assert in_use(host) == before
    assert forwards(host) == ["1", "1"]


def test_kept_rules_that_do_not_load_let_nothing_through_until_good_ones_do(host: Any) -> None:
    before = in_use(host)
    assert forwards(host) == ["1", "1"]
    host.check_output(f"cp --preserve {KEPT} /root/kept.nft")
    try:
        host.check_output(f"echo 'table inet wardround {{ no rules' > {KEPT}")
        assert host.run("systemctl restart wardround-firewall").rc != 0
        assert forwards(host) == ["0", "0"]
    finally:
        host.check_output(f"mv /root/kept.nft {KEPT}")
    assert host.run("systemctl restart wardround-firewall").rc == 0
    assert in_use(host) == before
    assert forwards(host) == ["1", "1"]


def test_a_run_mends_what_did_not_load(host: Any) -> None:
    before = in_use(host)
    host.check_output(f"echo 'table inet wardround {{ no rules' > {KEPT}")
    assert host.run("systemctl restart wardround-firewall").rc != 0
    mended = play("converge.yml")
    assert mended.returncode == 0, mended.stdout + mended.stderr
    assert host.file(KEPT).content_string == (SCENARIO / "files/right.nft").read_text()
    assert host.run("systemctl restart wardround-firewall").rc == 0
    assert in_use(host) == before
    assert forwards(host) == ["1", "1"]


def test_what_removes_every_table_cannot_be_started(host: Any) -> None:
    before = in_use(host)
    assert host.run("systemctl is-enabled nftables").stdout.strip() == "masked"
    assert host.run("systemctl restart nftables").rc != 0
    assert in_use(host) == before


def test_a_machine_that_loads_rules_of_its_own_is_refused(host: Any) -> None:
    host.check_output(f"ln --symbolic /lib/systemd/system/nftables.service {ENABLED}")
    host.check_output("cp --preserve /etc/nftables.conf /root/nftables.conf")
    try:
        host.check_output("echo 'table ip own' >> /etc/nftables.conf")
        refused = play("converge.yml", "--check")
    finally:
        host.check_output(f"mv /root/nftables.conf /etc/nftables.conf && rm {ENABLED}")
    assert refused.returncode != 0
    assert "nftables.service is enabled and /etc/nftables.conf is not the package's" in refused.stdout + refused.stderr
