# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
"""HL7 version 2 over MLLP: frames, character sets, escapes, the header and the acknowledgement.

Sources: HL7 v2.5.1 chapter 2 (delimiters 2.5.4, escapes 2.7, MSH 2.15.9, MSA 2.15.8, ERR 2.15.5), tables 0008, 0211
and 0357; "Transport Specification: MLLP, release 1" for the frame. A message is text whose segments end with CR; on the
wire it is bytes in the character set that its own MSH-18 names.
"""

from __future__ import annotations

import re
import secrets
import socket
import time

START, END, CR = b"\x0b", b"\x1c", b"\r"
LIMIT = 4 * 1024 * 1024  # bytes of one message; what is longer is no message of a hospital's interfaces
SEPARATORS = "|^~\\&"

# HL7 table 0211. A character set whose bytes could be taken for delimiters (UTF-16, JIS X0208) cannot be framed.
CHARSETS = {"": "ascii", "ASCII": "ascii", "UNICODE UTF-8": "utf-8", "UTF-8": "utf-8", "GB 18030-2000": "gb18030"}
CHARSETS.update({"8859/%d" % part: "iso8859-%d" % part for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15)})

HEADER = {
    3: "sending_application",
    4: "sending_facility",
    5: "receiving_application",
    6: "receiving_facility",
    7: "time",
    9: "type",
    10: "control_id",
    11: "processing_id",
    12: "version",
    18: "charset",
}

