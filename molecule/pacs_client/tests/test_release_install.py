"""Releases on a real workstation: switched in an instant, never by accident, never twice."""

import json
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from typing import Any

CONTAINER = "wr-mol-pacs-client"
ROOT = "/opt/wardround/pacs_client"
Install = Callable[..., dict[str, Any]]
POLL = """
import json, select, sys, time, urllib.request
seen, ends = [], time.monotonic() + 120
while time.monotonic() < ends and not select.select([sys.stdin], [], [], 0.02)[0]:
    try:
        page = urllib.request.urlopen("http://127.0.0.1/app.js", timeout=1).read().decode()
        seen.append([time.monotonic(), page[2:]])
    except OSError as error:
        seen.append([time.monotonic(), "error: %s" % error])
print(json.dumps(seen))
"""


def linked(host: Any) -> str:
    return str(host.check_output(f"readlink {ROOT}/current"))


def moves(host: Any) -> list[tuple[str, str, str]]:
    """(from, to, intent) of every switch since the converge's first installation."""
    lines = [json.loads(line) for line in host.check_output(f"cat {ROOT}/journal.jsonl").splitlines()]
    first, *rest = [(line["from"], line["to"], line["intent"]) for line in lines]
    assert first == (None, "1.0", None)
    return rest


def test_switching_over_and_back_interrupts_nobody(host: Any, install: Install) -> None:
    install("staged", "1.1")
    command = ["podman", "exec", "--interactive", CONTAINER, "python3", "-c", POLL]
    poll = subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    there = install("active", "1.1", intent="i1")
    back = install("previous", version=None, intent="i2")
    seen = json.loads(poll.communicate(timeout=60)[0])
    assert (there["linked"], there["served"], there["previous"]) == ("1.1", "1.1", "1.0")
    assert (back["linked"], back["served"], back["previous"]) == ("1.0", "1.0", None)
    versions = [version for _time, version in seen]
    assert [v for i, v in enumerate(versions) if i == 0 or v != versions[i - 1]] == ["1.0", "1.1", "1.0"]
    gaps = [later[0] - earlier[0] for earlier, later in pairwise(seen)]
    print(f"longest time without an answer: {max(gaps) * 1000:.0f} ms over {len(seen)} requests", file=sys.stderr)
    assert max(gaps) < 1
    assert moves(host) == [("1.0", "1.1", "i1"), ("1.1", "1.0", "i2")]


def status(host: Any, path: str) -> int:
    return int(host.check_output(f"curl -s -o /dev/null -w '%{{http_code}}' http://127.0.0.1{path}"))


def test_a_page_opened_before_a_switch_finds_its_parts_forward_and_back(host: Any, install: Install) -> None:
    assert [status(host, f"/part.{version}.js") for version in ("1.0", "1.1")] == [200, 404]
    install("active", "1.1", intent="i1")
    assert [status(host, f"/part.{version}.js") for version in ("1.0", "1.1")] == [200, 200]
    install("previous", version=None, intent="i2")
    assert [status(host, f"/part.{version}.js") for version in ("1.0", "1.1")] == [200, 200]
    install("active", "1.2", intent="i3")
    assert [status(host, f"/part.{version}.js") for version in ("1.0", "1.1", "1.2")] == [200, 404, 200]
    for path in ("/index.html", "/app-config.js", "/release.json"):
        assert "no-store" in host.check_output(f"curl -s -i http://127.0.0.1{path}"), path
    served = json.loads(host.check_output("curl -s http://127.0.0.1/release.json"))
    assert served["version"] == "1.2"


def test_drift_is_reported_and_left_alone(host: Any, install: Install) -> None:
    install("active", "1.1", intent="i1")
    found = install("present", "1.0")
    assert (found["changed"], found["linked"]) == (False, "1.1")
    assert (found["drift"]["wanted"], found["drift"]["installed"]) == ("1.0", "1.1")
    assert linked(host) == "releases/1.1"


