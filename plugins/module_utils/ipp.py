# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
"""Questions to a printer or to CUPS in the Internet Printing Protocol (RFC 8010 encoding, RFC 8011 model)."""

from __future__ import annotations

import http.client
import socket
import ssl
import struct
import urllib.parse

PORT = 631
# Operations: RFC 8011, section 5.4.15; those of CUPS: its "IPP operations" specification.
PRINT_JOB, CANCEL_JOB, GET_JOB, GET_JOBS, GET_PRINTER = 0x0002, 0x0008, 0x0009, 0x000A, 0x000B
CUPS_GET_DEFAULT, CUPS_GET_PRINTERS = 0x4001, 0x4002
# Delimiters and value tags: RFC 8010, section 3.5.
OPERATION, JOB, END, PRINTER = 0x01, 0x02, 0x03, 0x04
INTEGER, BOOLEAN, ENUM, RESOLUTION, RANGE = 0x21, 0x22, 0x23, 0x32, 0x33
COLLECTION, TEXT_LANGUAGE, NAME_LANGUAGE, END_COLLECTION, MEMBER = 0x34, 0x35, 0x36, 0x37, 0x4A
TEXT, NAME, KEYWORD, URI, CHARSET, LANGUAGE, MIME = 0x41, 0x42, 0x44, 0x45, 0x47, 0x48, 0x49
NOT_POSSIBLE, NOT_FOUND = 0x0404, 0x0406
STATUS = {
    0x0401: "it is forbidden",
    0x0402: "it wants a password",
    0x0403: "it does not let this user",
    NOT_POSSIBLE: "that is not possible",
    0x0405: "it timed out",
    NOT_FOUND: "there is no such queue or job",
    0x040A: "it does not know this document format",
    0x0501: "it cannot do that",
    0x0502: "its print service is not available",
    0x0504: "the device reports an error",
    0x0506: "it accepts no jobs",
    0x0507: "it is busy",
}


class IppError(Exception):
    """A question that was not answered; `status` is the IPP status where there was one, else None."""

    def __init__(self, message, status=None):
        super().__init__(message)
        self.status = status


class NotRunning(IppError):
    """This machine's own print service does not run."""


def encode(operation, attributes, document=b"", version=(2, 0), number=1):
    """A request: attributes are (name, tag, value or list of values) of the operation group, document follows it."""
    found = struct.pack(">BBhib", *version, operation, number, OPERATION)
    first = [("attributes-charset", CHARSET, "utf-8"), ("attributes-natural-language", LANGUAGE, "en")]
    for name, tag, values in [*first, *attributes]:
        for place, value in enumerate(values if isinstance(values, list) else [values]):
            key = b"" if place else name.encode("ascii")
            raw = _raw(tag, value)
            found += struct.pack(">Bh", tag, len(key)) + key + struct.pack(">h", len(raw)) + raw
    return found + bytes([END]) + document


def _raw(tag, value):
    if tag in (INTEGER, ENUM):
        return struct.pack(">i", value)
    if tag == BOOLEAN:
        return bytes([bool(value)])
    return value.encode("utf-8")


def decode(data):
    """(status, groups) of a response; each group is (delimiter tag, {name: list of values}).

    A collection is a dict, a range or resolution a tuple of numbers, an out-of-band value such as `unknown` None, and
    what is neither number nor text bytes. Raises IppError for anything cut short or malformed.
    """
    try:
        status = struct.unpack_from(">h", data, 2)[0]
        groups, position = [], 8
        if len(data) < position:
            raise ValueError("no header")
        while data[position] != END:
            tag = data[position]
            if tag < 0x10:
                groups.append((tag, {}))
                position += 1
                continue
            name, value, position = _attribute(data, position)
            attributes = groups[-1][1]
            if name:
                values = []
                attributes.setdefault(name, values)  # an attribute given twice: CUPS means the first
            values.append(value)
    except (struct.error, IndexError, UnicodeDecodeError, UnboundLocalError, ValueError, RecursionError):
        raise IppError("the answer is no IPP, or cut short") from None
    return status, groups


def _attribute(data, position):
    tag, name, raw, position = _field(data, position)
    if tag != COLLECTION:
        return name, _value(tag, raw), position
    members = {}
    while True:
        tag, _empty, raw, position = _field(data, position)
        if tag == END_COLLECTION:
            return name, members, position
        if tag == MEMBER:
            values = members.setdefault(raw.decode("utf-8"), [])
        elif tag == COLLECTION:
            _empty, inner, position = _attribute(data, position - 5 - len(raw))
            values.append(inner)
        else:
            values.append(_value(tag, raw))


