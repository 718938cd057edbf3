# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
"""How far a device's clock is from this machine's: by NTP, or from the time stamp of the newest image it sent."""

from __future__ import annotations

import datetime
import json
import re
import socket
import struct
import time
from pathlib import Path

DAY = 86400
NTP_EPOCH = 2208988800  # seconds from 1900 to 1970 (RFC 5905, section 6)
_STAMP = re.compile(r"(\d{8})(\d{2})(\d{2})(\d{2})?(?:\.(\d{1,6}))?([+-]\d{4})?")


def ntp_offset(address, deadline, port=123):
    """Seconds that the clock at `address` is ahead of ours (RFC 5905, section 8), or None when NTP does not answer."""
    sent = time.time()
    request = bytearray(48)
    request[0] = 0x23  # version 4, client
    request[40:48] = _pack(sent)
    try:
        family = socket.getaddrinfo(address, port, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family[0], socket.SOCK_DGRAM) as channel:
            channel.settimeout(deadline)
            channel.connect(family[4])
            channel.send(bytes(request))
            answer = channel.recv(512)
    except OSError:
        return None
    arrived = time.time()
    # Only an answer to this very question, from a server, with a time in it.
    if len(answer) < 48 or answer[0] & 7 != 4 or answer[24:32] != request[40:48] or answer[40:48] == bytes(8):
        return None
    received, transmitted = _unpack(answer[32:40]), _unpack(answer[40:48])
    return ((received - sent) + (transmitted - arrived)) / 2


def _pack(seconds):
    whole = int(seconds)
    return struct.pack(">II", (whole + NTP_EPOCH) & 0xFFFFFFFF, int((seconds - whole) * 2**32))


def _unpack(data):
    whole, fraction = struct.unpack(">II", data)
    return whole - NTP_EPOCH + fraction / 2**32


def image_offset(note):
    """Seconds that an image's time stamp is ahead of its arrival, or None where the note holds no such time.

    note: `received` (seconds since 1970), `stamped` (DICOM DT, or DA and TM joined), `zone` (TimezoneOffsetFromUTC).
    Without a zone the device is taken to be in this machine's (PS3.3, section C.12.1.1.8).
    """
    match = _STAMP.fullmatch(str(note.get("stamped", "")).strip())
    if not match:
        return None
    date, hour, minute, second, fraction, zone = match.groups()
    try:
        moment = datetime.datetime.strptime(date + hour + minute + (second or "00"), "%Y%m%d%H%M%S")
        zone = zone or str(note.get("zone") or "").strip()
        if zone:
            moment = moment.replace(tzinfo=datetime.datetime.strptime(zone, "%z").tzinfo)
        return moment.timestamp() + float("0." + (fraction or "0")) - float(note["received"])
    except (ValueError, KeyError, OverflowError):
        return None


def read_note(path):
    """What the archive noted of a device's newest image; empty when there is none."""
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def judge(by_ntp, by_image, limit):
    """{source, offset_seconds, ok, doubt, verdict} of what was measured; either may be None.

    An image cannot come before it was made, so a stamp ahead of its arrival is a wrong clock. A stamp before it may
    be a clock that is behind, or an image that waited: a doubt, no verdict. One of another day says nothing.
    """
    source, offset = ("ntp", by_ntp) if by_ntp is not None else ("image", by_image)
    if offset is None:
        return _answer("none", None, True, "its clock is unknown: NTP does not answer and no image has come")
    amount, side = f"{abs(offset):.1f} s", "ahead of" if offset > 0 else "behind"
    if abs(offset) <= limit:
        return _answer(source, offset, True, f"its clock is {amount} {side} this machine's, the limit is {limit:g} s")
    if source == "ntp" or offset > 0:
        told = f"its clock is {amount} {side} this machine's, the limit for DICOM time stamps is {limit:g} s"
        return _answer(
            source, offset, False, f"{told} (measured by {'NTP' if source == 'ntp' else 'its newest image'})"
        )
    if offset < -DAY:
        return _answer(
            "none", None, True, "its clock is unknown: NTP does not answer and its newest image is an old one"
        )
    late = f"its newest image was stamped {amount} before it came: its clock is behind, or it sent late"
    return _answer(source, offset, True, late, doubt=True)


def _answer(source, offset, ok, verdict, doubt=False):
    seconds = None if offset is None else round(offset, 3)
    return {"source": source, "offset_seconds": seconds, "ok": ok, "doubt": doubt, "verdict": verdict}
