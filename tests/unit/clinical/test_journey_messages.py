"""The HL7 messages of the journey: read as engines print them, and judged whole."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.clinical.test_journey import GOOD, JOURNEY, PUID
from wardround.clinical.journey import Step, Visit, judge, registered
from wardround.clinical.journey_messages import Message, read
from wardround.clinical.verdict import NotProved

KINDS = ["ADT^A04", "OML^O21", "ORU^R01"]
ASKED = {"host": "engine-01", "command": ["engine", "messages", "{puid}"], "kinds": KINDS}
VISIT = Visit({**JOURNEY, "messages": ASKED}, PUID)


def message(kind: str, charset: str = "UNICODE UTF-8", puid: str = PUID, name: str = "王^小明") -> str:
    structure = kind.replace("^", "_")
    return (
        f"MSH|^~\\&|HIS|WARDROUND|LIS|LAB|20261129||{kind}^{structure}|7|P|2.5.1||||||{charset}\r"
        f"PID|1||99^^^OLD~{puid}^^^HIS^MR||{name}^^^^^L~Wang^XiaoMing\rPV1|1|O\r"
    )


WHOLE = "\n".join(message(kind) for kind in KINDS)


def judged(text: str, **more: Any) -> Step:
    """The step, where an engine printed `text`."""
    answer = {"stdout": text, "rc": 0, "delta": "0:00:00.412345", **more}
    (found,) = [step for step in judge(VISIT, {**GOOD, "messages": answer}) if step.key == "messages"]
    return found


def test_every_message_names_utf_8_and_the_patient_as_written() -> None:
    step = judged(WHOLE)
    assert (step.ok, step.host, step.seconds) == (True, "engine-01", 0.412)
    assert step.found == "王小明, UNICODE UTF-8 in ADT^A04, OML^O21, ORU^R01"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "no ADT^A04 and no OML^O21 and no ORU^R01 among no messages"),
        (message("ADT^A04") + message("OML^O21"), "no ORU^R01 among ADT^A04, OML^O21"),
        (WHOLE + message("ORM^O01", charset=""), "MSH-18 of ORM^O01 says nothing, not UNICODE UTF-8"),
        (WHOLE + message("ORU^R01", charset="8859/1"), "MSH-18 of ORU^R01 says 8859/1, not UNICODE UTF-8"),
        (WHOLE + message("ORU^R01", name="??^??"), "PID-5 of ORU^R01 says ??^??, Wang^XiaoMing"),
        (WHOLE + message("ADT^A08", puid="WR0001"), "PID-3 of ADT^A08 says 99, WR0001"),
        ("engine: no such patient", "engine: no such patient is no HL7 message"),
        ("MSH", "MSH is no HL7 message"),
    ],
)
def test_what_is_wrong_with_a_message_is_named(text: str, found: str) -> None:
    step = judged(text)
    assert (step.ok, step.found) == (False, found)
    assert "engine-01" in step.cause


def test_a_command_that_fails_is_told_in_its_own_words() -> None:
    step = judged("", failed=True, rc=1, msg="non-zero return code", stderr="engine:\n  it has never run here\n")
    assert step.found == "engine: it has never run here"


@pytest.mark.parametrize("journey", [JOURNEY, {**JOURNEY, "messages": None}], ids=["not there", "empty"])
def test_without_an_engine_to_ask_there_is_no_such_step(journey: dict[str, Any]) -> None:
    assert "messages" not in [step.key for step in judge(Visit(journey, PUID), GOOD)]
    assert "messages" not in [key for key, _host, _name in registered(journey)]
    assert ("messages", "lab-ws-01", "messages") in registered(VISIT.journey)


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_segments_may_end_as_files_do(end: str) -> None:
    found = list(read(WHOLE.replace("\r", end)))
    assert [one.kind for one in found] == KINDS
    assert found[0] == Message("ADT^A04", "UNICODE UTF-8", ("99", PUID), (("王", "小明"), ("Wang", "XiaoMing")))


@given(st.text(alphabet="MSHPID|^~\\&\r\n王1", max_size=60))
def test_no_text_raises_another_error(text: str) -> None:
    try:
        list(read(text))
    except NotProved as reason:
        assert str(reason).endswith("is no HL7 message")