def _field(data, position):
    """(tag, name, value as bytes, position after it)."""
    tag, length = struct.unpack_from(">Bh", data, position)
    name = data[position + 3 : position + 3 + length].decode("utf-8")
    position += 3 + length
    (size,) = struct.unpack_from(">h", data, position)
    end = position + 2 + size
    if length < 0 or size < 0 or end > len(data):
        raise ValueError("cut short")
    return tag, name, data[position + 2 : end], end


def _value(tag, raw):
    if tag in (INTEGER, ENUM):
        return struct.unpack(">i", raw)[0]
    if tag == BOOLEAN:
        return bool(raw[0])
    if tag == RANGE:
        return struct.unpack(">ii", raw)
    if tag == RESOLUTION:
        return struct.unpack(">iib", raw)
    if tag in (TEXT_LANGUAGE, NAME_LANGUAGE):
        (length,) = struct.unpack_from(">h", raw)
        return raw[2 + length + 2 :].decode("utf-8")
    if 0x40 <= tag <= 0x4F:
        return raw.decode("utf-8")
    return None if tag < 0x20 else raw


def place(uri):
    """(scheme, host, port, path) of an ipp or ipps URI (RFC 3510, RFC 7472); raises IppError for another."""
    try:
        parts = urllib.parse.urlsplit(uri)
        if parts.scheme not in ("ipp", "ipps") or not parts.hostname:
            raise ValueError(uri)
        return parts.scheme, parts.hostname, parts.port or PORT, parts.path or "/"
    except ValueError:
        raise IppError(f"{uri} is no ipp:// or ipps:// address") from None


class _Local(http.client.HTTPConnection):
    """HTTP over the socket of this machine's CUPS."""

    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def ask(uri, operation, attributes, deadline, document=b"", local=None):
    """The groups that answer one request; `local` is the path of CUPS's socket, asked instead of the URI's host.

    Raises IppError with one sentence: who was asked, what happened, the likely cause.
    """
    scheme, host, port, path = place(uri)
    who = "this machine's CUPS" if local else f"the printer at {host} port {port}"
    body = encode(operation, attributes, document)
    connected = False
    try:
        connection = _connection(scheme, host, port, deadline, local)
        try:
            connection.connect()
            connected = True
            connection.request("POST", path, body, {"Content-Type": "application/ipp"})
            answer = connection.getresponse()
            code, data = answer.status, answer.read()
        finally:
            connection.close()
    except ConnectionRefusedError:
        raise IppError(f"{who} refuses the connection: its print service does not run") from None
    except FileNotFoundError:
        raise NotRunning(f"{who} has no socket {local}: its print service does not run") from None
    except socket.timeout:
        trouble = "takes the connection and answers nothing" if connected else "does not answer"
        cause = "it is frozen" if connected else "it is off or cut off"
        raise IppError(f"{who} {trouble} within {deadline:g} s: {cause}") from None
    except (OSError, http.client.HTTPException) as error:
        raise IppError(f"{who} cannot be asked: {getattr(error, 'strerror', None) or error}") from error
    if code == 404:
        raise IppError(f"{who} knows no {path}: the address names a wrong queue", NOT_FOUND)
    if code != 200:
        raise IppError(f"{who} answers HTTP {code} instead of IPP")
    return _answer(who, path, *decode(data))


def _connection(scheme, host, port, deadline, local):
    if local:
        return _Local(local, deadline)
    if (
        scheme == "ipps"
    ):  # printers sign their own certificates; CUPS trusts them on first use, and so are they asked here
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return http.client.HTTPSConnection(host, port, timeout=deadline, context=context)
    return http.client.HTTPConnection(host, port, timeout=deadline)


def _answer(who, path, status, groups):
    if 0 <= status < 0x0100:
        return groups
    said = next((one["status-message"][0] for tag, one in groups if tag == OPERATION and "status-message" in one), "")
    why = STATUS.get(status, f"IPP status 0x{status:04x}")
    raise IppError(f"{who} refuses the request to {path}: {why}" + (f" ({said})" if said else ""), status)


def members(groups, tag):
    """The attributes of every group with this delimiter."""
    return [attributes for found, attributes in groups if found == tag]
