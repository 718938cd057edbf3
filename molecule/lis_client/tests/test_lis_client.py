"""A laboratory's desk at a real LIS lists its own section's work."""

from desk import Desk

GLUCOSE, RETICULOCYTES = "GLUCOSE", "RETICULOCYTES OF THE TEST"


def test_the_desk_is_proved(desk: Desk) -> None:
    checks = desk.checks()
    assert all(ok for ok, _found in checks.values()), checks
    assert checks["view"] == (True, "「实验室: 检验结果列表」, 1 listed of biochemical")
    assert checks["login"][1].endswith("(lab)")


def test_the_running_client_lists_the_section_and_no_other(desk: Desk) -> None:
    seen = desk.screen()
    assert desk.checks({**desk.probe(), "screen": seen}, screen=True)["screen"][0]
    assert GLUCOSE in seen["texts"]
    assert RETICULOCYTES not in seen["texts"]


def test_without_a_section_all_is_listed(desk: Desk) -> None:
    with desk.changed("desk.json", section="", domain=[]):
        seen = desk.screen()
        assert {GLUCOSE, RETICULOCYTES} <= set(seen["texts"])
        checks = desk.checks()
        assert checks["view"] == (False, "the desk lists section all")
        assert [name for name, (ok, _found) in checks.items() if not ok] == ["view"]


def test_a_wrong_section_is_found(desk: Desk) -> None:
    hematology = [["test.category", "=", "hematology"]]
    with desk.changed("desk.json", section="hematology", domain=hematology):
        assert desk.checks()["view"] == (False, "the desk lists section hematology")
    # The setting says one thing, the list does another.
    with desk.changed("desk.json", domain=[]):
        assert desk.checks()["view"] == (False, "section hematology is listed too")
