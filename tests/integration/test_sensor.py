"""Intrusion detection on the hospital's own core switch: a guest who scans is heard, what the intent allows is not."""

from __future__ import annotations

import json
import time
from typing import Any

from lab.machines import machine
from lab.podman import podman
from tests.integration.rehearsal import TestHospital

ALERTS = "/var/log/alerts.jsonl"  # of the collector (lab/collector.conf)
SCAN = """
import socket, sys
sockets = []
for port in range(2000, 2150):
    sockets.append(socket.socket())
    sockets[-1].setblocking(False)
    sockets[-1].connect_ex((sys.argv[1], port))
"""
PATIENCE = 30  # seconds from packets to the collector
SETTLE = 5


def alerts() -> list[dict[str, Any]]:
    said = podman("exec", machine("mon-01").container, "sh", "-c", f"touch {ALERTS}; cat {ALERTS}")
    return [json.loads(line) for line in said.splitlines()]


def test_a_guest_who_scans_is_heard_and_what_is_allowed_is_not(hospital: TestHospital) -> None:
    guest, archive = machine("gst-01"), machine("pacs-01")
    before = len(alerts())
    podman("exec", guest.container, "python3", "-c", SCAN, archive.clinical)
    end = time.monotonic() + PATIENCE
    while not (heard := [one for one in alerts()[before:] if one["src_ip"] == guest.clinical]):
        assert time.monotonic() < end, alerts()[before:]
        time.sleep(0.5)
    assert heard[0]["alert"]["signature"].startswith("guest -> any: SYN scan"), heard
    assert heard[0]["dest_ip"] == archive.clinical
    time.sleep(SETTLE)
    before = len(alerts())
    asked = ("-m", "wardround.hospital.dicom_echo", "-a", "settings=/etc/wardround/pacs_client/dicom.json peer=pacs-01")
    done = hospital.call("ansible", "rad-ws-01", *asked)  # DICOM over the same mirror
    assert done.returncode == 0, done.stdout + done.stderr
    time.sleep(SETTLE)
    assert alerts()[before:] == []
