"""Which peers are written and removed, and how Orthanc is asked."""

from __future__ import annotations

import base64
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.wardround.hospital.plugins.module_utils import orthanc
from ansible_collections.wardround.hospital.plugins.module_utils.orthanc import OrthancError


def peer(name: str, ae_title: str, may: tuple[str, ...] = ("echo",)) -> dict[str, Any]:
    return {"name": name, "ae_title": ae_title, "address": "10.0.0.1", "port": 104, "may": list(may)}


def held(*peers: dict[str, Any]) -> dict[str, Any]:
    """As Orthanc answers: with attributes that are not ours."""
    return {one["name"]: {**orthanc.modality(one), "Manufacturer": "Generic"} for one in peers}


def test_only_what_a_peer_may_ask_is_allowed() -> None:
    entry = orthanc.modality(peer("ct", "CT_1", ("echo", "store", "commit")))
    assert (entry["AET"], entry["Host"], entry["Port"]) == ("CT_1", "10.0.0.1", 104)
    assert {name for name, value in entry.items() if value is True} == {
        "AllowEcho",
        "AllowStore",
        "AllowNAction",
        "AllowEventReport",
    }
    assert entry["AllowFind"] is entry["AllowMove"] is entry["AllowGet"] is entry["AllowFindWorklist"] is False


def test_what_is_there_as_wanted_is_not_written_again() -> None:
    assert orthanc.changes(held(peer("ct", "CT_1")), [peer("ct", "CT_1")], [], "exact") == ({}, [])


def test_a_change_is_written_and_strangers_go_or_stay() -> None:
    present = held(peer("ct", "CT_1"), peer("old", "OLD"), peer("device", "XR_1"))
    wanted = [peer("ct", "CT_1", ("echo", "store")), peer("desk", "RAD_1")]
    write, remove = orthanc.changes(present, wanted, ["device"], "exact")
    assert (sorted(write), remove) == (["ct", "desk"], ["old"])
    assert orthanc.changes(present, wanted, [], "present")[1] == []
    assert orthanc.changes(present, [{"name": "old"}, {"name": "none"}], [], "absent") == ({}, ["old"])


@pytest.mark.parametrize("state", ["exact", "present"])
def test_an_ae_title_used_twice_is_refused(state: str) -> None:
    with pytest.raises(OrthancError, match="AE title CT_1 is that of a; b cannot have it too"):
        orthanc.changes({}, [peer("a", "CT_1"), peer("b", "CT_1")], [], state)
    with pytest.raises(OrthancError, match="AE title CT_1 is that of device; b cannot have it too"):
        orthanc.changes(held(peer("device", "CT_1")), [peer("b", "CT_1")], ["device"], state)
    with pytest.raises(OrthancError, match="AE title ct_1 is that of a, spelled CT_1; b cannot have it too"):
        orthanc.changes({}, [peer("a", "CT_1"), peer("b", "ct_1")], [], state)
    with pytest.raises(OrthancError, match="AE title ct_1 is that of device, spelled CT_1; b cannot have it too"):
        orthanc.changes(held(peer("device", "CT_1")), [peer("b", "ct_1")], ["device"], state)


def test_an_ae_title_may_move_from_a_peer_that_goes_or_changes() -> None:
    present = held(peer("old", "CT_1"), peer("a", "A"))
    write, remove = orthanc.changes(present, [peer("new", "CT_1"), peer("a", "B")], [], "exact")
    assert (sorted(write), remove) == (["a", "new"], ["old"])


def test_a_diff_has_a_line_a_peer() -> None:
    text = orthanc.as_text(held(peer("b", "B", ()), peer("a", "A", ("echo", "find"))))
    assert text == "a: A at 10.0.0.1 port 104 may echo, find\nb: B at 10.0.0.1 port 104 may nothing\n"


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[tuple[Path, list[tuple[str, str, str | None, bytes]]]]:
    """A configuration file, and what was asked of the REST it names."""
    asked: list[tuple[str, str, str | None, bytes]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked.append((self.command, self.path, self.headers["Authorization"], body))
            self.send_response(404 if "none" in self.path else 200)
            self.end_headers()
            self.wfile.write(b"{}" if self.command == "GET" else b"")

        do_PUT = do_DELETE = do_GET

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        config = tmp_path / "orthanc.json"
        config.write_text(json.dumps({"HttpPort": server.server_port, "RegisteredUsers": {"u": "p"}}))
        yield config, asked
        server.shutdown()


def test_orthanc_is_asked_with_the_password_of_its_own_file(archive: Any) -> None:
    config, asked = archive
    rest = orthanc.Orthanc(str(config), 5)
    assert rest.ask("GET", "/modalities?expand") == {}
    assert rest.ask("PUT", orthanc.path_of("a b/c"), {"AET": "X"}) is None
    basic = "Basic " + base64.b64encode(b"u:p").decode()
    assert asked[0][:3] == ("GET", "/modalities?expand", basic)
    assert asked[1] == ("PUT", "/modalities/a%20b%2Fc", basic, b'{"AET": "X"}')
    with pytest.raises(OrthancError, match="HTTP 404"):
        rest.ask("GET", "/none")


def test_a_silent_orthanc_and_a_missing_file_are_said(tmp_path: Path) -> None:
    config = tmp_path / "orthanc.json"
    with pytest.raises(OrthancError, match="is no configuration of Orthanc"):
        orthanc.Orthanc(str(config), 1)
    config.write_text(json.dumps({"HttpPort": 9, "RegisteredUsers": {"u": "p"}}))
    with pytest.raises(OrthancError, match=r"no answer from http://127.0.0.1:9 within 0\.1 s") as refused:
        orthanc.Orthanc(str(config), 0.1).ask("GET", "/")
    assert refused.value.silent
