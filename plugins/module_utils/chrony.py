# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
"""Is a clock right? Asked of chrony, and of each time server by a question of our own.

An offset is this machine's clock minus the server's, in seconds: positive is ahead. Each answer is
{ok, expected, found, seconds}: the form of a declared proof.
"""

from __future__ import annotations

import csv
import os
import socket
import struct
import subprocess
import time

EPOCH = 2208988800  # seconds from NTP's 1900 to Unix's 1970 (RFC 5905, section 6)
UNSYNCHRONISED = 16  # stratum (RFC 5905, figure 11)
LOCAL_CLOCK = "7F7F0101"  # how chronyd names its own clock as reference (chrony.conf(5), local)
PORT = 123
CONSEQUENCE = "time stamps in HL7 and DICOM would be wrong"


class TimeError(Exception):
    """A question about the time that was not answered; the message says which and why."""


def parse_tracking(text):
    """`chronyc -c tracking` as dict: reference id, source, stratum, offset (seconds still to be corrected), leap."""
    rows = [row for row in csv.reader(text.splitlines()) if row]
    try:
        (row,) = rows
        found = {"reference": row[0], "source": row[1], "stratum": int(row[2]), "offset": float(row[4])}
        return dict(found, leap=row[13])
    except (ValueError, IndexError):
        raise TimeError(f"chronyc tracking said something else: {text.strip()[:100]!r}") from None


def parse_sources(text):
    """`chronyc -c sources` as list of dicts: source, state, stratum, reach (of the last 8 questions), offset."""
    found = []
    for row in csv.reader(text.splitlines()):
        try:
            one = {"source": row[2], "state": row[1], "stratum": int(row[3]), "reach": int(row[5], 8)}
            found.append(dict(one, offset=float(row[7])))
        except (ValueError, IndexError):
            raise TimeError(f"chronyc sources said something else: {','.join(row)[:100]!r}") from None
    return found


def chronyc(report, deadline):
    """What `chronyc -c REPORT` prints; raises TimeError when chronyd gives no answer in time."""
    try:
        done = subprocess.run(
            ["chronyc", "-n", "-c", report],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=deadline,
            check=False,
            env=dict(os.environ, LC_ALL="C"),
        )
    except subprocess.TimeoutExpired:
        raise TimeError(f"chrony gave no answer within {deadline:g} s: it is frozen") from None
    except OSError as error:
        raise TimeError(f"chronyc could not be started ({error.strerror}); is chrony installed?") from error
    said = done.stdout.decode("utf-8", "replace").strip()
    if done.returncode != 0:
        raise TimeError(f"chrony does not run: {said or f'chronyc ended with {done.returncode}'}")
    return said


def direction(offset):
    """An offset in words: `5.2 s ahead of`. What is below a tenth of a millisecond is no offset."""
    if abs(offset) < 0.00005:
        return "in step with"
    return f"{abs(offset):.4f}".rstrip("0").rstrip(".") + (" s ahead of" if offset > 0 else " s behind")


def too_far(host, offset, server, limit):
    """The sentence for a clock that is off by more than allowed."""
    return f"clock of {host} is {direction(offset)} {server}, allowed {limit:g} s: {CONSEQUENCE}"


def judge_chrony(tracking, sources, settings, host):
    """(ok, found): whether chrony follows one of the wanted servers, closely enough.

    settings: `servers` (list of {name, address}), `serves` (its clock may be its own), `max_offset_seconds`.
    """
    names = {server["address"]: server["name"] for server in settings["servers"]}
    follows = [one for one in sources if one["state"] == "*" and one["source"] in names]
    if follows:
        offset = max(follows[0]["offset"], tracking["offset"], key=abs)
        server = names[follows[0]["source"]]
        if abs(offset) > settings["max_offset_seconds"]:
            return False, "by chrony's word the " + too_far(host, offset, server, settings["max_offset_seconds"])
        return True, f"follows {server} (stratum {follows[0]['stratum']}), {direction(offset)} it"
    if settings["serves"] and not names and tracking["reference"] == LOCAL_CLOCK:
        return True, f"serves its own clock at stratum {tracking['stratum']}"
    if not sources:
        return False, f"chrony of {host} knows no time server: it does not run with the hospital's settings"
    said = [f"{names.get(one['source'], one['source'])} {_why(one)}" for one in sources]
    return False, f"clock of {host} follows no time server of the hospital: {', '.join(said)}"


