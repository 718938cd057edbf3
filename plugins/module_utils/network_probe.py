# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who reaches this machine, and whom it reaches: listens below the firewall of the machine itself, and asks.

A question is one packet that a service would begin with: TCP's SYN, a datagram, an ICMP echo request. It is known again
where it arrives by who sent it from which port, so that services that run need not take part (packet(7)). A broadcast
frame with the machine's name shows who is in one VLAN with it, whatever its address.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import ipaddress
import json
import os
import resource
import select
import shutil
import socket
import struct
import tempfile
import time
from pathlib import Path

ETH_P_ALL = 3
EXPERIMENTAL = 0x88B5  # IEEE 802 local experimental EtherType 1 (IEEE 802-2014, 9.2.3)
CALL = b"wardround probe of "
SIOCGIFADDR = 0x8915  # netdevice(7)
SO_RCVBUFFORCE = 33  # socket(7); the module socket lacks it
OUTGOING = 4  # PACKET_OUTGOING
ROUNDS = 3  # a packet may be lost
GAP = 0.0005  # seconds from one question to the next: switches' queues are short
PAUSE = 0.5  # seconds in which an answer comes
SILENT = 0.2  # seconds between two looks whether to end
BUFFER = 8 << 20
PATIENCE = 30  # seconds for what is left behind to begin, and to end
READY, UNTIL, TOLD = "ready", "until", "heard.json"  # files of the process that is left behind
NOBODY = {errno.ECONNREFUSED, errno.ECONNRESET}


def begin(addresses, seconds):
    """Leave a process behind that listens, and return its directory once nothing is missed any more.

    It ends by `end`, or by itself after `seconds`.
    """
    directory = Path(tempfile.mkdtemp(prefix="wardround-probe.", dir="/run"))
    child = os.fork()
    if not child:
        _listen_behind(directory, addresses, seconds)
    os.waitpid(child, 0)  # it has a child of its own, which nobody waits for
    _wait(lambda: (directory / READY).exists() or _told(directory), "nothing listened")
    if told := _told(directory):
        raise OSError(told["error"])
    return str(directory)


def end(directory):
    """What was heard, as `listen` returns it, by the process that `begin` left behind; it has ended then."""
    directory = Path(directory)
    (directory / UNTIL).touch()
    told = _wait(lambda: _told(directory), "what listened did not end")
    shutil.rmtree(directory)
    if "error" in told:
        raise OSError(told["error"])
    return told["heard"], told["sent"]


def _wait(look, what):
    """What `look` finds as soon as it finds anything. Raises OSError, with `what` came of it, after PATIENCE."""
    deadline = time.monotonic() + PATIENCE
    while not (found := look()):
        if time.monotonic() > deadline:
            raise OSError(f"{what} within {PATIENCE} s")
        time.sleep(SILENT / 10)
    return found


def _listen_behind(directory, addresses, seconds):
    """The life of the process that is left behind; it never returns to the code that was forked."""
    try:
        os.setsid()
        if os.fork():
            os._exit(0)
        os.closerange(0, resource.getrlimit(resource.RLIMIT_NOFILE)[0])  # whoever waits for our end of a pipe shall not
        try:
            heard, sent = listen(addresses, directory / READY, directory / UNTIL, seconds)
            told = {"heard": heard, "sent": sent}
        except (OSError, ValueError) as error:
            told = {"error": str(error)}
        if (directory / UNTIL).exists() or "error" in told:
            partial = directory / "partial"
            partial.write_text(json.dumps(told), encoding="utf-8")
            partial.rename(directory / TOLD)
        else:  # nobody came for it
            shutil.rmtree(directory)
    finally:
        os._exit(0)


def _told(directory):
    try:
        return json.loads((directory / TOLD).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def listen(addresses, ready, until, seconds):
    """What arrives for these addresses, as sorted marks, and how many packets they sent themselves.

    ready: file made once nothing is missed any more; until: file whose appearance ends it, as `seconds` do. What comes
    in at an interface without an address, a sensor's mirror, was sent to others.
    """
    own = {name for name, _address in _interfaces()}
    mine = {ipaddress.ip_address(address).packed for address in addresses}
    heard, sent = set(), 0
    deadline, look = time.monotonic() + seconds, 0.0
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL)) as ear:
        with contextlib.suppress(OSError):
            ear.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
        ear.settimeout(SILENT)
        ready.touch()
        while time.monotonic() < deadline:
            if time.monotonic() > look:
                if until.exists():
                    break
                look = time.monotonic() + SILENT
            try:
                data, where = ear.recvfrom(128)
            except TimeoutError:
                continue
            if where[0] not in own:
                continue
            if where[1] == EXPERIMENTAL and data.startswith(CALL):
                if where[2] == OUTGOING:
                    sent += 1
                else:
                    heard.add(called(data[len(CALL) :].rstrip(b"\0").decode("ascii", "replace")))
                continue
            found = mark(data)
            if found is None:
                continue
            source, destination, text = found
            if where[2] == OUTGOING:
                sent += source in mine
            elif destination in mine:
                heard.add(text)
    return sorted(heard), sent


def called(name):
    """The mark of a machine's broadcast frame."""
    return f"frame {name}"


