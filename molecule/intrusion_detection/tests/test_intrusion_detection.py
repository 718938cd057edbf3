"""Real packets on a mirror: an alert for what the intent does not allow, none for what it does."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from wire import Wire, associate, message

IN_USE = "/etc/suricata/rules/wardround.rules"
DICOM, HL7 = "DICOM association that no flow allows", "HL7 message that no flow allows"
COLLECTOR = (
    "systemd-run --quiet --unit=collector --property=StandardOutput=append:/var/log/collected python3 /opt/collector.py"
)
Play = Callable[..., Any]


def signatures(alerts: list[dict[str, Any]]) -> list[str]:
    return [one["alert"]["signature"] for one in alerts]


def question(name: str, kind: int) -> bytes:
    """A DNS question (RFC 1035, 4.1)."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return b"\0\7\1\0\0\1\0\0\0\0\0\0" + labels + b"\0" + kind.to_bytes(2, "big") + b"\0\1"


def answered(records: int) -> Callable[[bytes], bytes]:
    """Answers with so many texts of 255 bytes."""
    text = b"\xc0\x0c\0\x10\0\1\0\0\0\0\1\0\xff" + b"z" * 255
    return lambda asked: asked[:2] + b"\x81\x80" + asked[4:6] + bytes([0, records]) + asked[8:] + text * records


def test_it_runs_and_looks_at_the_mirror(sensor: Any) -> None:
    assert sensor.service("suricata").is_running and sensor.service("suricata").is_enabled
    assert sensor.service("rsyslog").is_running and sensor.service("rsyslog").is_enabled
    assert json.loads(sensor.check_output("suricatasc -c iface-list"))["message"]["ifaces"] == ["mirror0"]
    assert sensor.file("/etc/wardround/intrusion_detection/candidate").mode == 0o700


def test_a_guest_that_talks_dicom_is_one_alert(wire: Wire) -> None:
    (alert,) = wire.alerts(lambda: wire.say("guest", "pacs", 104, associate()))
    assert alert["event_type"] == "alert"
    assert (alert["src_ip"], alert["dest_ip"], alert["dest_port"]) == ("10.60.0.50", "10.40.0.5", 104)
    assert alert["alert"]["signature"] == f"guest -> servers: {DICOM}"
    assert alert["alert"]["metadata"]["intent"] == ["network.zones.guest"]
    assert 1 << 30 <= alert["alert"]["signature_id"] < 1 << 31


def test_the_file_and_the_collector_have_the_same(wire: Wire, sensor: Any) -> None:
    wire.alerts(lambda: wire.say("guest", "pacs", 11112, associate()))
    written = [json.loads(line) for line in sensor.check_output("cat /var/log/suricata/eve.json").splitlines()]
    assert {one["event_type"] for one in written} == {"alert"}
    assert written == wire.collected()


def test_hl7_from_a_host_that_no_flow_lists(wire: Wire) -> None:
    def act() -> None:
        wire.say("ct", "pacs", 2575, message(), message())
        wire.say("new", "pacs", 9999, message()[:1], message()[1:])

    alerts = wire.alerts(act)
    assert signatures(alerts) == [f"imaging -> servers: {HL7}"] * 2
    assert {one["src_ip"] for one in alerts} == {wire.address("ct"), wire.address("new")}


def test_hl7_in_pieces_is_seen_however_it_is_cut(wire: Wire) -> None:
    whole = message()
    ways = [(b"hell", b"o" + whole[:1], whole[1:3], whole[3:]), (whole[:2], whole[2:])] * 10

    def act() -> None:
        for pieces in ways:
            wire.say("new", "pacs", 9999, *pieces)

    assert signatures(wire.alerts(act)) == [f"imaging -> servers: {HL7}"] * len(ways)


def test_dicom_from_a_new_device_by_ipv6(wire: Wire) -> None:
    (alert,) = wire.alerts(lambda: wire.say("new", "pacs", 104, associate(), version=6))
    assert alert["alert"]["signature"] == f"imaging -> servers: {DICOM}"
    assert alert["src_ip"] == "fd00:0030:0000:0000:0000:0000:0000:0023"