def _why(one):
    if one["reach"] == 0:
        return "does not answer"
    words = {"x": "tells another time than the others", "~": "varies too much", "?": "is not usable"}
    return words.get(one["state"], f"is not chosen (stratum {one['stratum']})")


def sntp(address, deadline):
    """(offset, stratum) of one SNTP question (RFC 4330, section 5; NTPv4 client mode); raises TimeError."""
    started, sent = time.monotonic(), time.time()
    try:
        family, kind, protocol, _name, place = socket.getaddrinfo(address, PORT, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind, protocol) as link:
            link.settimeout(deadline)
            link.connect(place)
            mark = os.urandom(8)  # instead of our own time, which nobody needs to know (RFC 9769)
            link.send(bytes([0x23]) + bytes(39) + mark)
            packet = link.recv(512)
    except socket.timeout:
        raise TimeError(f"{address} does not answer within {deadline:g} s") from None
    except ConnectionRefusedError:
        raise TimeError(f"{address} refuses the question: its time service does not run") from None
    except OSError as error:
        raise TimeError(f"{address} cannot be asked: {error.strerror or error}") from error
    return read_answer(packet, mark, sent, time.monotonic() - started, address)


def read_answer(packet, mark, sent, took, address):
    """(offset, stratum) of a server's packet: RFC 5905, section 7.3. sent: our clock; took: seconds until it came."""
    if len(packet) < 48 or packet[0] & 7 != 4 or packet[24:32] != mark:
        raise TimeError(f"{address} answers something that is no answer to the question")
    leap, stratum = packet[0] >> 6, packet[1]
    if leap == 3 or not 1 <= stratum < UNSYNCHRONISED:
        raise TimeError(f"{address} says that it does not know the time (stratum {stratum})")
    received, answered = (_seconds(packet, start) for start in (32, 40))
    return ((sent - received) + (sent + took - answered)) / 2, stratum


def _seconds(packet, start):
    whole, fraction = struct.unpack_from(">II", packet, start)
    return whole + fraction / 2**32 - EPOCH + (0 if whole & 0x80000000 else 2**32)  # era 1 begins in 2036


def answered(expected, act):
    """The answer of `act`, which returns (ok, found) or raises TimeError."""
    started = time.monotonic()
    try:
        ok, found = act()
    except TimeError as error:
        ok, found = False, str(error)
    return {"ok": ok, "expected": expected, "found": found, "seconds": round(time.monotonic() - started, 3)}


def check_chrony(settings, host, deadline, wait):
    """The answer of chrony itself, which has `wait` seconds to choose a server after it was started."""
    names = ", ".join(server["name"] for server in settings["servers"])
    limit = f"within {settings['max_offset_seconds']:g} s"
    expected = f"chrony follows one of {names}, {limit}" if names else "chrony serves its own clock"

    def act():
        end = time.monotonic() + wait
        while True:
            tracking = parse_tracking(chronyc("tracking", deadline))
            ok, found = judge_chrony(tracking, parse_sources(chronyc("sources", deadline)), settings, host)
            if ok or time.monotonic() > end:
                return ok, found
            time.sleep(0.5)

    return answered(expected, act)


def check_server(server, settings, host, deadline):
    """The answer of one time server to our own question; a packet may be lost, so it is asked three times."""
    limit = settings["max_offset_seconds"]

    def act():
        for attempt in range(3):
            try:
                offset, stratum = sntp(server["address"], deadline / 3)
                break
            except TimeError as error:
                if attempt == 2:
                    raise TimeError(f"time server {server['name']}: {error}") from error
        if abs(offset) > limit:
            return False, too_far(host, offset, server["name"], limit)
        return True, f"{direction(offset)} {server['name']} (stratum {stratum})"

    return answered(f"within {limit:g} s of {server['name']}", act)