def test_no_intent_no_move(host: Any, install: Install) -> None:
    found = install("active", "1.1")
    assert found["failed"]
    assert "no intent" in found["msg"]
    assert linked(host) == "releases/1.0"
    assert not host.file(f"{ROOT}/releases/1.1").exists


def test_an_intent_switches_once(host: Any, install: Install) -> None:
    install("active", "1.1", intent="i1")
    assert not install("active", "1.1", intent="i1")["changed"]
    install("previous", version=None, intent="i2")
    late = install("active", "1.1", intent="i1")
    assert late["failed"]
    assert "not done twice" in late["msg"]
    assert linked(host) == "releases/1.0"
    assert len(moves(host)) == 2


def test_a_wrong_checksum_is_refused(host: Any, install: Install) -> None:
    found = install("staged", "1.1", sha256="0" * 64)
    assert found["failed"]
    assert "wrong checksum of http://127.0.0.1:8042/1.1.tar: expected SHA-256 0000" in found["msg"]
    assert host.check_output(f"ls -A {ROOT}/releases") == "1.0"


def test_a_release_that_is_not_there_is_said(install: Install) -> None:
    found = install("staged", "1.1", url="http://127.0.0.1:8042/none.tar")
    assert "the share answered HTTP 404" in found["msg"]


def test_a_release_that_writes_outside_is_refused(host: Any, install: Install) -> None:
    found = install("staged", "6.6")
    assert "unsafe release: '../../../../../../tmp/escaped' would be written outside" in found["msg"]
    assert not host.file("/tmp/escaped").exists
    assert host.check_output(f"ls -A {ROOT}/releases") == "1.0"


def test_a_full_disk_is_refused_before_anything_changes(host: Any, install: Install) -> None:
    host.check_output("mkdir -p /tmp/small && mount -t tmpfs -o size=8m none /tmp/small")
    try:
        found = install("present", "1.1", root="/tmp/small/product")
        assert "disk full" in found["msg"]
        assert not host.file("/tmp/small/product/current").exists
    finally:
        host.check_output("umount /tmp/small")


def test_check_mode_says_what_would_happen_and_does_nothing(host: Any, install: Install) -> None:
    found = install("active", "1.1", check=True, intent="i1")
    assert (found["changed"], found["linked"], found["previous"], found["served"]) == (True, "1.1", "1.0", "1.0")
    before, after = (set(found["diff"][side].splitlines()) for side in ("before", "after"))
    assert before - after == {"current: 1.0", "previous: none"}
    assert after - before == {"current: 1.1", "previous: 1.0", "release: 1.1"}
    assert (linked(host), host.check_output(f"ls -A {ROOT}/releases"), moves(host)) == ("releases/1.0", "1.0", [])
    real = install("active", "1.1", intent="i1")
    assert real["diff"] == found["diff"]


def test_only_two_releases_stay(host: Any, install: Install) -> None:
    install("active", "1.1", intent="i1")
    install("active", "1.2", intent="i2")
    assert host.check_output(f"ls -A {ROOT}/releases").split() == ["1.1", "1.2"]


def test_what_a_killed_run_left_is_cleaned_and_a_dead_lock_does_not_last(host: Any, install: Install) -> None:
    host.check_output(f"mkdir {ROOT}/releases/1.1.partial && touch {ROOT}/.new-artifact && echo dead > {ROOT}/.lock")
    found = install("staged", "1.1")
    assert found["changed"], found
    assert host.check_output(f"ls -A {ROOT}/releases").split() == ["1.0", "1.1"]
    assert not host.file(f"{ROOT}/.new-artifact").exists


def test_two_runs_do_not_meet(host: Any, install: Install) -> None:
    host.check_output(f"systemd-run --unit=holder flock {ROOT}/.lock sleep 30")
    try:
        host.check_output(f"for i in $(seq 50); do flock -n {ROOT}/.lock true || exit 0; sleep 0.1; done; exit 1")
        found = install("staged", "1.1", lock_timeout=0.5)
        assert f"another run holds {ROOT}/.lock" in found["msg"]
    finally:
        host.check_output("systemctl stop holder")
