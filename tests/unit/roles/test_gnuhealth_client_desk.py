"""The desk's language and start view take the place of the user's own, in the answers that the client gets."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.error import URLError
from urllib.request import Request

import pytest

FILE = Path(__file__).parents[3] / "roles/gnuhealth_client/files/wardround_desk.py"
DESK = {
    "host": "10.87.20.41:443",
    "database": "health",
    "language": "zh_CN",
    "action": "health_lab.gnuhealth_action_tree_lab",
    "domain": [],
}
LANGUAGE = {
    "id": 25,
    "date": "%d %B %Y",
    "grouping": "[3, 0]",
    "mon_grouping": "[4, 0]",
    "direction": "ltr",
    "decimal_point": ".",
    "thousands_sep": ",",
    "mon_decimal_point": ".",
    "mon_thousands_sep": ",",
    "p_sign_posn": 1,
    "n_sign_posn": 1,
    "positive_sign": "",
    "negative_sign": "-",
    "p_cs_precedes": True,
    "n_cs_precedes": True,
    "p_sep_by_space": False,
    "n_sep_by_space": False,
}
CONTEXT = {"client": "x", "language": "en"}
GET = ("model", "res.user", "get_preferences")


class Server:
    """Answers as a server would, and keeps the questions."""

    def __init__(self) -> None:
        self.languages = [LANGUAGE]
        self.views = [{"id": 1, "db_id": 273}]
        self.patients = [{"id": 17}]
        self.asked: list[tuple[Any, ...]] = []

    def ask(self, *arguments: Any) -> Any:
        self.asked.append(arguments)
        if arguments[:3] == GET:
            context_only = arguments[3]
            answer = {"language": "en", "language_direction": "rtl", "locale": {"date": "%m/%d/%Y"}, "groups": [1]}
            return answer if context_only else {**answer, "actions": [5, 273], "status_bar": "Zhao"}
        if arguments[2] == "get_action_value":
            return {"id": arguments[3], "pyson_domain": "[]", "name": "检验结果"}
        found = {"ir.lang": self.languages, "ir.model.data": self.views, "gnuhealth.patient": self.patients}
        return found[arguments[1]]


@pytest.fixture(scope="module")
def plugin() -> ModuleType:
    spec = importlib.util.spec_from_file_location("wardround_desk", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)  # without WARDROUND_DESK nothing else happens
    return module


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def opened() -> list[str]:
    return []


@pytest.fixture
def desk(plugin: ModuleType, server: Server, opened: list[str]) -> Any:
    def make(patient: str = "", **changes: Any) -> Any:
        return plugin.Desk(server.ask, {**DESK, **changes}, patient, opened.append)

    return make


def test_everybody_is_spoken_to_in_the_desks_language(desk: Any) -> None:
    for context_only in (True, False):
        answer = desk().execute(*GET, context_only, CONTEXT)
        assert answer["language"] == "zh_CN"
        assert answer["language_direction"] == "ltr"
        assert answer["locale"]["date"] == "%d %m %Y"
        assert (answer["locale"]["grouping"], answer["locale"]["mon_grouping"]) == ([3, 0], [4, 0])
        assert answer["locale"]["decimal_point"] == "."
        assert answer["groups"] == [1]


def test_the_desks_view_is_opened_last_and_once(desk: Any) -> None:
    assert desk().execute(*GET, False, CONTEXT)["actions"] == [5, 273]
    assert "actions" not in desk().execute(*GET, True, CONTEXT)
    assert desk(action="").execute(*GET, False, CONTEXT)["actions"] == [5, 273]


def test_its_questions_are_in_the_desks_language(desk: Any, server: Server) -> None:
    desk().execute(*GET, False, CONTEXT)
    assert {asked[-1]["language"] for asked in server.asked[1:]} == {"zh_CN"}
    assert CONTEXT["language"] == "en"


def test_the_section_narrows_the_start_view_alone(desk: Any) -> None:
    domain = [["test.category", "=", "hematology"]]
    here = desk(domain=domain)
    value = ("model", "ir.action", "get_action_value")
    assert here.execute(*value, 273, CONTEXT)["pyson_domain"] == "[]"  # before anybody is logged in
    here.execute(*GET, False, CONTEXT)
    assert json.loads(here.execute(*value, 273, CONTEXT)["pyson_domain"]) == domain
    assert here.execute(*value, 5, CONTEXT)["pyson_domain"] == "[]"


def test_other_answers_are_not_touched(desk: Any, server: Server) -> None:
    question = ("model", "ir.lang", "search_read", [], 0, None, None, ["code"], CONTEXT)
    assert desk().execute(*question) is server.languages
    assert server.asked == [question]


def test_a_patients_record_is_opened_once(desk: Any, opened: list[str]) -> None:
    here = desk(patient="WRT0001", database="my health")
    here.execute(*GET, True, CONTEXT)
    assert opened == []
    here.execute(*GET, False, CONTEXT)
    here.execute(*GET, False, CONTEXT)
    assert opened == ["gnuhealth://10.87.20.41:443/my%20health/model/gnuhealth.patient/17"]


@pytest.mark.parametrize(
    ("missing", "said", "language", "actions"),
    [
        ("languages", "the server has no language zh_CN", "en", [5, 273]),
        ("views", "the server has no view health_lab.gnuhealth_action_tree_lab", "zh_CN", [5, 273]),
        ("patients", "the server has no patient WRT0001", "zh_CN", [5, 273]),
    ],
)
def test_what_the_server_lacks_stops_nobody(
    desk: Any,
    server: Server,
    opened: list[str],
    capsys: pytest.CaptureFixture[str],
    missing: str,
    said: str,
    language: str,
    actions: list[int],
) -> None:
    setattr(server, missing, [])
    answer = desk(patient="WRT0001").execute(*GET, False, CONTEXT)
    assert (answer["language"], answer["actions"]) == (language, actions)
    assert said in capsys.readouterr().err
    assert bool(opened) == (missing != "patients")


def test_the_clients_own_error_reaches_the_client(plugin: ModuleType) -> None:
    def ask(*_arguments: Any) -> Any:
        raise ConnectionError("the server is gone")

    with pytest.raises(ConnectionError):
        plugin.Desk(ask, DESK).execute(*GET, False, CONTEXT)


def test_the_bus_is_asked_over_tls_and_where_it_is(plugin: ModuleType) -> None:
    asked: list[tuple[str, Any]] = []

    def urlopen(request: Any, timeout: Any = None) -> str:
        asked.append((request.full_url, timeout))
        return "answer"

    ask = plugin.over_tls(urlopen)
    assert ask(Request("https://10.87.20.41:443/health//bus"), timeout=600) == "answer"
    with pytest.raises(URLError, match="not asked without TLS"):
        ask(Request("http://10.87.20.41/health/bus"), timeout=600)
    assert asked == [("https://10.87.20.41:443/health/bus", 600)]
