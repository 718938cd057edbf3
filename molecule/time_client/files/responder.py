"""A time server of 20 lines: `responder.py ADDRESS SECONDS [STRATUM]` answers NTP with the time plus SECONDS."""

import socket
import struct
import sys
import time

address, lie, stratum = sys.argv[1], float(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 2


def stamp() -> bytes:
    """Now, as this server tells it, in NTP's 64 bits (RFC 5905, section 6)."""
    now = time.time() + lie + 2208988800
    return struct.pack(">II", int(now), int(now % 1 * 2**32))


with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
    link.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # beside chronyd, which listens on every address
    link.bind((address, 123))
    while True:
        question, peer = link.recvfrom(512)
        received = stamp()
        header = struct.pack(">BBbb", 0x24, stratum, 6, -20) + bytes(8) + b"TEST" + received
        link.sendto(header + question[40:48] + received + stamp(), peer)
