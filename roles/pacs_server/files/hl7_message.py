"""HL7 v2 in its usual encoding (v2.5.1, chapter 2): fields of a message, and the acknowledgement it gets."""

import datetime
import re
import uuid

AA, AE, AR = "AA", "AE", "AR"
# MSH-18 (table 0211) and Python's name of it.
CHARACTER_SETS = {
    "": "ascii",
    "ASCII": "ascii",
    "8859/1": "iso8859-1",
    "UNICODE UTF-8": "utf-8",
    "GB 18030-2000": "gb18030",
}
_PLACE = re.compile(r"([A-Z][A-Z0-9]{2})-(\d+)(?:\[(\d+)\])?(?:\.(\d+))?")


class Refused(Exception):
    """Why a message is not taken: MSA-1, a sentence, the error condition (table 0357) and where."""

    def __init__(self, code: str, reason: str, condition: int, place: str = "") -> None:
        super().__init__(reason)
        self.code, self.reason, self.condition, self.place = code, reason, condition, place


class Unreadable(Exception):
    """These bytes are no HL7 message that could be acknowledged."""


class Message:
    """Fields by place, such as `PID-3`, `PID-5[1].2` (second repetition, second component); absent ones are empty."""

    def __init__(self, text: str) -> None:
        self._segments = [line for line in re.split(r"[\r\n]+", text) if line.strip()]
        if not self._segments or not self._segments[0].startswith("MSH") or len(self._segments[0]) < 8:
            raise Unreadable("no MSH segment")
        self.field_mark = self._segments[0][3]
        self._component, self._repetition, self._escape, self._subcomponent = self._segments[0][4:8]

    def count(self, segment: str) -> int:
        """How many segments of this name there are."""
        return sum(line.split(self.field_mark, 1)[0] == segment for line in self._segments)

    def repetitions(self, place: str) -> int:
        """How many repetitions a field has; one where it is empty."""
        return len(self._field(*self._at(place)[:2]).split(self._repetition))

    def value(self, place: str) -> str:
        """Text of a field's component, the first where none is named; of its first subcomponent, without escapes."""
        segment, number, repetition, component = self._at(place)
        field = self._field(segment, number)
        if segment == "MSH" and number == 2:
            return field
        found = _item(_item(field.split(self._repetition), repetition).split(self._component), component - 1)
        text = self._plain(found.split(self._subcomponent)[0])
        return "" if text == '""' else text

    @staticmethod
    def _at(place: str) -> tuple[str, int, int, int]:
        segment, number, repetition, component = _PLACE.fullmatch(place).groups()
        return segment, int(number), int(repetition or 0), int(component or 1)

    def _field(self, segment: str, number: int) -> str:
        line = next((line for line in self._segments if line.split(self.field_mark, 1)[0] == segment), "")
        # MSH-1 is the field separator itself.
        return _item(line.split(self.field_mark), number - 1 if segment == "MSH" else number)

    def _plain(self, text: str) -> str:
        """Escape sequences replaced (section 2.7); a hexadecimal one stands for characters in ASCII."""
        marks = {
            "F": self.field_mark,
            "S": self._component,
            "T": self._subcomponent,
            "R": self._repetition,
            "E": self._escape,
        }

        def replace(match: re.Match[str]) -> str:
            name = match.group(1)
            if re.fullmatch(r"X([0-9A-F]{2})+", name):
                return bytes.fromhex(name[1:]).decode("ascii", "replace")
            return marks.get(name, "")

        mark = re.escape(self._escape)
        return re.sub(f"{mark}([^{mark}]*){mark}", replace, text)


def _item(items: list[str], number: int) -> str:
    return items[number] if 0 <= number < len(items) else ""


def parse(data: bytes) -> Message:
    """The message in `data`, in the character set that MSH-18 names. Raises Refused and Unreadable."""
    header = Message(re.split(rb"[\r\n]", data.lstrip(b"\r\n"), maxsplit=1)[0].decode("ascii", "replace"))
    if not header.value("MSH-10"):
        raise Unreadable("no MSH-10, so no acknowledgement can name the message")
    named = header.value("MSH-18")
    if named not in CHARACTER_SETS:
        known = ", ".join(name for name in CHARACTER_SETS if name)
        raise Refused(AR, f"character set {named!r} is not taken here, only {known}", 102, "MSH-18")
    try:
        return Message(data.decode(CHARACTER_SETS[named]))
    except UnicodeDecodeError as error:
        said = f"byte {error.start} is not {named or 'ASCII'}, which MSH-18 says"
        raise Refused(AR, said, 102, "MSH-18") from None


def acknowledgement(data: bytes, code: str, reason: str = "", condition: int = 0, place: str = "") -> bytes:
    """The bytes of an ACK (v2.5.1, section 2.13.1) to the message in `data`, which has a readable MSH."""
    header = Message(re.split(rb"[\r\n]", data.lstrip(b"\r\n"), maxsplit=1)[0].decode("ascii", "replace"))
    now = datetime.datetime.now().astimezone().strftime("%Y%m%d%H%M%S%z")
    kind = f"ACK^{header.value('MSH-9.2')}^ACK" if header.value("MSH-9.2") else "ACK"
    peers = [header.value(f"MSH-{number}") for number in (5, 6, 3, 4)]
    fields = [*peers, now, "", kind, uuid.uuid4().hex[:20], header.value("MSH-11") or "P", "2.5.1"]
    lines = ["MSH|^~\\&|" + "|".join(field if field == kind else _escaped(field) for field in fields)]
    lines[0] += "||||||UNICODE UTF-8"
    lines.append(f"MSA|{code}|{_escaped(header.value('MSH-10'))}" + (f"|{_escaped(reason)}" if reason else ""))
    if condition:
        lines.append(f"ERR||{_location(place)}|{condition}|E||||{_escaped(reason)}")
    return "\r".join([*lines, ""]).encode("utf-8")


def _location(place: str) -> str:
    """ERR-2: segment, sequence, field, repetition, component."""
    match = _PLACE.fullmatch(place)
    if not match:
        return place
    segment, number, repetition, component = match.groups()
    return "^".join([segment, "1", number, str(int(repetition or 0) + 1), component or ""]).rstrip("^")


def _escaped(text: str) -> str:
    for mark, name in (("\\", "E"), ("|", "F"), ("^", "S"), ("~", "R"), ("&", "T")):
        text = text.replace(mark, f"\\{name}\\")
    return re.sub(r"[\r\n]+", " ", text)
