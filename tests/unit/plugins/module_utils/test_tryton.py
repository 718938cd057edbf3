"""A session judges what is answered: contents, never HTTP's status alone; and waits no longer than its deadline."""

import datetime
import json
import socket
import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.wardround.hospital.plugins.module_utils import tryton
from ansible_collections.wardround.hospital.plugins.module_utils.tryton import Session, TrytonError

from tests.unit.plugins import tryton_server
from tests.unit.plugins.tryton_server import Server

ASK = "model.gnuhealth.patient.search"


@pytest.fixture
def server() -> Iterator[Server]:
    with tryton_server.serving() as found:
        yield found


def settings(url: str, **more: Any) -> dict[str, Any]:
    return {"url": url, "database": "health", "user": "reg", "password": "s3cret", **more}


def refusal(server: Server, method: str = ASK) -> str:
    with Session(settings(server.url)) as session, pytest.raises(TrytonError) as said:
        session.call(method, [])
    return str(said.value)


def test_a_session_logs_in_asks_with_its_context_and_logs_out(server: Server) -> None:
    server.answers[ASK] = lambda *parameters: [3]
    with Session(settings(server.url)) as session:
        assert session.call(ASK, [["puid", "=", "WRT1"]], 0) == [3]
        assert (session.version, session.context["company"]) == ("7.0.59", 1)
    assert server.asked[0] == ("/", "common.server.version", [])
    assert server.asked[1] == ("/health/", "common.db.login", ["reg", {"password": "s3cret"}, None])
    assert server.asked[3] == ("/health/", ASK, [[["puid", "=", "WRT1"]], 0, tryton_server.PREFERENCES])
    assert server.methods()[-1] == "common.db.logout"
    assert server.connections == 1


def test_the_password_is_not_in_what_an_error_says(server: Server) -> None:
    server.answers["common.db.login"] = tryton_server.REFUSED
    with pytest.raises(TrytonError) as said, Session(settings(server.url)):
        pass
    assert str(said.value) == f"{server.url} does not let reg in: wrong password or unknown user"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (tryton_server.UNKNOWN_MODEL, "unknown model gnuhealth.nothing; is the module that has it activated there?"),
        (tryton_server.UNKNOWN_FIELD, "it knows no 'nofield' in this"),
        (tryton_server.USER_ERROR, "SM-CORE-0001: Wrong date of birth for a living person"),
        (tryton_server.WARNING, "This is a rare thing. Are you sure?"),
        ((200, '{"id":0,"error":["division by zero",""]}'), "division by zero"),
    ],
)
def test_what_the_server_refuses_is_said_in_its_own_words(server: Server, answer: Any, said: str) -> None:
    server.answers["model.gnuhealth.nothing.search"] = answer
    found = refusal(server, "model.gnuhealth.nothing.search")
    assert found == f"{server.url} refuses model.gnuhealth.nothing.search for reg: {said}"


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "the session of reg has ended"),
        (403, f"reg may not call {ASK}, or there is no such method"),
        (404, "it has no database health"),
        (502, "its web server runs, but GNU Health behind it does not"),
        (504, "GNU Health behind its web server does not answer"),
        (418, "unexpected for a Tryton server"),
    ],
)
def test_a_status_has_its_likely_cause(server: Server, status: int, said: str) -> None:
    server.answers[ASK] = (status, "<html>")
    assert refusal(server) == f"{server.url} answers HTTP {status}: {said}"


def test_too_many_wrong_passwords_are_told_from_a_wrong_one(server: Server) -> None:
    server.answers["common.db.login"] = (429, "")
    with pytest.raises(tryton.LockedOutError, match="too many wrong passwords for reg"):
        Session(settings(server.url)).login()


@pytest.mark.parametrize("body", ["<html>welcome</html>", "[]", '{"id":0}', '{"id":0,"error":[]}', "{"])
def test_something_else_on_the_port_is_no_tryton_server(server: Server, body: str) -> None:
    server.answers[ASK] = (200, body)
    assert "answers, but not as a Tryton server does" in refusal(server)


