"""What is written is what is read back, and it is valid HL7 v2.5.1."""

from __future__ import annotations

import string
from datetime import date, datetime, timedelta, timezone

import pytest
from ansible_collections.wardround.hospital.plugins.module_utils import hl7
from hl7apy.exceptions import HL7apyException
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.engine import messages, reading
from lab.engine.content import (
    ImagingOrder,
    LabOrder,
    Merge,
    Name,
    Observation,
    Person,
    Provider,
    RefusedError,
    Report,
    flag,
)
from lab.engine.messages import Link

LINK = Link("ENGINE", "WARDROUND", "LIS", "LABORATORY")
WANG = Person("WRT-1", (Name("王", "小明", "I"), Name("Wang", "XiaoMing", "A")), date(1971, 6, 8), "M")
CHINA = timezone(timedelta(hours=8))
AT = datetime(2026, 11, 23, 10, 15, 30, tzinfo=CHINA)
DOCTOR = Provider("D1", "张", "伟")
ORDER = LabOrder("H7-12", WANG, "GLU", "GLUCOSE", AT, "serum", "7", DOCTOR, urgent=True)
GLUCOSE = Observation("GLU", "Glucose", 5.4, unit="mmol/L", low=3.9, high=6.1, flag="N")
REPORT = Report("H7-12", WANG, "GLU", "GLUCOSE", AT, (GLUCOSE,), "serum", DOCTOR)
# Printable text of any script as people type it; HL7 trims nothing, people's spaces at the ends do not matter.
TEXTS = st.text(st.characters(exclude_categories=["C", "Z"]) | st.sampled_from(" |^~&\\#"), max_size=30).map(str.strip)
WORDS = TEXTS.filter(bool)
NUMBERS = st.integers(-(10**6), 10**6).map(lambda thousandths: thousandths / 1000)
PEOPLE = st.builds(
    Person,
    puid=st.text(string.ascii_uppercase + string.digits + "-", min_size=1, max_size=20),
    names=st.lists(st.builds(Name, WORDS, TEXTS, st.sampled_from(["A", "I"])), min_size=1, max_size=2).map(tuple),
    born=st.none() | st.dates(date(1900, 1, 1)),
    sex=st.sampled_from(["", "M", "F", "O", "U"]),
)
OBSERVATIONS = st.builds(
    Observation,
    code=WORDS,
    name=WORDS,
    value=NUMBERS,
    unit=st.sampled_from(["mmol/L", "10*9/L", ""]),
    low=st.none() | NUMBERS,
    high=st.none() | NUMBERS,
    flag=st.sampled_from(["", "N", "H", "L"]),
) | st.builds(Observation, code=WORDS, name=WORDS, value=st.none(), text=WORDS)
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)).map(
    lambda at: at.replace(microsecond=0, tzinfo=CHINA)
)
few = settings(max_examples=25)


def fields(text: str, segment: str) -> list[str]:
    return next(line for line in text.split("\r") if line.startswith(segment)).split("|")


@few
@given(PEOPLE, st.sampled_from(["A04", "A08"]))
def test_any_patient_comes_back_as_written(person: Person, event: str) -> None:
    text = messages.registered(LINK, person, event)
    message = reading.parse(hl7.decode(hl7.encode(text)))
    assert (message.kind, message.sender, reading.patient(message)) == (f"ADT^{event}", "ENGINE|WARDROUND", person)


@few
@given(PEOPLE, WORDS, TEXTS, MOMENTS, TEXTS, st.booleans(), st.none() | st.builds(Provider, WORDS, WORDS, TEXTS))
def test_any_laboratory_order_comes_back_as_written(
    person: Person, test: str, name: str, at: datetime, specimen: str, urgent: bool, doctor: Provider | None
) -> None:
    order = LabOrder("H7-12", person, test, name, at, specimen, "7", doctor, urgent)
    assert reading.lab_order(reading.parse(messages.lab_order(LINK, order))) == order


@few
@given(PEOPLE, WORDS, MOMENTS, st.lists(OBSERVATIONS, min_size=1, max_size=4).map(tuple))
def test_any_report_comes_back_as_written(
    person: Person, test: str, at: datetime, observations: tuple[Observation, ...]
) -> None:
    report = Report("H7-12", person, test, "", at, observations, "serum", DOCTOR)
    assert reading.reports(reading.parse(messages.report(LINK, report))) == [report]


def test_a_merge_comes_back_as_written() -> None:
    merge = Merge("WRT-0", WANG)
    assert reading.merge(reading.parse(messages.merged(LINK, merge))) == merge
    with pytest.raises(RefusedError, match="into itself"):
        reading.merge(reading.parse(messages.merged(LINK, Merge("WRT-1", WANG))))


def test_names_carry_both_scripts_and_the_charset_is_said() -> None:
    text = messages.registered(LINK, WANG, "A04")
    assert fields(text, "PID")[5] == "王^小明^^^^^L^I~Wang^XiaoMing^^^^^L^A"
    assert fields(text, "PID")[3] == "WRT-1^^^WARDROUND^PI"
    head = hl7.header(text)
    assert (head["charset"], head["version"], head["type"]) == ("UNICODE UTF-8", "2.5.1", "ADT^A04^ADT_A01")


