"""A viewer is asked over real HTTP; each fault is told apart and nothing raises."""

import base64
import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from ansible_collections.wardround.hospital.plugins.module_utils import dicomweb

CONFIG = {
    "showStudyList": True,
    "defaultDataSourceName": "pacs",
    "dataSources": [
        {"sourceName": "other", "configuration": {"qidoRoot": "/x", "wadoRoot": "/x"}},
        {"sourceName": "pacs", "configuration": {"qidoRoot": "/dicom-web", "wadoRoot": "/dicom-web"}},
    ],
}
FRAME = b"\x01\x02\r\n--not-the-end\x00"
PART = b"Content-Type: application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1\r\n\r\n"
MULTIPART = b"--b1\r\n" + PART + FRAME + b"\r\n--b1--"
MULTIPART_TYPE = 'multipart/related; type="application/octet-stream"; boundary="b1"'
FRAME_PATH = "/dicom-web/studies/1.2/series/1.3/instances/1.4/frames/1"


class Viewer(http.server.BaseHTTPRequestHandler):
    """Serves `pages`: path without query -> (status, content type, body)."""

    pages: ClassVar[dict[str, tuple[int, str, bytes]]] = {}

    def do_GET(self) -> None:
        status, kind, body = self.pages.get(self.path.split("?")[0], (404, "text/plain", b""))
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def viewer() -> Iterator[tuple[str, dict[str, tuple[int, str, bytes]]]]:
    study = {"0020000D": {"vr": "UI", "Value": ["1.2"]}, "00100010": {"vr": "PN", "Value": [{"Alphabetic": "王^小明"}]}}
    config = "window.config = " + json.dumps(CONFIG) + ';\n\nObject.assign(window.config, {"showStudyList": false});\n'
    pages = {
        "/": (
            200,
            "text/html",
            b'<script src="/app.js"></script><link rel="stylesheet" href="a.css"><link rel=icon href=i>',
        ),
        "/app.js": (200, "text/javascript", b"1"),
        "/a.css": (200, "text/css", b""),
        "/release.json": (200, "application/json", b'{"version": "3.13.2"}'),
        "/app-config.js": (200, "text/javascript", config.encode()),
        "/dicom-web/studies": (200, "application/dicom+json", json.dumps([study]).encode()),
        FRAME_PATH: (200, MULTIPART_TYPE, MULTIPART),
    }
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Served", (Viewer,), {"pages": pages}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", pages
    server.shutdown()
    server.server_close()


def probe(base: str) -> dict[str, Any]:
    found: dict[str, Any] = dicomweb.probe(base, "1.2", "1.3", "1.4", 2)
    return found


def test_a_healthy_viewer_answers_everything(viewer: Any) -> None:
    base, _pages = viewer
    answers = probe(base)
    assert [name for name in answers if "error" in answers[name]] == []
    assert answers["version"]["version"] == "3.13.2"
    assert answers["page"]["assets"] == [f"{base}/a.css", f"{base}/app.js"]
    assert answers["settings"]["wado_root"] == f"{base}/dicom-web"
    assert answers["qido"]["studies"] == [{"PatientName": "王^小明", "StudyInstanceUID": "1.2"}]
    assert base64.b64decode(answers["frame"]["data"]) == FRAME
    assert answers["frame"]["transfer_syntax"] == "1.2.840.10008.1.2.1"
    assert all(answer["seconds"] >= 0 for answer in answers.values())


@pytest.mark.parametrize(
    ("path", "page", "check", "said"),
    [
        ("/release.json", (404, "text/plain", b""), "version", "HTTP 404 from"),
        ("/release.json", (200, "text/html", b"<html>"), "version", "names no version"),
        ("/app.js", (404, "text/plain", b""), "page", "HTTP 404 from"),
        ("/app.js", (200, "text/html", b"<html>"), "page", "is a page, not the asset"),
        ("/", (200, "text/html", b"It works!"), "page", "names no script"),
        ("/app-config.js", (200, "text/javascript", b"window.config = {oops};"), "settings", "not JSON"),
        ("/app-config.js", (200, "text/javascript", b""), "settings", "names no qidoRoot"),
        ("/dicom-web/studies", (401, "text/plain", b""), "qido", "HTTP 401 from"),
        ("/dicom-web/studies", (200, "text/html", b"<html>"), "qido", "answered text/html, not DICOM JSON"),
        (FRAME_PATH, (404, "text/plain", b""), "frame", "HTTP 404 from"),
        (FRAME_PATH, (200, "text/html", b"<html>"), "frame", "not multipart/related"),
        (FRAME_PATH, (200, MULTIPART_TYPE, MULTIPART[:-8]), "frame", "cut short"),
    ],
)
def test_each_fault_is_told_where_it_is(viewer: Any, path: str, page: Any, check: str, said: str) -> None:
    base, pages = viewer
    pages[path] = page
    answers = probe(base)
    assert said in answers[check]["error"]


def test_roots_come_from_what_is_served(viewer: Any) -> None:
    base, pages = viewer
    wrong = json.loads(json.dumps(CONFIG))
    wrong["dataSources"][1]["configuration"]["wadoRoot"] = "/dicom-web/frames"
    pages["/app-config.js"] = (200, "text/javascript", f"window.config = {json.dumps(wrong)};".encode())
    answers = probe(base)
    assert "error" not in answers["qido"]
    assert (
        answers["frame"]["error"] == f"HTTP 404 from {base}{FRAME_PATH.replace('/dicom-web', '/dicom-web/frames', 1)}"
    )


def test_the_departments_settings_say_which_studies_the_list_opens_with(viewer: Any) -> None:
    base, pages = viewer
    study = {"0020000D": {"vr": "UI", "Value": ["1.2"]}, "00080061": {"vr": "CS", "Value": ["CT", "SR"]}}
    other = {"00080061": {"vr": "CS", "Value": ["CR"]}, "00100010": {"vr": "PN", "Value": [{"Alphabetic": "X"}]}}
    pages["/dicom-web/studies"] = (200, "application/dicom+json", json.dumps([study, other]).encode())
    config = pages["/app-config.js"][2]
    wished = b'Object.assign(window.config, {"wardround": {"language": "zh_CN", "worklist": ["CT", "CR"]}});\n'
    pages["/app-config.js"] = (200, "text/javascript", config + wished + b"(config => { config.modes = []; })();")
    answers = probe(base)
    assert answers["settings"]["department"] == {"language": "zh_CN", "worklist": ["CT", "CR"]}
    assert answers["list"]["modalities"] == [["CT", "SR"], ["CR"]]
    assert answers["list"]["url"] == f"{base}/dicom-web/studies?ModalitiesInStudy=CT%2CCR&limit=25"
    pages["/app-config.js"] = (200, "text/javascript", config)
    assert probe(base)["list"]["url"] == f"{base}/dicom-web/studies?limit=25"


def test_a_viewer_that_is_down_fails_every_question() -> None:
    answers = probe("http://127.0.0.1:9")
    assert all("error" in answer for answer in answers.values())
    assert set(answers) == {"version", "page", "settings", "list", "qido", "frame"}


def test_without_a_study_only_the_viewer_is_asked(viewer: Any) -> None:
    assert set(dicomweb.probe(viewer[0], None, None, None, 2)) == {"version", "page", "settings"}
