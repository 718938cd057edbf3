"""A real desk is busy while somebody sits there, while it prints, and while nobody can say."""

from collections.abc import Iterator
from typing import Any

import pytest
from printing_desk import Ask

from lab import seat

DESK = "mol-print-client"
RELEASE = "/opt/wardround/his_client/releases/5.0.0"


@pytest.fixture
def free(ask: Ask) -> Iterator[Ask]:
    """Whoever sits down is gone afterwards."""
    yield ask
    seat.stand_up(DESK)


def test_a_desk_where_nobody_sits_is_idle(free: Ask) -> None:
    found = free("workstation_idle")
    assert (found["idle"], found["reasons"], found["programs"], found["changed"]) == (True, [], [], False)


def test_a_user_keeps_the_desk_busy_until_they_leave(free: Ask) -> None:
    seat.sit_down(DESK, "nurse1")
    found = free("workstation_idle")
    assert not found["idle"]
    assert found["reasons"][0].startswith("nurse1 is logged in at seat0 since 20")
    assert not free("workstation_idle", check=True)["idle"]
    seat.stand_up(DESK)
    assert free("workstation_idle")["idle"]


def test_a_clinical_program_keeps_the_desk_busy(host: Any, free: Ask) -> None:
    host.check_output(
        f"mkdir -p {RELEASE} && cp /bin/sleep {RELEASE} && (id nurse2 || useradd --create-home nurse2) &&"
        f" systemd-run --unit=program --uid=nurse2 {RELEASE}/sleep 60"
    )
    found = free("workstation_idle")
    host.check_output("systemctl stop program && rm -r /opt/wardround/his_client")
    assert [(one["product"], one["version"], one["user"]) for one in found["programs"]] == [
        ("his_client", "5.0.0", "nurse2")
    ]
    assert found["reasons"][0].startswith("his_client 5.0.0 is used by nurse2 since 20")


def test_an_open_viewer_keeps_the_desk_busy(host: Any, free: Ask) -> None:
    host.check_output("systemctl start nginx && (id nurse2 || useradd --create-home nurse2)")
    seat.sit_down(DESK, "nurse2", "pacs_client")
    found: list[str] = []
    for _attempt in range(10):
        found = free("workstation_idle")["reasons"]
        if len(found) > 1 and "viewer" in found[-1]:
            break
    host.check_output("systemctl stop nginx")
    assert "nurse2 has an open viewer connection to 127.0.0.1 port 80" in found[-1]


@pytest.mark.parametrize(("port", "kind"), [(11112, "DICOM"), (2575, "HL7")])
def test_an_open_connection_keeps_the_desk_busy(host: Any, free: Ask, port: int, kind: str) -> None:
    code = (
        f"import socket,time; s=socket.create_server(('127.0.0.1',{port}));"
        f"c=socket.create_connection(('127.0.0.1',{port})); time.sleep(60)"
    )
    host.check_output(f'systemd-run --unit=peer python3 -c "{code}" && sleep 0.5')
    found = free("workstation_idle")["reasons"]
    host.check_output("systemctl stop peer")
    assert len(found) == 1
    assert "of root (process " in found[0] and f"has an open {kind} connection to 127.0.0.1 port {port}" in found[0]


def test_a_job_for_a_printer_that_is_off_keeps_the_desk_busy(host: Any, free: Ask, changed: None) -> None:
    host.check_output("systemctl stop printer@receipts && echo receipt | lp")
    [reason] = free("workstation_idle")["reasons"]
    assert reason.startswith("print job receipts-") and " of root is not finished, since " in reason


@pytest.mark.parametrize(
    ("service", "said"),
    [
        ("systemd-logind", "it is unknown whether somebody is logged in: loginctl gave no answer within 1 s"),
        ("cupsd", "it is unknown whether something is being printed: lpstat gave no answer within 1 s"),
    ],
)
def test_a_frozen_service_keeps_the_desk_busy(host: Any, free: Ask, service: str, said: str) -> None:
    host.check_output(f"lpstat -r; kill -STOP $(pidof {service})")
    found = free("workstation_idle", deadline=1)
    host.check_output(f"kill -CONT $(pidof {service})")
    assert (found["idle"], found["reasons"]) == (False, [said])
