"""Imaging orders reach the worklist's folder from listed senders only, by a confined service."""

from __future__ import annotations

import shlex
from typing import Any

FOLDER = "/var/lib/worklist"
ORDER = """MSH|^~\\&|ENGINE|WARDROUND|WORKLIST|PACS|20261123101500||ORM^O01^ORM_O01|E1|P|2.5.1||||||UNICODE UTF-8
PID|1||WRT0001^^^HIS^PI||王^小明^^^^^L^I~Wang^XiaoMing^^^^^L^A||19710608|M
ORC|NW|REQ1
OBR|1|REQ1||CT-CHEST^CT chest||||||||||||||REQ1|||CT_1|||CT||||||||||||29991231103000
"""


def send(host: Any, *messages: str, source: str = "127.0.0.1") -> str:
    done = host.run(f"python3 /tmp/mllp.py {source} {shlex.join(messages)}")
    return str(done.stdout + done.stderr)


def test_an_order_is_entered_once_changed_and_cancelled(host: Any) -> None:
    said = send(host, ORDER, ORDER)
    assert said.count("MSA|AA|E1") == 2, said
    file = host.file(f"{FOLDER}/REQ1.wl")
    assert (file.user, file.group, oct(file.mode)) == ("worklist-feed", "orthanc", "0o640")
    dump = host.check_output(f"dcmdump {FOLDER}/REQ1.wl")
    assert "[Wang^XiaoMing=王^小明]" in dump
    assert "(0040,0001) AE [CT_1" in dump
    assert "MSA|AE|E1|order REQ1 belongs to patient WRT0001" in send(host, ORDER.replace("WRT0001", "WRT0002"))
    assert "MSA|AA" in send(host, ORDER.replace("ORC|NW", "ORC|CA"))
    assert host.check_output(f"ls -A {FOLDER}") == ""


def test_an_unlisted_sender_is_told_and_enters_nothing(host: Any) -> None:
    said = send(host, ORDER, source="127.0.0.2")
    assert "MSA|AR|E1|127.0.0.2 is not a listed sender of imaging orders" in said
    assert host.check_output(f"ls -A {FOLDER}") == ""
    assert "127.0.0.2: refused AR" in host.check_output("journalctl -u worklist-feed --no-pager -o cat")


def test_no_name_of_a_patient_is_in_the_log(host: Any) -> None:
    log = host.check_output("journalctl --no-pager -o cat")
    assert "REQ1: entered" in log
    assert "小明" not in log
    assert "XiaoMing" not in log


def test_a_stopped_feed_keeps_the_worklist_and_comes_back(host: Any) -> None:
    send(host, ORDER)
    host.check_output("systemctl stop worklist-feed")
    try:
        assert "Connection refused" in send(host, ORDER)
        assert host.file(f"{FOLDER}/REQ1.wl").exists
    finally:
        host.check_output("systemctl start worklist-feed")
    # `start` returns when the port is open.
    assert "MSA|AA" in send(host, ORDER.replace("ORC|NW", "ORC|CA"))


def test_a_killed_feed_is_started_again_and_leaves_no_half_entry(host: Any) -> None:
    host.check_output(f"touch {FOLDER}/REQ9.partial")
    before = host.check_output("systemctl show worklist-feed -p MainPID --value")
    host.check_output("systemctl kill -s KILL worklist-feed")
    wait = f'for i in $(seq 50); do [ "$(systemctl show worklist-feed -p MainPID --value)" != {before} ] &&'
    host.check_output(f"{wait} systemctl is-active --quiet worklist-feed && break; sleep 0.2; done")
    assert "MSA|AA" in send(host, ORDER.replace("ORC|NW", "ORC|CA"))
    assert host.check_output(f"sleep 1; ls -A {FOLDER}") == ""


def test_the_feed_is_confined_and_enabled(host: Any) -> None:
    service = host.service("worklist-feed")
    assert service.is_running
    assert service.is_enabled
    assert host.check_output("ps -o user:20= -C python3").split().count("worklist-feed") == 1
    assert host.socket("tcp://127.0.0.1:2575").is_listening
    verdict = host.check_output("systemd-analyze security --no-pager worklist-feed | tail -1")
    assert float(verdict.split(":")[1].split()[0]) < 3