def test_a_server_of_another_series_says_which_client_is_wanted(server: Server) -> None:
    server.answers["common.server.version"] = lambda: "6.0.42"
    with pytest.raises(TrytonError) as said, Session(settings(server.url)):
        pass
    assert str(said.value) == (
        f"{server.url} runs Tryton 6.0.42, but the client is of series 7.0: a client of series 6.0 is wanted"
    )
    assert server.methods() == ["common.server.version"]
    with Session(settings(server.url, series="6.0")) as session:
        assert session.version == "6.0.42"


def test_nobody_there_is_said_with_the_cause() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(TrytonError, match=f"^{url} cannot be reached for reg: Connection refused$"):
        Session(settings(url)).login()


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{"], ids=["silent", "drips"])
def test_a_frozen_server_costs_the_deadline_and_no_more(sent: bytes) -> None:
    """It takes the connection and says nothing, or a byte now and then, which never lets a socket's timeout end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        over = threading.Event()

        def freeze() -> None:
            peer, _address = listener.accept()
            with peer:
                peer.sendall(sent)
                while not over.wait(0.05):
                    if sent:
                        peer.sendall(b" ")

        thread = threading.Thread(target=freeze)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        started = time.monotonic()
        with pytest.raises(TrytonError) as said:
            Session(settings(url), deadline=0.5).login()
        took = time.monotonic() - started
        over.set()
        thread.join()
    assert 0.4 < took < 5
    assert f"{url} did not answer common.server.version for reg within 0.5 s: it is frozen" in str(said.value)


def test_a_connection_that_was_idle_too_long_is_opened_anew(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.answers[ASK] = lambda *parameters: []
    monkeypatch.setattr(tryton, "_FRESH", 0.05)
    with Session(settings(server.url)) as session:
        time.sleep(0.1)
        assert session.call(ASK, []) == []
    assert server.connections == 2


def test_another_users_password_is_tried_beside_the_session(server: Server) -> None:
    server.answers["common.db.login"] = lambda user, parameters, language: (
        tryton_server.LOGIN if (user, parameters["password"]) in {("reg", "s3cret")} else tryton_server.REFUSED
    )
    with Session(settings(server.url)) as session:
        assert session.accepts("reg", "s3cret")
        assert not session.accepts("reg", "old")
    server.answers["common.db.login"] = (502, "")
    with pytest.raises(TrytonError, match="HTTP 502"):
        session.accepts("reg", "s3cret")


@pytest.mark.parametrize("url", ["his-01", "ftp://his-01", "https://his-01:x", "https://his-01/health", "https://", ""])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(TrytonError, match="is no address of a server"):
        Session(settings(url))


def test_an_untrusted_certificate_and_a_missing_authority_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(TrytonError, match=r"the certificate authority .*none\.crt cannot be read"):
        Session(settings("https://his-01", ca_file=str(tmp_path / "none.crt")))


def test_settings_are_read_and_what_they_lack_is_named(tmp_path: Path) -> None:
    path = tmp_path / "login.json"
    path.write_text(json.dumps(settings("https://his-01")))
    assert tryton.load_settings(path)["user"] == "reg"
    path.write_text('{"url": "https://his-01"}')
    with pytest.raises(TrytonError, match="lacks database, password, user"):
        tryton.load_settings(path)
    for text in ("{", "[1]", "7"):
        path.write_text(text)
        with pytest.raises(TrytonError):
            tryton.load_settings(path)
    with pytest.raises(TrytonError, match="could not be read"):
        tryton.load_settings(tmp_path / "none.json")


@pytest.mark.parametrize(
    "value",
    [
        datetime.datetime(2026, 11, 23, 12, 42, 53, 979616),
        datetime.date(1971, 6, 8),
        datetime.time(7, 30, 1, 5),
        datetime.timedelta(hours=1),
        Decimal("5.40"),
        b"\x00\xff",
    ],
)
def test_values_that_json_lacks_come_through(value: Any) -> None:
    assert json.loads(json.dumps(value, default=tryton.encode), object_hook=tryton.decode) == value


def test_the_servers_own_spelling_is_understood() -> None:
    recorded = (
        '{"__class__":"datetime","year":2026,"month":11,"day":23,"hour":12,"minute":42,"second":53,"microsecond":9}'
    )
    assert json.loads(recorded, object_hook=tryton.decode) == datetime.datetime(2026, 11, 23, 12, 42, 53, 9)
    with pytest.raises(TypeError):
        json.dumps(object(), default=tryton.encode)
