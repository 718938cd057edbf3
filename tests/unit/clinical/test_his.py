"""One desk's answers that prove its client, and for every check the answers that do not."""

import copy
from typing import Any

import pytest

from wardround.clinical.his import judge

EXPECTED: dict[str, Any] = {
    "version": "5.0.2",
    "server": "his-01",
    "host": "10.87.20.41:443",
    "database": "health",
    "user": "reg",
    "language": "zh_CN",
    "view": "patients",
    "action": "health.action_gnuhealth_patient_view",
    "section": "",
}
ANSWERS: dict[str, Any] = {
    "version": {"running": [{"pid": 812, "user": "li", "version": "5.0.2"}], "starts": "5.0.2", "seconds": 0.6},
    "profile": {
        "profiles": {"his-01": {"host": "10.87.20.41:443", "database": "health", "username": "reg"}},
        "login": {"profile": "his-01", "host": "10.87.20.41:443", "db": "health", "login": "reg"},
        "language": "zh_CN",
        "tls_only": ["10.87.20.41:443"],
    },
    "series": {"client": "5.0.2", "wants": "7.0", "server": "7.0.59", "seconds": 0.3},
    "login": {"user": "reg", "name": "挂号", "database": "health", "url": "https://10.87.20.41:443", "seconds": 0.02},
    "language": {"language": "zh_CN", "offered": ["en", "zh_CN"], "names": 348, "translated": 347, "seconds": 0.1},
    "view": {
        "view": "patients",
        "action": "health.action_gnuhealth_patient_view",
        "title": "患者",
        "model": "gnuhealth.patient",
        "records": 1,
        "section": "",
        "sections": [],
        "seconds": 0.03,
    },
}
SCREEN = {
    "windows": ["HIS"],
    "tabs": ["患者"],
    "menus": ["文件", "设置"],
    "texts": ["患者", "王小明"],
    "file_menu": "文件",
}
LABORATORY = {"view": "lab_results", "action": "health_lab.gnuhealth_action_tree_lab", "section": "hematology"}
LABORATORY_VIEW = {**LABORATORY, "title": "检验结果", "sections": ["hematology"]}


def answered(**changes: Any) -> dict[str, Any]:
    """The good answers with changes: name of a question -> fields."""
    answers = copy.deepcopy(ANSWERS)
    for question, fields in changes.items():
        answers[question] = {**answers.get(question, {}), **fields}
    return answers


def verdicts(answers: dict[str, Any], **expected: Any) -> dict[str, tuple[bool, str]]:
    return {check.name: (check.ok, check.found) for check in judge({**EXPECTED, **expected}, answers)}


def test_a_sound_desk_is_proved() -> None:
    checks = judge(EXPECTED, ANSWERS)
    assert [check.name for check in checks] == ["version", "profile", "series", "login", "language", "view"]
    assert all(check.ok for check in checks), checks
    assert [check.seconds for check in checks] == [0.6, None, 0.3, 0.02, 0.1, 0.03]
    assert {check.name: check.found for check in checks} == {
        "version": "5.0.2",
        "profile": "his-01 at 10.87.20.41:443, TLS only",
        "series": "client 5.0.2, server his-01 with Tryton 7.0.59",
        "login": "挂号 (reg)",
        "language": "zh_CN, 347 of 348 names translated",
        "view": "「患者」, 1 listed",
    }


def test_the_screen_is_judged_where_it_is_wanted() -> None:
    assert verdicts(answered(screen=SCREEN), screen=True)["screen"] == (True, "menu 「文件」, page 「患者」")
    assert verdicts(ANSWERS, screen=True)["screen"] == (False, "not asked: there is no answer")
    assert "screen" not in verdicts(answered(screen=SCREEN))


def test_a_laboratory_desk_lists_its_section() -> None:
    found = verdicts(answered(view=LABORATORY_VIEW), **LABORATORY)
    assert found["view"] == (True, "「检验结果」, 1 listed of hematology")


def test_a_desk_that_opens_the_menu_needs_no_page() -> None:
    menu = {"view": "menu", "action": "", "title": "", "section": ""}
    wanted = {"view": "menu", "action": "", "screen": True}
    found = verdicts(answered(view=menu, screen={**SCREEN, "tabs": []}), **wanted)
    assert found["view"] == (True, "menu")
    assert found["screen"] == (True, "menu 「文件」")
    # It is called the menu and opens a window.
    found = verdicts(answered(view={**menu, "action": "health.x", "title": "患者"}), **wanted)
    assert found["view"] == (False, "the desk opens health.x, the menu is wanted")


def test_a_window_under_the_name_of_another_is_found() -> None:
    # The desk calls it patients and opens the appointments, with their title and on the screen.
    action = "health.action_gnuhealth_appointment_view"
    shown = {**SCREEN, "tabs": ["预约"], "texts": ["预约"]}
    found = verdicts(answered(view={"action": action, "title": "预约"}, screen=shown), screen=True)
    assert {name for name, (ok, _found) in found.items() if not ok} == {"view", "screen"}
    assert found["view"][1] == f"the desk opens {action}, {EXPECTED['action']} is wanted"
    assert found["screen"][1] == "pages 预约; patients is wanted"
    assert verdicts(answered(view={"action": ""}))["view"][1].startswith("the desk opens the menu, health.")


