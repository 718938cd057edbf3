import datetime
from decimal import Decimal
from typing import Any

import pytest
from ansible_collections.wardround.hospital.plugins.module_utils import tryton_values as values


@pytest.mark.parametrize(
    ("kind", "written", "held"),
    [
        ("char", "", ""),
        ("char", 7, "7"),
        ("char", None, None),
        ("selection", "m", "m"),
        ("many2one", 3, 3),
        ("boolean", True, True),
        ("integer", "12", 12),
        ("float", "5.4", 5.4),
        ("numeric", "0.01", Decimal("0.01")),
        ("numeric", 5.4, Decimal("5.4")),
        ("date", "1971-06-08", datetime.date(1971, 6, 8)),
        ("date", "", None),
        ("datetime", "2026-11-23T12:45:18", datetime.datetime(2026, 11, 23, 12, 45, 18)),
        ("datetime", "2026-11-23T20:45:18+08:00", datetime.datetime(2026, 11, 23, 12, 45, 18)),
        ("datetime", "2026-11-23T12:45:18Z", datetime.datetime(2026, 11, 23, 12, 45, 18)),
        ("time", "07:30", datetime.time(7, 30)),
        ("timedelta", "90", datetime.timedelta(seconds=90)),
        ("binary", "AP8=", b"\x00\xff"),
    ],
)
def test_what_a_playbook_writes_becomes_what_the_field_holds(kind: str, written: Any, held: Any) -> None:
    assert values.scalar({"type": kind}, written) == held


@pytest.mark.parametrize(
    ("kind", "written"),
    [("integer", "many"), ("float", "x"), ("numeric", "x"), ("date", "8.6.1971"), ("boolean", "yes"), ("binary", "?")],
)
def test_what_the_field_cannot_hold_is_refused(kind: str, written: Any) -> None:
    with pytest.raises(ValueError, match="is allowed"):
        values.scalar({"type": kind}, written)


@pytest.mark.parametrize(
    ("kind", "held", "wanted", "equal"),
    [
        ("char", None, "", True),
        ("char", "王", "王 ", False),
        ("float", 0.1 + 0.2, 0.3, True),
        ("float", 5.4, 5.5, False),
        ("float", None, 0.0, False),
        ("numeric", Decimal("1.00"), Decimal(1), True),
        ("boolean", None, False, True),
        ("integer", None, 0, False),
        ("date", datetime.date(1971, 6, 8), datetime.date(1971, 6, 8), True),
    ],
)
def test_same_values_in_another_spelling_are_no_change(kind: str, held: Any, wanted: Any, equal: bool) -> None:
    assert values.same({"type": kind}, held, wanted) is equal


def test_a_record_is_flat_and_plain() -> None:
    read = {
        "id": 3,
        "_write": True,
        "create_date": datetime.datetime(2026, 11, 23, 12, 42, 53),
        "amount": Decimal("1.50"),
        "party": 7,
        "party.": {"id": 7, "name": "小明", "_delete": False, "lang.": {"id": 1, "code": "zh_CN"}},
        "names": [1, 2],
        "names.": [{"id": 1, "given": "小明"}, {"id": 2, "given": "XiaoMing"}],
        "nobody.": None,
    }
    assert values.flat(read) == {
        "id": 3,
        "create_date": "2026-11-23T12:42:53",
        "amount": "1.50",
        "party": 7,
        "party.id": 7,
        "party.name": "小明",
        "party.lang.id": 1,
        "party.lang.code": "zh_CN",
        "names": [{"id": 1, "given": "小明"}, {"id": 2, "given": "XiaoMing"}],
    }


def test_commands_are_told_from_records() -> None:
    assert values.is_command_list([["add", [1, 2]]])
    for value in ([], [1], [{"name": "x"}], "add", [["name", "=", "x"]]):
        assert not values.is_command_list(value)