def test_control_ids_differ_and_times_have_their_zone() -> None:
    heads = [hl7.header(messages.registered(LINK, WANG, "A08")) for _time in range(50)]
    assert len({head["control_id"] for head in heads}) == 50
    assert all(1 <= len(head["control_id"]) <= 20 for head in heads)
    assert all(datetime.strptime(head["time"], "%Y%m%d%H%M%S.%f%z") for head in heads)
    assert fields(messages.lab_order(LINK, ORDER), "ORC")[9] == "20261123101530+0800"


def test_the_worklist_finds_its_fields_where_its_feed_looks_for_them() -> None:
    order = ImagingOrder("001", WANG, "CT-CHEST", "CT of the chest", "CT", "CT_1", AT, "cough", DOCTOR)
    text = messages.imaging_order(LINK, order)
    orc, obr = fields(text, "ORC"), fields(text, "OBR")
    assert orc[1:4] == ["NW", "001", "001"]
    assert (obr[4], obr[16], obr[18:22]) == (
        "CT-CHEST^CT of the chest^99HIS",
        "D1^张^伟",
        ["001", "001", "001", "CT_1"],
    )
    assert (obr[24], obr[31], obr[36]) == ("CT", "^cough", "20261123101530+0800")


@pytest.mark.parametrize(
    ("change", "problem", "condition"),
    [
        (("PID|1||WRT-1^^^WARDROUND^PI", "PID|1||"), "PID_3", "101"),
        (("王^小明^^^^^L^I~Wang^XiaoMing^^^^^L^A", ""), "PID_5", "101"),
        (("WRT-1^^^WARDROUND^PI", "^^^WARDROUND^PI"), "PID-3 holds no patient identifier", "101"),
        (("19710608", "yesterday"), "yesterday", "102"),
        (("|5.4|", "|five|"), "OBX-5 of GLU 'five' is no number", "102"),
        (("|5.4|", "|nan|"), "OBX-5 of GLU 'nan' is no number", "102"),
        (("|NM|", "|CE|"), "OBX-2 'CE' of GLU", "103"),
        (("|N|||F|", "|N|||P|"), "OBX-11 'P' of GLU: only final results", "103"),
        (("|||F|||||||D1", "|||P|||||||D1"), "OBR-25 'P': only final results", "103"),
        (("GLU^GLUCOSE^L", "^GLUCOSE^L"), r"OBR-4 \(test\) is empty", "101"),
        (("H7-12", ""), r"OBR-2 \(order number\) is empty", "101"),
        (("OBR|", "PV2|"), "not valid HL7", "100"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_place(change: tuple[str, str], problem: str, condition: str) -> None:
    text = messages.report(LINK, REPORT)
    assert reading.reports(reading.parse(text)) == [REPORT]
    assert change[0] in text
    with pytest.raises(RefusedError, match=problem) as caught:
        reading.reports(reading.parse(text.replace(*change)))
    assert caught.value.condition == condition


def test_only_new_orders_are_taken() -> None:
    text = messages.lab_order(LINK, ORDER).replace("ORC|NW", "ORC|CA")
    with pytest.raises(RefusedError, match="ORC-1 'CA' is not taken"):
        reading.lab_order(reading.parse(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20261123101530+0800", AT),
        ("20261123021530.25+0000", AT),
        ("202611230215Z", None),
        ("20261123101530+8", None),
        ("2026", datetime(2026, 1, 1)),
    ],
)
def test_times_of_others(text: str, expected: datetime | None) -> None:
    if expected is None or text == "2026":
        with pytest.raises(RefusedError, match="OBR-7"):
            reading.moment(text, "OBR-7")
    else:
        assert reading.moment(text, "OBR-7") == expected
    assert reading.moment("", "OBR-7") is None
    assert reading.moment("20261123", "x") == datetime(2026, 11, 23).astimezone()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3.9-6.1", (3.9, 6.1)),
        ("-2 - 2", (-2.0, 2.0)),
        (">3.9", (3.9, None)),
        ("<=6.1", (None, 6.1)),
        ("negative", (None, None)),
        ("", (None, None)),
    ],
)
def test_reference_ranges(text: str, expected: tuple[float | None, float | None]) -> None:
    assert reading.limits(text) == expected


def test_flags_follow_the_limits() -> None:
    found = [flag(value, 3.9, 6.1) for value in (3.8, 3.9, 6.1, 6.2)]
    assert found == ["L", "N", "N", "H"]
    assert (flag(1.0, None, None), flag(None, 1, 2), flag(1.0, None, 0.5), flag(1.0, 2.0, None)) == ("", "", "H", "L")


def test_a_text_that_hl7_cannot_carry_is_an_error_of_hl7() -> None:
    with pytest.raises(HL7apyException, match="exceed the max length"):
        messages.registered(LINK, Person("WRT-1", (Name("x" * 300, "y", "A"),)), "A04")
