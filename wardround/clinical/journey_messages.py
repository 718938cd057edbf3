"""The HL7 v2 messages of the patient's journey, as the hospital's own interface engine tells them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from wardround.clinical.journey_question import Answers, Question, Visit
from wardround.clinical.verdict import NotProved

UTF_8 = "UNICODE UTF-8"  # HL7 table 0211, which MSH-18 is of


@dataclass(frozen=True)
class Message:
    """What the journey asks of a message (HL7 v2.5.1, MSH 2.15.9 and PID 3.4.2).

    kind: message code and trigger event of MSH-9; charset: MSH-18; identifiers: PID-3.1; names: PID-5, family name and
    given name. Each repetition of a field is an entry.
    """

    kind: str
    charset: str
    identifiers: tuple[str, ...]
    names: tuple[tuple[str, str], ...]


def read(text: str) -> Iterator[Message]:
    """The messages in what an engine prints, one after the other; segments end with CR, LF or both."""
    for raw in re.split(r"(?m)^(?=MSH)", re.sub(r"\r\n?", "\n", text)):
        segments = [line for line in raw.split("\n") if line]
        if not segments:
            continue
        if not segments[0].startswith("MSH") or len(segments[0]) < len("MSH|^~\\&"):
            raise NotProved(f"{segments[0][:40]} is no HL7 message")
        separator, component, repetition = list(segments[0][3:6])
        fields = {line.split(separator, 1)[0]: [*line.split(separator), *[""] * 20] for line in reversed(segments)}
        header, patient = fields["MSH"], fields.get("PID", [""] * 20)
        yield Message(
            "^".join(header[8].split(component)[:2]),  # MSH-1 is the separator itself, so MSH-9 is the ninth
            header[17],
            tuple(one.split(component)[0] for one in patient[3].split(repetition)),
            tuple(_name(one.split(component)) for one in patient[5].split(repetition)),
        )


def _name(parts: list[str]) -> tuple[str, str]:
    return parts[0], parts[1] if len(parts) > 1 else ""


def messages(visit: Visit, branch: str) -> Iterator[Question]:
    """The step, where the hospital's data name an engine that can be asked; it hangs on the steps of `branch`."""
    asked = visit.journey.get("messages")
    if not asked:
        return
    patient, wanted = visit.journey["patient"], [str(kind) for kind in asked["kinds"]]
    name = (str(patient["family"]), str(patient["given"]))

    def right(answer: Answers) -> str:
        found = list(read(str(answer["stdout"])))
        kinds = list(dict.fromkeys(one.kind for one in found))
        if missing := [kind for kind in wanted if kind not in kinds]:
            raise NotProved(f"no {' and no '.join(missing)} among {', '.join(kinds) or 'no messages'}")
        for one in found:
            if visit.puid not in one.identifiers:
                raise NotProved(f"PID-3 of {one.kind} says {', '.join(one.identifiers) or 'nothing'}")
            if one.charset != UTF_8:
                raise NotProved(f"MSH-18 of {one.kind} says {one.charset or 'nothing'}, not {UTF_8}")
            if name not in one.names:
                raise NotProved(f"PID-5 of {one.kind} says {', '.join('^'.join(each) for each in one.names)}")
        return f"{visit.written}, {UTF_8} in {', '.join(kinds)}"

    host = str(asked["host"])
    yield Question(
        branch,
        "messages",
        "read the HL7 messages",
        "核对 HL7 消息",
        host,
        host,
        f"{visit.written}, {UTF_8} in {', '.join(wanted)}",
        right,
        f"the interface engine of {host}: which character set do its channels send, and are all of them told?",
    )
