"""A desk at a real HIS: what its user meets, and what is said when something is wrong."""

from typing import Any

import pytest
from desk import Desk

PATIENTS = {"view": "patients", "action": "health.action_gnuhealth_patient_view"}


def others(checks: dict[str, tuple[bool, str]], *names: str) -> list[str]:
    """The checks that are not proved, without those named."""
    return [name for name, (ok, _found) in checks.items() if not ok and name not in names]


def test_the_desk_is_proved(desk: Desk) -> None:
    checks = desk.checks()
    assert others(checks) == [], checks
    assert checks["view"][1].startswith("「实验室: 检验申请列表」")


def test_the_users_own_preferences_are_not_touched(desk: Desk) -> None:
    # The server keeps English for this user; the desk speaks Chinese to whoever sits there.
    seen = desk.screen()
    assert not seen["failed"], seen["msg"]
    assert seen["file_menu"] == "文件"
    found = desk.ask(
        "gnuhealth_record",
        settings=f"{desk.etc}/login.json",
        model="res.user",
        state="read",
        match={"login": "med"},
        fields=["language.code", "actions"],
    )
    assert [(record["language.code"], record["actions"]) for record in found["records"]] == [("en", [])]


def test_the_running_client_shows_language_and_start_view(desk: Desk) -> None:
    seen = desk.screen()
    ok, found = desk.checks({**desk.probe(), "screen": seen}, screen=True)["screen"]
    assert ok, found
    assert {"文件", "设置", "帮助"} <= set(seen["menus"])
    assert seen["windows"] == ["HIS - med@127.0.0.1:443/health"]
    with desk.changed("desk.json", language="en", **PATIENTS):
        answers = {**desk.probe(), "screen": desk.screen()}
        found = desk.checks(answers, screen=True, language="en", **PATIENTS)
        assert found["screen"] == (True, "menu 「File」, page 「Patients」")


def test_a_patients_record_is_opened_with_its_name(desk: Desk) -> None:
    seen = desk.screen(patient="WRT0001", picture="/root/record.png")
    assert {"王小明", "WRT0001"} <= set(seen["fields"]) <= set(seen["texts"]), seen
    picture = desk.host.file("/root/record.png").content
    assert picture.startswith(b"\x89PNG")
    assert (int.from_bytes(picture[16:20], "big"), int.from_bytes(picture[20:24], "big")) == (1280, 960)


def test_a_wrong_password_is_said(desk: Desk) -> None:
    with desk.changed("login.json", password="guessed"):
        checks = desk.checks()
        assert checks["login"] == (
            False,
            "https://127.0.0.1:443 does not let med in: wrong password or unknown user",
        )
        assert others(checks) == ["login", "language", "view"]
        seen = desk.screen()
        assert seen["failed"]
        assert "the server did not accept it" in seen["msg"]


@pytest.mark.parametrize(
    ("unit", "how", "said"),
    [
        ("nginx", "stop", "cannot be reached"),
        ("his_server", "stop", "GNU Health behind it does not"),
        ("his_server", "freeze", "did not answer"),
    ],
)
def test_a_server_that_is_down_or_frozen_is_said(desk: Desk, without: Any, unit: str, how: str, said: str) -> None:
    without(unit, how)
    answers = desk.probe("version", "profile", "series", deadline=3)
    checks = desk.checks(answers)
    assert not checks["series"][0]
    assert said in checks["series"][1]
    assert answers["series"]["seconds"] < 9  # the module's own deadline is 10
    # What the desk itself has is not blamed.
    assert checks["version"] == (True, "5.0.0")
    assert checks["profile"][0]


def test_a_strangers_certificate_is_refused(desk: Desk) -> None:
    stranger = desk.host.check_output(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -keyout /dev/null -subj /CN=stranger"
    )
    with desk.replaced(f"{desk.etc}/ca.crt", stranger):
        checks = desk.checks()
        assert "certificate that is not trusted" in checks["series"][1]
        seen = desk.screen(deadline=30)
        assert seen["failed"]
        assert "CERTIFICATE_VERIFY_FAILED" in seen["msg"]


def test_the_profile_of_the_demonstration_server_is_found(desk: Desk) -> None:
    with desk.changed("desk.json", host="federation.gnuhealth.org:443", server="demo"):
        checks = desk.checks()
        said = "the client offers federation.gnuhealth.org:443, a public demonstration server"
        assert checks["profile"] == (False, said)
        assert others(checks) == ["profile"]


def test_a_wrong_language_is_found(desk: Desk) -> None:
    with desk.changed("desk.json", language="en"):
        checks = desk.checks()
        assert checks["language"] == (False, "the desk is set to en")
        assert others(checks) == ["language"]
    with desk.changed("desk.json", language="de"):
        assert desk.checks(language="de")["language"][1].startswith("wr-mol-his-client-server has no de; it has en")


def test_a_wrong_start_view_is_found(desk: Desk) -> None:
    with desk.changed("desk.json", **PATIENTS):
        checks = desk.checks()
        assert checks["view"] == (False, "the desk opens patients")
        assert others(checks) == ["view"]
    # The name is right, the window is not.
    with desk.changed("desk.json", action=PATIENTS["action"]):
        checks = desk.checks()
        assert checks["view"] == (False, f"the desk opens {PATIENTS['action']}, {desk.expected['action']} is wanted")
        assert others(checks) == ["view"]
    with desk.changed("desk.json", action="health_lab.removed"):
        assert "has no view health_lab.removed" in desk.checks()["view"][1]


def test_no_session_is_told_to_anybody_in_clear(desk: Desk) -> None:
    # The client asks for `//bus`, and is told to ask for `/bus`: by the way it came, TLS.
    where = "curl -sk -o /dev/null -w '%{redirect_url}' -X POST https://127.0.0.1/health//bus"
    assert desk.host.check_output(where) == "https://127.0.0.1/health/bus"
    with desk.listening(80) as heard:
        assert not desk.screen()["failed"]
        assert heard() == []
