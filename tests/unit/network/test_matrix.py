"""What must be reached comes from the flows; what differs is a sentence."""

from __future__ import annotations

import dataclasses

from tests.unit.network.devices import models
from tests.unit.network.intents import HOSTS, large, small
from wardround.network.device import Rule
from wardround.network.matrix import UNLISTED, Expected, Probe, Seen, Verdict, compare, control, expectations
from wardround.network.reach import allowed
from wardround.network.wiring import wire

NETWORK = small()
WIRING = wire(NETWORK, HOSTS)
EXPECTED = expectations(NETWORK, WIRING)
FIREWALLS = models(NETWORK, HOSTS).firewalls


def right() -> dict[Probe, Seen]:
    return {probe: "reached" if wanted.allowed else "not reached" for probe, wanted in EXPECTED.items()}


def judged(changes: dict[Probe, Seen]) -> Verdict:
    return compare(EXPECTED, {**right(), **changes}, WIRING, FIREWALLS.values())


def probe(source: str, destination: str, service: str, port: int | None = None, family: int = 4) -> Probe:
    return next(
        one
        for one in EXPECTED
        if (one.source, one.destination, one.service, one.family) == (source, destination, service, family)
        and port in (None, one.port)
    )


def test_the_compiled_rules_let_pass_what_the_flows_say() -> None:
    for one, wanted in EXPECTED.items():
        ends = [WIRING.machines[name].addresses[one.family] for name in (one.source, one.destination)]
        assert allowed(FIREWALLS.values(), *ends, one.protocol, one.port)[0] == wanted.allowed, str(one)


def test_every_two_zones_are_asked_for_every_service_in_both_families() -> None:
    asked = {(one.source, one.destination, one.service, one.port, one.family) for one in EXPECTED}
    for source in NETWORK.zones:
        for destination in NETWORK.zones:
            if source != destination:
                families = (4, 6) if "guest" not in (source, destination) else (4,)
                for family in families:
                    assert {(source, destination, "dicom", port, family) for port in (104, 11112)} <= asked
                    assert (source, destination, "ping", None, family) in asked
                    assert (source, destination, UNLISTED, 61000, family) in asked


def test_flows_of_hosts_are_asked_from_and_to_the_hosts_and_beside_them() -> None:
    assert EXPECTED[probe("ct-01", "pacs-01", "dicom")] == Expected(True, "flow ct_to_pacs")
    assert EXPECTED[probe("imaging", "pacs-01", "dicom")] == Expected(False)
    assert EXPECTED[probe("ct-01", "servers", "dicom")] == Expected(False)
    assert EXPECTED[probe("ct-01", "pacs-01", "https")] == Expected(False)
    assert EXPECTED[probe("servers", "pacs-01", "https")] == Expected(True, "both in zone servers")
    assert EXPECTED[probe("clinical", "pacs-01", "dns")] == Expected(True, "flow desks_to_servers")


def test_two_services_of_one_port_are_one_question() -> None:
    services = small().model_dump()["services"]
    network = small(services={**services, "viewer": {"protocol": "tcp", "ports": [443]}})
    expected = expectations(network, wire(network, HOSTS))
    found = {
        one.service: wanted
        for one, wanted in expected.items()
        if (one.source, one.destination, one.port, one.family) == ("clinical", "pacs-01", 443, 4)
    }
    assert found == {"https or viewer": Expected(True, "flow desks_to_pacs")}


def test_only_the_management_zone_may_reach_a_firewalls_ssh() -> None:
    own = {one: wanted.allowed for one, wanted in EXPECTED.items() if one.destination.startswith("fw-01 in")}
    assert {one.source for one, wanted in own.items() if wanted} == {"management"}
    assert {one.source for one in own} == set(NETWORK.zones)


def test_what_is_right_is_proved() -> None:
    assert judged({}) == Verdict(len(EXPECTED), (), ())
    assert judged({}).ok


def test_nothing_asked_proves_nothing() -> None:
    assert not compare({}, {}, WIRING, FIREWALLS.values()).ok


def test_a_denied_service_that_is_reached_names_the_rule() -> None:
    rule = Rule("guest_to_imaging", "guest", "imaging", "tcp", (104,))
    wide = dataclasses.replace(FIREWALLS["fw-01"], rules=(*FIREWALLS["fw-01"].rules, rule))
    one = probe("guest", "imaging", "dicom", 104)
    verdict = compare(EXPECTED, {**right(), one: "reached"}, WIRING, [wide])
    said = "guest -> imaging: dicom (tcp/104, IPv4) reached, must be denied (rule guest_to_imaging)"
    assert verdict.mismatches == (said,)
    assert verdict.wrong == (one,)
    assert judged({one: "reached"}).mismatches == (
        "guest -> imaging: dicom (tcp/104, IPv4) reached, must be denied"
        " (no rule allows it: past the firewall, or by a wrong VLAN)",
    )


def test_an_allowed_service_that_is_not_reached_names_the_flow() -> None:
    verdict = judged({probe("ct-01", "pacs-01", "dicom", 104, 6): "not reached"})
    assert verdict.mismatches == (
        "ct-01 -> pacs-01: dicom (tcp/104, IPv6) not reached, must be allowed (flow ct_to_pacs)",
    )
    assert not verdict.ok


def test_a_server_that_saw_what_its_client_gave_up_is_inconclusive() -> None:
    verdict = judged({probe("management", "servers", "ping"): "inconclusive"})
    assert verdict.mismatches == ()
    assert verdict.inconclusive == (
        "management -> servers: ping (echo, IPv4) inconclusive: the server saw it, the client timed out;"
        " must be allowed (flow monitoring)",
    )
    assert not verdict.ok


def test_a_question_that_was_not_asked_is_inconclusive() -> None:
    seen = right()
    del seen[probe("guest", "servers", "dns")]
    assert compare(EXPECTED, seen, WIRING, FIREWALLS.values()).inconclusive == (
        "guest -> servers: dns (udp/53, IPv4) was not asked, must be allowed (flow guest_resolves)",
    )


def test_the_control_asks_everything_that_one_firewall_joins() -> None:
    assert control(EXPECTED, WIRING) == list(EXPECTED)
    apart = dataclasses.replace(WIRING, behind={**WIRING.behind, "guest": "fw-02"})
    left = control(EXPECTED, apart)
    assert {one.source for one in left if one.source == "guest"} | {one.destination for one in left} <= {
        *WIRING.machines
    }
    assert not [one for one in left if "guest" in (one.source, one.destination) and "fw" not in one.destination]


def test_twenty_zones_have_thousands_of_questions() -> None:
    network = large(20, 18)
    assert len(expectations(network, wire(network, {}))) > 20 * 19 * 20 * 2