def call(name, addresses):
    """Send a frame to everybody in the VLAN of the interface that has one of the addresses. Raises OSError."""
    everybody = (_interface_of(addresses), EXPERIMENTAL, 0, 0, b"\xff" * 6)
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM) as channel:
        for _round in range(ROUNDS):
            channel.sendto((CALL + name.encode("ascii")).ljust(46, b"\0"), everybody)
            time.sleep(GAP)


def _interfaces():
    """Pairs of an interface and its first IPv4 address; every machine of a hospital has one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        for _index, name in socket.if_nameindex():
            with contextlib.suppress(OSError):  # it has no IPv4 address
                answer = fcntl.ioctl(channel, SIOCGIFADDR, struct.pack("256s", name.encode()))
                yield name, socket.inet_ntoa(answer[20:24])


def _interface_of(addresses):
    for name, address in _interfaces():
        if address in addresses:
            return name
    raise OSError(errno.EADDRNOTAVAIL, f"no interface has {' or '.join(addresses)}")


def mark(data):
    """(source, destination, mark) of a packet that is a question, None for every other.

    The mark is `VERSION PROTOCOL SOURCE FROM TO`: ports, or identifier and sequence of an echo request.
    """
    if len(data) < 28:
        return None
    version = data[0] >> 4
    if version == 4:
        protocol, source, destination, body = data[9], data[12:16], data[16:20], data[(data[0] & 15) * 4 :]
    elif version == 6:
        protocol, source, destination, body = data[6], data[8:24], data[24:40], data[40:]
    else:
        return None
    if protocol == socket.IPPROTO_TCP and len(body) >= 14 and body[13] & 0x12 == 0x02:  # SYN without ACK
        name, numbers = "tcp", struct.unpack_from("!HH", body)
    elif protocol == socket.IPPROTO_UDP and len(body) >= 8:
        name, numbers = "udp", struct.unpack_from("!HH", body)
    elif protocol in (socket.IPPROTO_ICMP, socket.IPPROTO_ICMPV6) and len(body) >= 8 and body[0] in (8, 128):
        name, numbers = "icmp", struct.unpack_from("!HH", body, 4)
    else:
        return None
    address = ipaddress.ip_address(bytes(source))
    return bytes(source), bytes(destination), " ".join(map(str, (version, name, address, *numbers)))


def ask(questions):
    """Send every question some times. Marks of each, which of them were answered, and what could not be sent.

    questions: number to protocol, address, port (None with icmp) and source, this machine's own address.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, len(questions) + 256)), hard))
    marks = {number: [] for number in questions}
    answered, failed = set(), {}
    for _round in range(ROUNDS):
        waiting = {}
        for number, question in questions.items():
            try:
                channel, text = _send(question)
            except OSError as error:
                failed[number] = os.strerror(error.errno) if error.errno else str(error)
                continue
            marks[number].append(text)
            if question["protocol"] == "tcp":
                waiting[channel] = number
            else:
                channel.close()
            time.sleep(GAP)
        answered |= _answered(waiting)
    return marks, sorted(answered), {number: why for number, why in failed.items() if not marks[number]}


def _send(question):
    protocol, own, there = question["protocol"], question["source"], question["address"]
    version = ipaddress.ip_address(own).version
    family = socket.AF_INET if version == 4 else socket.AF_INET6
    if protocol == "icmp":
        kind = socket.IPPROTO_ICMP if version == 4 else socket.IPPROTO_ICMPV6
        channel = socket.socket(family, socket.SOCK_RAW, kind)
        numbers = struct.unpack("!HH", os.urandom(4))
        target, packet = (there, 0), _echo_request(version, numbers)
    else:
        channel = socket.socket(family, socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM)
        target, packet = (there, question["port"]), b"wardround probe"
    try:
        channel.setblocking(False)
        channel.bind((own, 0))
        if protocol == "tcp":
            channel.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # leave no TIME_WAIT
            code = channel.connect_ex(target)
            if code not in (0, errno.EINPROGRESS, *NOBODY):
                raise OSError(code, os.strerror(code))
        else:
            channel.sendto(packet, target)
        if protocol != "icmp":
            numbers = (channel.getsockname()[1], question["port"])
    except OSError:
        channel.close()
        raise
    return channel, " ".join(map(str, (version, protocol, ipaddress.ip_address(own), *numbers)))


def _echo_request(version, numbers):
    """RFC 792 with its checksum; RFC 4443, 4.1, whose checksum the kernel fills in."""
    if version == 6:
        return struct.pack("!BBHHH", 128, 0, 0, *numbers)
    total = 0x0800 + sum(numbers)
    total = (total & 0xFFFF) + (total >> 16)
    total = (total & 0xFFFF) + (total >> 16)
    return struct.pack("!BBHHH", 8, 0, ~total & 0xFFFF, *numbers)


def _answered(waiting):
    """The numbers of connections that were accepted or refused; all are closed."""
    found = set()
    poll = select.poll()
    by_descriptor = {channel.fileno(): channel for channel in waiting}
    for descriptor in by_descriptor:
        poll.register(descriptor, select.POLLOUT)
    deadline = time.monotonic() + PAUSE
    while by_descriptor and (left := deadline - time.monotonic()) > 0:
        for descriptor, _event in poll.poll(left * 1000):
            channel = by_descriptor.pop(descriptor)
            poll.unregister(descriptor)
            if channel.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) in (0, *NOBODY):
                found.add(waiting[channel])
    for channel in waiting:
        channel.close()
    return found
