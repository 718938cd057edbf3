# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a link carries: ping(8), then flows of iperf3(1) that are limited to a rate, one after the other.

Loss is counted in datagrams at a quarter of the rate, with twice the usual buffer: a receiver that was busy for a
moment drops datagrams that the link has carried, and at the whole rate a stop of 50 ms is enough.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import time

PINGS = 10
PING_SECONDS = 10  # for all of them; without any answer it takes three
PING_TRIES = 2  # one that takes longer says nothing of the link: its computer was busy
CONNECT_SECONDS = 4
SPARE_SECONDS = 6  # that a flow may take beyond its time; iperf3 itself waits 30 s for a datagram
START_SECONDS = 3  # until a server that was just started listens
UDP_TRIES = 3  # iperf3 opens a UDP flow with one datagram each way and never sends them again
NOT_YET = ("refused", "reset by peer", "busy")  # what iperf3 says of a server that soon answers
BUFFER = 212992  # net.core.rmem_max where nobody has raised it; the kernel doubles it
LEAST_DATAGRAM_RATE = 2.0  # Mbit/s, or the rate where that is less: fewer datagrams would be too few to count losses in

_PING_COUNT = re.compile(r"(\d+) packets transmitted, (\d+) received")
_PING_TIMES = re.compile(r"= ([\d.]+)/([\d.]+)/([\d.]+)/([\d.]+) ms")


class ProbeError(Exception):
    """A question that got no answer; the message is a sentence for a technician."""


def run(command, seconds):
    """(exit code, output, what it complained about) of a program; an exit code of None where it did not end."""
    environment = dict(os.environ, LC_ALL="C")
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
            env=environment,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        return None, "", ""
    except FileNotFoundError:
        raise ProbeError("%s is not installed here" % command[0]) from None
    return done.returncode, done.stdout, done.stderr


def measure(link, call=run):
    """Everything about one link as (figures, faults); what has a fault is missing in the figures.

    link: peer (its name), source, address (IP addresses), port, rate_mbits, seconds, directions (`forward` from here
    to the peer, `backward`). Figures: throughput in Mbit/s, loss in percent, times in ms.
    """
    figures, faults = {}, []
    try:
        figures.update(ping(link, call))
    except ProbeError as error:
        faults.append(str(error))
    try:
        for kind in (tcp, udp):
            for direction in link["directions"]:
                figures.update(kind(link, direction, call))
    except ProbeError as error:  # the server may be busy with what got stuck: nothing more is asked of it
        faults.append(str(error))
    return figures, faults


def ping(link, call=run):
    """Round-trip times without load, and the share of echo requests that were not answered."""
    command = ["ping", "-n", "-q", "-c", str(PINGS), "-i", "0.2", "-W", "1", "-I", link["source"], link["address"]]
    for _unused in range(PING_TRIES):
        code, output, said = call(command, PING_SECONDS)
        if code is not None:
            return parse_ping(link, output, said)
    raise ProbeError("ping to %s (%s) did not end in %d s" % (link["peer"], link["address"], PING_SECONDS))


def parse_ping(link, output, said=""):
    """Figures of ping's summary (iputils). Raises ProbeError where nothing was answered."""
    counted, times = _PING_COUNT.search(output), _PING_TIMES.search(output)
    if not counted or not times:
        reason = said.strip().splitlines()[0] if said.strip() else "no answer to %d echo requests" % PINGS
        raise ProbeError("%s from %s (%s)" % (reason, link["peer"], link["address"]))
    sent, received = (int(number) for number in counted.groups())
    least, mean, most, deviation = (float(number) for number in times.groups())
    lost = 100.0 * (sent - received) / sent
    return {"ping_loss": lost, "ping_min": least, "ping": mean, "ping_max": most, "ping_deviation": deviation}


def tcp(link, direction, call=run):
    """Throughput at the limited rate, and retransmissions."""
    # Small pieces: iperf3 would send 128 KiB at once and then wait, and a slow line would see bursts at full speed.
    return parse_tcp(_flow(link, direction, link["rate_mbits"], ["--length", "8K"], call), direction)