def test_what_flows_allow_is_no_alert(wire: Wire) -> None:
    def act() -> None:
        for _connection in range(150):  # more than a scan has
            wire.say("ct", "pacs", 104, associate())
        wire.say("ct", "pacs", 11112, associate(), version=6)
        wire.say("ct", "pacs", 104, associate()[:40], associate()[40:])
        wire.say("mr", "pacs", 104, associate())
        wire.say("mr", "pacs", 2575, *[message()] * 20)
        wire.say("mr", "pacs", 2575, message()[:1], message()[1:])
        wire.say("pacs", "ct", 104, associate())
        wire.say("ct", "mr", 104, associate())  # inside one zone
        wire.ask("guest", "pacs", [question("www.example.org", 1)] * 30, answered(0))
        wire.ask("guest", "pacs", [question("example.org", 16)] * 30, answered(1))

    assert signatures(wire.alerts(act)) == []


def test_a_scan(wire: Wire) -> None:
    alerts = wire.alerts(lambda: wire.try_ports("guest", "pacs", range(1, 151)))
    assert set(signatures(alerts)) == {"guest -> any: SYN scan, 100 connections in 10 s that no flow allows"}
    assert len(alerts) <= 2  # one in 10 s


def test_a_dns_tunnel(wire: Wire) -> None:
    names = [question(f"{number:060}.{'x' * 60}.t.example", 1) for number in range(20)]
    (asked,) = wire.alerts(lambda: wire.ask("guest", "pacs", names, answered(0)))
    assert asked["alert"]["signature"] == "guest -> any: DNS tunnel size, names over 100 characters"
    texts = [question(f"{number}.t.example", 16) for number in range(20)]
    (told,) = wire.alerts(lambda: wire.ask("guest", "pacs", texts, answered(3)))
    assert told["alert"]["signature"] == "any -> guest: DNS tunnel size, TXT answers over 512 bytes"


def test_broken_rules_are_refused_and_the_old_ones_go_on(wire: Wire, sensor: Any, play: Play) -> None:
    before, pid = sensor.file(IN_USE).content_string, sensor.check_output("pidof suricata")
    refused = play("converge.yml", "-e", "rules=broken")
    assert refused.returncode != 0
    said = " ".join((refused.stdout + refused.stderr).split())
    assert "Suricata refuses the rules, so those in use stay" in said
    assert "unknown rule keyword" in said or "estabished" in said
    assert sensor.file(IN_USE).content_string == before
    assert sensor.check_output("pidof suricata") == pid
    assert signatures(wire.alerts(lambda: wire.say("guest", "pacs", 104, associate()))) == [
        f"guest -> servers: {DICOM}"
    ]


def test_check_mode_shows_the_difference_and_changes_nothing(sensor: Any, play: Play) -> None:
    assert play("converge.yml").returncode == 0
    before = sensor.file(IN_USE).content_string
    looked = play("converge.yml", "--check", "--diff", "-e", "rules=wider")
    assert looked.returncode == 0, looked.stdout + looked.stderr
    assert '+pass tcp [10.30.0.0/24,fd00:30::/64] any -> [10.40.0.5,fd00:40::5] [104,11112] (msg:"imaging_to_pacs' in (
        looked.stdout
    )
    assert sensor.file(IN_USE).content_string == before


def test_new_rules_are_used_without_a_restart_and_taken_back(wire: Wire, sensor: Any, play: Play) -> None:
    def act() -> None:
        wire.say("new", "pacs", 104, associate())

    before, pid = sensor.file(IN_USE).content_string, sensor.check_output("pidof suricata")
    assert signatures(wire.alerts(act)) == [f"imaging -> servers: {DICOM}"]
    changed = play("converge.yml", "-e", "rules=wider")
    assert changed.returncode == 0, changed.stdout
    assert signatures(wire.alerts(act)) == []
    back = play("back.yml")
    assert back.returncode == 0, back.stdout
    assert sensor.file(IN_USE).content_string == before
    assert signatures(wire.alerts(act)) == [f"imaging -> servers: {DICOM}"]
    assert sensor.check_output("pidof suricata") == pid


def test_alerts_wait_for_the_collector(wire: Wire, sensor: Any) -> None:
    sensor.check_output("systemctl stop collector")
    before = len(wire.collected())
    for port in (104, 105, 106):
        wire.say("guest", "pacs", port, associate())
    time.sleep(2)
    assert len(wire.collected()) == before
    sensor.check_output(COLLECTOR)
    alerts = wire.alerts(lambda: None, seconds=90)
    assert [one["dest_port"] for one in alerts] == [104, 105, 106]


def test_it_is_modest(sensor: Any) -> None:
    """At this scenario's limits, with 130 rules: 33 MB were measured."""
    status = sensor.check_output(f"cat /proc/{sensor.check_output('pidof suricata')}/status")
    resident = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    assert resident < 100_000, f"{resident} kB"
