"""The module network_probe between namespaces: real packets, a firewall rule in between, a service that is there."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.switch import namespaces

ROOT = Path(__file__).parents[2]
HERE, THERE = "wr-probe-here", "wr-probe-there"
ADDRESSES = {HERE: ("10.99.1.1", "fd99::1"), THERE: ("10.99.1.2", "fd99::2")}
PORTS = {"open": 4242, "closed": 2575, "dropped": 104}
RULES = f"""
table inet wr_probe {{
  chain out {{ type filter hook output priority 0; tcp dport {PORTS["dropped"]} drop; udp dport 53 drop; }}
}}
"""
RUN = """
import json, sys
from ansible_collections.wardround.hospital.plugins.module_utils import network_probe
given = json.loads(sys.argv[1])
if "listen" in given:
    print(json.dumps(network_probe.begin(given["listen"], given["seconds"])))
elif "directory" in given:
    print(json.dumps(network_probe.end(given["directory"])))
else:
    network_probe.call(given["name"], given["own"])
    print(json.dumps(network_probe.ask(given["questions"])))
"""


def inside(namespace: str, given: dict[str, Any]) -> Any:
    done = subprocess.run(
        ["ip", "netns", "exec", namespace, sys.executable, "-c", RUN, json.dumps(given)],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}/collections", "PATH": "/usr/bin:/usr/sbin:/bin:/sbin"},
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.fixture
def two() -> Iterator[None]:
    with namespaces.made(HERE, THERE):
        namespaces.cable(HERE, "near", THERE, "far")
        for name, interface in ((HERE, "near"), (THERE, "far")):
            ipv4, ipv6 = ADDRESSES[name]
            namespaces.address(name, interface, f"{ipv4}/24")
            namespaces.run("ip", "-n", name, "addr", "add", f"{ipv6}/64", "dev", interface, "nodad")
        subprocess.run(["ip", "netns", "exec", HERE, "nft", "-f", "-"], input=RULES, text=True, check=True)
        yield


@pytest.mark.usefixtures("two")
def test_what_arrives_is_known_whether_or_not_somebody_answers() -> None:
    questions = {}
    for family in (0, 1):
        ends = {"source": ADDRESSES[HERE][family], "address": ADDRESSES[THERE][family]}
        for name, port in PORTS.items():
            questions[f"{name}-{family}"] = {"protocol": "tcp", "port": port, **ends}
        questions[f"ntp-{family}"] = {"protocol": "udp", "port": 123, **ends}
        questions[f"dns-{family}"] = {"protocol": "udp", "port": 53, **ends}
        questions[f"echo-{family}"] = {"protocol": "icmp", "port": None, **ends}
    questions["nowhere"] = {"protocol": "tcp", "port": 1, "source": ADDRESSES[HERE][0], "address": "192.0.2.1"}
    serve = f"import socket, time; s = socket.create_server(('', {PORTS['open']})); time.sleep(60)"
    server = subprocess.Popen(["ip", "netns", "exec", THERE, sys.executable, "-c", serve])
    try:
        directory = inside(THERE, {"listen": ADDRESSES[THERE], "seconds": 60})
        inside(THERE, {"own": ADDRESSES[THERE], "name": "there", "questions": {}})
        marks, answered, failed = inside(HERE, {"own": ADDRESSES[HERE], "name": "here", "questions": questions})
        heard, sent = inside(THERE, {"directory": directory})
    finally:
        server.kill()
        server.wait()
    assert not Path(directory).exists()
    arrived = {name for name, sent_with in marks.items() if set(sent_with) & set(heard)}
    assert arrived == {f"{name}-{family}" for name in ("open", "closed", "ntp", "echo") for family in (0, 1)}
    assert "frame here" in heard
    assert "frame there" not in heard
    assert set(answered) == {f"{name}-{family}" for name in ("open", "closed") for family in (0, 1)}
    assert failed.keys() == {"nowhere", "dns-0", "dns-1"}  # a machine's own firewall is told of
    assert sent == 3


@pytest.mark.usefixtures("two")
def test_what_listens_ends_by_itself_where_nobody_comes_for_it() -> None:
    directory = Path(inside(THERE, {"listen": ADDRESSES[THERE], "seconds": 0.5}))
    deadline = time.monotonic() + 30
    while directory.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
