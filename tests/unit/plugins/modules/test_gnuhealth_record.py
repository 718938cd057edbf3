"""gnuhealth_record as a playbook calls it, against a server that answers like GNU Health."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.wardround.hospital.plugins.modules import gnuhealth_record

from tests.unit.plugins import tryton_server
from tests.unit.plugins.tryton_server import Server

MODEL = "gnuhealth.imaging.test.request"
NO_RECORD: dict[str, Any] = {"model": MODEL, "match": {"request": "001"}}


@pytest.fixture
def server() -> Iterator[Server]:
    with tryton_server.serving() as found:
        char = {"type": "char"}
        found.answers |= {
            f"model.{MODEL}.fields_get": lambda names, context: dict.fromkeys(names, char),
            f"model.{MODEL}.search": lambda *parameters: [4],
            f"model.{MODEL}.read": lambda ids, names, context: [
                {"id": 4, "request": "001", "patient.": {"id": 1, "puid": "WRT1"}}
            ],
            f"model.{MODEL}.requested": lambda ids, context: None,
            f"model.{MODEL}.delete": lambda ids, context: None,
            f"model.{MODEL}.create": lambda rows, context: [4],
        }
        yield found


@pytest.fixture
def call(server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    settings = tmp_path / "login.json"
    settings.write_text(json.dumps({"url": server.url, "database": "health", "user": "reg", "password": "s3cret"}))

    def run(**arguments: Any) -> dict[str, Any]:
        with patch_module_args({"settings": str(settings), **arguments}), pytest.raises(SystemExit):
            gnuhealth_record.main()
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    return run


def test_reading_returns_fields_version_and_time(call: Any) -> None:
    found = call(**NO_RECORD, state="read", fields=["request", "patient.puid"])
    assert found["records"] == [{"id": 4, "request": "001", "patient.id": 1, "patient.puid": "WRT1"}]
    assert (found["changed"], found["server_version"]) == (False, "7.0.59")
    assert found["seconds"] > 0


def test_no_match_is_an_empty_list_and_no_call(call: Any, server: Server) -> None:
    server.answers[f"model.{MODEL}.search"] = lambda *parameters: []
    found = call(**NO_RECORD, state="read", call="requested")
    assert (found["records"], found["changed"], found["called"]) == ([], False, None)
    assert f"model.{MODEL}.requested" not in server.methods()


def test_a_button_is_called_with_what_was_found(call: Any, server: Server) -> None:
    found = call(**NO_RECORD, call="requested")
    assert found["changed"]
    assert ("/health/", f"model.{MODEL}.requested", [[4], tryton_server.PREFERENCES]) in server.asked


def test_check_mode_calls_and_deletes_nothing(call: Any, server: Server) -> None:
    assert call(**NO_RECORD, call="requested", _ansible_check_mode=True)["changed"]
    assert call(**NO_RECORD, state="absent", _ansible_check_mode=True)["changed"]
    changing = {f"model.{MODEL}.{name}" for name in ("requested", "delete", "create", "write")}
    assert not changing & set(server.methods())


def test_a_record_that_is_made_is_in_the_diff(call: Any, server: Server) -> None:
    search = iter([[], [4]])
    server.answers[f"model.{MODEL}.search"] = lambda *parameters: next(search)
    found = call(**NO_RECORD, _ansible_diff=True)
    assert found["changed"]
    assert found["diff"]["after"] == f"{MODEL} request=001 request: 001\n"


def test_several_records_in_one_session(call: Any, server: Server) -> None:
    found = call(records=[NO_RECORD, {**NO_RECORD, "values": {"request": "001"}}])
    assert (found["changed"], [record["id"] for record in found["records"]]) == (False, [4, 4])
    assert server.methods().count("common.db.login") == 1


def test_waiting_in_vain_fails_and_says_for_what(call: Any, server: Server) -> None:
    server.answers[f"model.{MODEL}.search"] = lambda *parameters: []
    found = call(**NO_RECORD, state="read", wait=0.1)
    assert found["failed"]
    assert found["msg"] == (f"GNU Health: {server.url} has no {MODEL} that matches {{'request': '001'}} after 0.1 s")


def test_a_wrong_password_is_one_sentence(call: Any, server: Server) -> None:
    server.answers["common.db.login"] = tryton_server.REFUSED
    found = call(**NO_RECORD)
    assert found["msg"] == f"GNU Health: {server.url} does not let reg in: wrong password or unknown user"
    assert "s3cret" not in json.dumps({name: value for name, value in found.items() if name != "invocation"})


def test_missing_settings_are_one_sentence(call: Any, tmp_path: Path) -> None:
    found = call(**NO_RECORD, settings=str(tmp_path / "none.json"))
    assert found["failed"]
    assert "none.json could not be read" in found["msg"]


def test_a_password_has_an_option_of_its_own_and_is_in_no_output(call: Any, server: Server) -> None:
    server.answers |= {
        "model.res.user.fields_get": lambda names, context: {name: {"type": "char"} for name in names},
        "model.res.user.search": lambda *parameters: [],
        "model.res.user.create": lambda rows, context: [9],
        "model.res.user.read": lambda ids, names, context: [{"id": 9, "login": "med"}],
    }
    user: dict[str, Any] = {"model": "res.user", "match": {"login": "med"}}
    for arguments in ({**user, "password": "pa55word!"}, {"records": [{**user, "password": "pa55word!"}]}):
        found = call(**arguments, _ansible_diff=True)
        assert found["changed"]
        assert "pa55word!" not in json.dumps(found)
    created = [params[0] for _path, method, params in server.asked if method == "model.res.user.create"]
    assert created == [[{"login": "med", "password": "pa55word!"}]] * 2
    assert "written as the option password" in call(**user, values={"password": "x"})["msg"]


@pytest.mark.parametrize("check", [False, True])
def test_the_sentence_names_the_entry_and_never_a_password(call: Any, server: Server, check: bool) -> None:
    group = {"type": "many2many", "relation": "res.group"}
    server.answers |= {
        "model.res.user.fields_get": lambda names, context: {
            name: group if name == "groups" else {"type": "char"} for name in names
        },
        "model.res.group.fields_get": lambda names, context: {name: {"type": "char"} for name in names},
        "model.res.user.search": lambda *parameters: [],
        "model.res.group.search": lambda *parameters: [],
    }
    values = {"groups": [{"name": "Health Docter"}]}
    user = {"model": "res.user", "match": {"login": "med"}, "values": values, "password": "pa55word!"}
    said = "GNU Health: res.user login=med: 0 records of res.group match {'name': 'Health Docter'}; exactly one must"
    assert call(records=[user], _ansible_check_mode=check)["msg"] == said
    too_short = '{"id":0,"error":["UserError",["pa55word! is too short",""]]}'
    server.answers["model.res.user.search"] = (200, too_short)
    found = call(records=[user], _ansible_check_mode=check)
    assert "******** is too short" in found["msg"]
    assert "pa55word!" not in json.dumps(found)


@pytest.mark.parametrize(
    "arguments", [{}, {"model": MODEL}, {**NO_RECORD, "records": []}, {"records": [{"model": MODEL}]}]
)
def test_half_a_question_is_refused(call: Any, server: Server, arguments: dict[str, Any]) -> None:
    assert call(**arguments)["failed"]
    assert server.asked == []