def udp(link, direction, call=run):
    """Share of datagrams that did not arrive, and the jitter of those that did (RFC 1889).

    Loss is asked again, and the smaller counts: a bad cable loses both times, a busy receiver seldom.
    """
    rate = max(link["rate_mbits"] / 4, min(link["rate_mbits"], LEAST_DATAGRAM_RATE))
    datagrams = ["--udp", "--window", str(BUFFER)]
    figures = parse_udp(_flow(link, direction, rate, datagrams, call), direction)
    if figures["loss_" + direction]:
        again = parse_udp(_flow(link, direction, rate, datagrams, call), direction)
        figures = min(figures, again, key=lambda one: one["loss_" + direction])
    return figures


def parse_tcp(report, direction):
    """Figures of iperf3's report on a TCP flow: what the receiver got, what the sender's TCP saw."""
    end = report["end"]
    figures = {
        "throughput_" + direction: end["sum_received"]["bits_per_second"] / 1e6,
        "retransmits_" + direction: end["sum_sent"]["retransmits"],
    }
    round_trip = end["streams"][0]["sender"]["mean_rtt"] / 1000
    if round_trip:  # iperf3 knows it of its own TCP only, and is the receiver of what comes backward
        figures["round_trip_" + direction] = round_trip
    return figures


def parse_udp(report, direction):
    """Figures of iperf3's report on datagrams, as the receiver counted them."""
    counted = report["end"]["sum"]
    if not counted["packets"]:
        raise ProbeError("iperf3 counted no datagram %s" % direction)
    lost = 100.0 * counted["lost_packets"] / counted["packets"]
    return {"loss_" + direction: max(0.0, lost), "jitter_" + direction: counted["jitter_ms"]}


def _flow(link, direction, rate, more, call):
    """iperf3's report on one flow. Raises ProbeError."""
    command = ["iperf3", "--client", link["address"], "--bind", link["source"], "--port", str(link["port"]), "--json"]
    command += ["--connect-timeout", str(CONNECT_SECONDS * 1000), "--time", str(link["seconds"])]
    command += ["--bitrate", str(round(rate * 1e6)), *more, *(["--reverse"] if direction == "backward" else [])]
    until, tries = time.monotonic() + START_SECONDS, UDP_TRIES if "--udp" in more else 1
    while True:
        code, output, said = call(command, link["seconds"] + SPARE_SECONDS)
        error = None if code is None else parse_error(output, said)
        if code is not None and error is None:
            return json.loads(output)
        if code is None:
            tries, until = tries - 1, time.monotonic() + START_SECONDS
        # The server is starting, is closing the flow before, or has not noticed yet that we gave up.
        waiting = error is not None and any(word in error for word in NOT_YET) and time.monotonic() < until
        if not waiting and (error is not None or not tries):
            raise ProbeError(explained(link, "udp" if "--udp" in more else "tcp", error))
        time.sleep(0.2)


def parse_error(output, said=""):
    """Why iperf3 could not measure, None where it could. Its exit code lies: 3.12 ends with 0 whatever happened."""
    try:
        report = json.loads(output)
    except ValueError:
        return (said or output).strip().splitlines()[0] if (said or output).strip() else "it said nothing"
    if isinstance(report, dict) and "error" in report:
        return str(report["error"])
    ended = isinstance(report, dict) and report.get("end", {}).get("sum_sent")
    return None if ended else "its report has no end"


def explained(link, protocol, error):
    """A sentence on iperf3's error; error: None where it did not end."""
    peer = "%s (%s)" % (link["peer"], link["address"])
    service = "%s/%d" % (protocol, link["port"])
    stuck = error is None or "unable to read from stream socket" in error or "control socket has closed" in error
    if stuck or "timed out" in error or "unreachable" in error or "No route" in error:
        reason = "no answer" if stuck or "timed out" in error else error.rpartition(": ")[2].lower()
        cause = "a flow for this service is missing in the intent (network.flows), or not let through yet"
        return "%s from %s on %s: %s" % (reason, peer, service, cause)
    if "refused" in error:
        return "%s refused %s: iperf3 does not run there, see systemctl status wardround-link-check" % (peer, service)
    if "busy" in error:
        return "another measurement is going on at %s" % peer
    return "iperf3 with %s on %s: %s" % (peer, service, error)
