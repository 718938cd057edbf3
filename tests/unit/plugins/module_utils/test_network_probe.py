"""What counts as a question, and questions between two namespaces' worth of one machine."""

from __future__ import annotations

import ipaddress
import struct

import pytest
from ansible_collections.wardround.hospital.plugins.module_utils import network_probe
from hypothesis import given
from hypothesis import strategies as st

SOURCE, THERE = "10.87.27.51", "10.87.20.11"
SOURCE6, THERE6 = "fd87:27::51", "fd87:20::11"


def ipv4(protocol: int, body: bytes, options: bytes = b"") -> bytes:
    head = struct.pack("!BBHHHBBH", 0x45 + len(options) // 4, 0, 20 + len(body), 0, 0, 64, protocol, 0)
    return head + b"".join(ipaddress.ip_address(one).packed for one in (SOURCE, THERE)) + options + body


def ipv6(protocol: int, body: bytes) -> bytes:
    head = struct.pack("!IHBB", 6 << 28, len(body), protocol, 64)
    return head + b"".join(ipaddress.ip_address(one).packed for one in (SOURCE6, THERE6)) + body


def tcp(flags: int) -> bytes:
    return struct.pack("!HHIIBBHHH", 40122, 4242, 1, 0, 0x50, flags, 1024, 0, 0)


@pytest.mark.parametrize(
    ("packet", "mark"),
    [
        (ipv4(6, tcp(0x02)), f"4 tcp {SOURCE} 40122 4242"),
        (ipv4(6, tcp(0x02), options=bytes(4)), f"4 tcp {SOURCE} 40122 4242"),
        (ipv6(6, tcp(0xC2)), f"6 tcp {SOURCE6} 40122 4242"),  # with ECN's flags
        (ipv4(17, struct.pack("!HHHH", 5, 123, 8, 0)), f"4 udp {SOURCE} 5 123"),
        (ipv6(17, struct.pack("!HHHH", 5, 123, 8, 0)), f"6 udp {SOURCE6} 5 123"),
        (ipv4(1, struct.pack("!BBHHH", 8, 0, 0, 7, 9)), f"4 icmp {SOURCE} 7 9"),
        (ipv6(58, struct.pack("!BBHHH", 128, 0, 0, 7, 9)), f"6 icmp {SOURCE6} 7 9"),
    ],
)
def test_the_first_packet_of_a_service_is_a_question(packet: bytes, mark: str) -> None:
    found = network_probe.mark(packet)
    assert found is not None
    assert found[2] == mark
    assert str(ipaddress.ip_address(found[1])) in (THERE, THERE6)


@pytest.mark.parametrize(
    "packet",
    [
        ipv4(6, tcp(0x12)),  # SYN, ACK: an answer
        ipv4(6, tcp(0x10)),
        ipv4(6, tcp(0x04)),
        ipv4(1, struct.pack("!BBHHH", 0, 0, 0, 7, 9)),  # echo reply
        ipv6(58, struct.pack("!BBHHH", 135, 0, 0, 7, 9)),  # neighbour solicitation
        ipv4(89, bytes(20)),
        b"\x45" + bytes(10),
    ],
)
def test_answers_and_the_rest_are_none(packet: bytes) -> None:
    assert network_probe.mark(packet) is None


@given(st.binary(max_size=128))
def test_whatever_comes_is_borne(data: bytes) -> None:
    found = network_probe.mark(data)
    assert found is None or len(found[2].split()) == 5