_ESCAPES = {"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "~": "\\R\\", "&": "\\T\\", "\r": "\\X0D\\", "\n": "\\X0A\\"}
_MEANT = {"E": "\\", "F": "|", "S": "^", "R": "~", "T": "&", ".br": "\n", "H": "", "N": ""}
_ESCAPED = re.compile(r"\\([^\\]*)\\")


class Hl7Error(Exception):
    """A message could not be understood, or the peer did not answer as it must; the message says which and why."""


class NoAnswerError(Hl7Error):
    """The peer took a message and answered nothing in time."""


class Frames:
    """Cuts what arrives into messages; bytes may come in any portions."""

    def __init__(self, limit=LIMIT):
        self.limit = limit
        self.rest = b""

    def feed(self, data):
        """The messages (bytes) completed by `data`; Hl7Error when it is no MLLP."""
        self.rest += data
        found = []
        while True:
            self.rest = self.rest.lstrip(b"\r\n")  # between frames; inside one the start block comes first
            if self.rest and not self.rest.startswith(START):
                raise Hl7Error("bytes outside an MLLP frame: %r" % self.rest[:40])
            end = self.rest.find(END)
            if end < 0 or len(self.rest) == end + 1:
                if len(self.rest) > self.limit:
                    raise Hl7Error("a message is longer than %d bytes" % self.limit)
                return found
            if self.rest[end + 1 : end + 2] != CR:
                raise Hl7Error("an MLLP frame ends with 0x1C without CR")
            found.append(self.rest[1:end])
            self.rest = self.rest[end + 2 :]


def frame(payload):
    """A message's bytes as one MLLP frame; Hl7Error when they hold a byte that frames are cut by."""
    if START in payload or END in payload:
        raise Hl7Error("a message cannot hold the bytes 0x0B and 0x1C, which MLLP cuts frames by")
    return START + payload + END + CR


def escape(value):
    """Text as it stands in a field; the inverse of `unescape`."""
    return "".join(_ESCAPES.get(character, character) for character in value)


def unescape(value):
    """The text of a field; an escape sequence that is not known stays as it is."""
    return _ESCAPED.sub(_meaning, value)


def _meaning(match):
    code = match.group(1)
    if code in _MEANT:
        return _MEANT[code]
    if re.fullmatch(r"X([0-9A-Fa-f]{2})+", code):
        try:
            return bytes.fromhex(code[1:]).decode("ascii")
        except UnicodeDecodeError:
            pass
    return match.group(0)


def header(text):
    """The named fields of MSH as they stand: a dict by HEADER's names, "" when empty; Hl7Error without an MSH."""
    if not text.startswith("MSH") or len(text) < 8:
        raise Hl7Error("it does not begin with an MSH segment: %r" % text[:20])
    separator = text[3]
    fields = text.split("\r", 1)[0].split(separator)
    found = {name: fields[index - 1] if index <= len(fields) else "" for index, name in HEADER.items()}
    found["charset"] = found["charset"].split(text[5])[0]  # repetitions name sets that escapes switch to
    return found


def codec(charset):
    """Python's name of the codec for a value of MSH-18; Hl7Error when it is none that can be read."""
    try:
        return CHARSETS[charset.strip()]
    except KeyError:
        known = ", ".join(sorted(name for name in CHARSETS if name))
        raise Hl7Error("character set %r (MSH-18) is not one of %s" % (charset, known)) from None


def decode(payload):
    """The text of a message's bytes, read as its own MSH-18 says."""
    named = header(payload.split(CR, 1)[0].decode("latin-1"))["charset"]
    try:
        return payload.decode(codec(named)).replace("\r\n", "\r").replace("\n", "\r")
    except UnicodeDecodeError as error:
        raise Hl7Error("it is not %s, as its MSH-18 says: %s" % (named or "ASCII (MSH-18 is empty)", error)) from None


def encode(text):
    """The bytes of a message in the character set that its MSH-18 names."""
    named = header(text)["charset"]
    try:
        return text.encode(codec(named))
    except UnicodeEncodeError as error:
        wrong = error.object[error.start]
        raise Hl7Error("%r is not in %s, which MSH-18 names" % (wrong, named or "ASCII (MSH-18 is empty)")) from None


def lines(text):
    """A message as a person writes it (segments on lines) in HL7's form: segments end with CR, blank lines dropped."""
    segments = [line.strip() for line in text.splitlines()]
    return "".join(segment + "\r" for segment in segments if segment)


def segments(text, name):
    """The segments of one name, each as its list of fields: [0] is the name, [n] field n (MSH is not for this)."""
    separator = text[3:4]
    return [line.split(separator) for line in text.split("\r") if line.startswith(name + separator)]


def acknowledgement(text):
    """An ACK's {code, control_id, text, condition, charset}; Hl7Error when it holds no MSA.

    text: what the peer says in words (ERR-8, else MSA-3). condition: the code of HL7 table 0357 (ERR-3), "" when none.
    """
    charset = header(text)["charset"]
    found = segments(text, "MSA")
    if not found or len(found[0]) < 3:
        raise Hl7Error("the answer holds no MSA segment: %r" % text[:80])
    msa, errors = found[0], segments(text, "ERR")
    said = [field(error, 8) for error in errors if field(error, 8)] or [field(msa, 3)]
    condition = [field(error, 3).split("^")[0] for error in errors if field(error, 3)] + [""]
    return {
        "code": msa[1],
        "control_id": msa[2],
        "text": unescape("; ".join(said)),
        "condition": condition[0],
        "charset": charset,
    }


def field(segment, index):
    """A field of a segment's list, "" when the segment ends before it."""
    return segment[index] if index < len(segment) else ""


def exchange(host, port, text, deadline):
    """Send one message over a connection of its own; what `acknowledgement` reads, within `deadline` seconds."""
    peer = "%s:%d" % (host, port)
    ends = time.monotonic() + deadline
    payload = frame(encode(text))
    try:
        with socket.create_connection((host, port), timeout=deadline) as connection:
            return ask(connection, payload, header(text)["control_id"], ends, peer)
    except socket.timeout:
        raise Hl7Error("%s does not take connections within %g s" % (peer, deadline)) from None
    except OSError as error:
        raise Hl7Error("%s cannot be reached: %s" % (peer, error.strerror or error)) from error


def ask(connection, payload, control_id, ends, peer):
    """Send a frame over a connection and wait for its acknowledgement until the monotonic moment `ends`."""
    started, frames = time.monotonic(), Frames()
    try:
        connection.settimeout(max(0.001, ends - time.monotonic()))
        connection.sendall(payload)
        while True:
            connection.settimeout(max(0.001, ends - time.monotonic()))
            data = connection.recv(65536)
            if not data:
                raise Hl7Error("%s closed the connection without an acknowledgement" % peer)
            for answer in frames.feed(data):
                ack = acknowledgement(decode(answer))
                if ack["control_id"] == control_id:  # an earlier message's late answer is none to this one
                    return ack
    except socket.timeout:
        waited = time.monotonic() - started
        raise NoAnswerError("%s accepts connections and answered nothing within %.1f s" % (peer, waited)) from None


def judge(ack, expect, peer):
    """Hl7Error, with what the peer said, unless its acknowledgement has the code that was expected."""
    if ack["code"] != expect:
        said = ": " + ack["text"] if ack["text"] else " and gave no reason"
        raise Hl7Error("%s answered MSA|%s where %s was expected%s" % (peer, ack["code"], expect, said))


def completed(text):
    """The message with MSH-7 (time of sending with its zone) and MSH-10 (a new control id) where they are empty."""
    first, _cr, rest = text.partition("\r")
    named = header(text)
    fields = first.split(text[3])
    fields += [""] * (10 - len(fields))
    fields[6] = named["time"] or timestamp()
    fields[9] = named["control_id"] or control_id()
    return text[3].join(fields) + "\r" + rest


def timestamp():
    """This moment as HL7's DTM with the machine's zone offset, to the second (v2.5.1, 2.A.22)."""
    return time.strftime("%Y%m%d%H%M%S%z")


def control_id():
    """A new MSH-10: 20 characters, which is all it may have, and 80 random bits, so that no two are alike."""
    return secrets.token_hex(10).upper()