def test_an_english_desk_needs_no_translation() -> None:
    english = answered(profile={"language": "en"}, language={"language": "en", "translated": 0})
    assert verdicts(english, language="en")["language"] == (True, "en")


DOWN = "https://10.87.20.41:443 cannot be reached for reg: Connection refused"
REFUSED = "https://10.87.20.41:443 does not let reg in: wrong password or unknown user"
DEMO = {"federation.gnuhealth.org:443": {"host": "federation.gnuhealth.org:443", "database": "health50"}}
OLD = [{"pid": 812, "user": "li", "version": "5.0.0"}]


@pytest.mark.parametrize(
    ("check", "changes", "found"),
    [
        ("version", {"version": {"running": OLD}}, "5.0.0, which li has open (process 812); 5.0.2 starts"),
        ("version", {"version": {"running": [], "starts": "5.0.0"}}, "5.0.0"),
        ("version", {"version": {"error": "the client does not start: it printed nothing"}}, "does not start"),
        ("profile", {"profile": {"profiles": DEMO}}, "federation.gnuhealth.org:443, a public demonstration server"),
        ("profile", {"profile": {"login": {"host": "10.9.9.9:443"}}}, "the client offers 10.9.9.9:443"),
        ("profile", {"profile": {"profiles": {}}}, "profiles none"),
        ("profile", {"profile": {"tls_only": []}}, "without TLS"),
        ("series", {"series": {"client": "4.4.0", "wants": "6.0"}}, "client 4.4.0 is for Tryton 6.0"),
        ("series", {"series": {"error": DOWN}}, DOWN),
        ("login", {"login": {"error": REFUSED}}, REFUSED),
        ("login", {"login": {"error": DOWN}}, DOWN),
        ("login", {"login": {"user": "admin"}}, "the desk's login is for user admin, reg is wanted"),
        ("login", {"login": {"url": "http://10.87.20.41:443"}}, "without TLS"),
        ("login", {"login": {"url": "https://10.9.9.9:443"}}, "host 10.9.9.9:443, 10.87.20.41:443 is wanted"),
        ("language", {"language": {"language": "en"}}, "the desk is set to en"),
        ("language", {"profile": {"language": "en"}}, "the client starts in en"),
        ("language", {"language": {"offered": ["en"]}}, "his-01 has no zh_CN; it has en"),
        ("language", {"language": {"translated": 0}}, "his-01 answers in English"),
        ("language", {"language": {"names": 0, "translated": 0}}, "his-01 names nothing"),
        ("view", {"view": {"view": "appointments"}}, "the desk opens appointments"),
        ("view", {"view": {"section": "hematology"}}, "the desk lists section hematology"),
        ("view", {"view": {"title": ""}}, "no title"),
        ("view", {"view": {"error": "https://10.87.20.41:443 has no view health.x"}}, "has no view"),
        ("screen", {"screen": {**SCREEN, "menus": ["File"]}}, "menus File; 「文件」 is wanted"),
        ("screen", {"screen": {**SCREEN, "texts": ["预约"], "tabs": ["预约"]}}, "pages 预约; 「患者」 is wanted"),
        ("screen", {"screen": {"failed": True, "msg": "the client's screen: it hangs"}}, "it hangs"),
    ],
)
def test_what_is_not_right_is_said_and_nothing_else_is_blamed(check: str, changes: dict[str, Any], found: str) -> None:
    answers = answered(**{"screen": SCREEN, **changes})
    checks = verdicts(answers, screen=True)
    assert not checks[check][0]
    assert found in checks[check][1]
    # A view without a title cannot be looked for on the screen either.
    excused = {check, "screen"} if check == "view" else {check}
    assert all(ok for name, (ok, _found) in checks.items() if name not in excused), checks


def test_the_wanted_client_is_named() -> None:
    checks = judge(EXPECTED, answered(series={"client": "4.4.0", "wants": "6.0"}))
    assert [check.found for check in checks if check.name == "series"] == [
        "client 4.4.0 is for Tryton 6.0, server his-01 speaks 5.0 (Tryton 7.0): client 5.0.x is wanted"
    ]


def test_records_of_another_section_are_found() -> None:
    mixed = {**LABORATORY_VIEW, "sections": ["biochemical", "hematology"]}
    found = verdicts(answered(view=mixed), **LABORATORY)
    assert found["view"] == (False, "section biochemical is listed too")


@pytest.mark.parametrize("question", list(ANSWERS))
@pytest.mark.parametrize("answer", [None, {}, [], "ok", {"ok": True}, {"seconds": "long"}])
def test_no_answer_or_a_strange_one_proves_nothing(question: str, answer: Any) -> None:
    answers = {**ANSWERS, question: answer}
    assert not verdicts(answers)[question][0]


def test_every_check_is_missed_when_nothing_was_asked() -> None:
    assert {found for _ok, found in verdicts({}).values()} == {"not asked: there is no answer"}
    assert not any(ok for ok, _found in verdicts({}).values())


def test_the_expectation_must_be_complete() -> None:
    assert not any(check.ok for check in judge({}, ANSWERS))
