"""The comment with the plan: made once, then kept up to date, by a forge's API as it really answers over HTTP."""

from __future__ import annotations

import http.server
import importlib.util
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[3] / ".github/comment.py"


@pytest.fixture
def comment() -> Any:
    spec = importlib.util.spec_from_file_location("comment", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Forge(http.server.BaseHTTPRequestHandler):
    """Comments of pull request 7."""

    comments: list[dict[str, Any]]
    asked: list[tuple[str, str, str | None]]
    status = 200

    def do_GET(self) -> None:
        page = int(self.path.rpartition("=")[2])
        self.answer(self.comments[(page - 1) * 100 : page * 100])

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append((self.command, self.path, self.headers["Authorization"]))
        self.comments.append({"id": 900, "user": {"type": "Bot"}, **body})
        self.answer(self.comments[-1])

    do_PATCH = do_POST

    def answer(self, data: Any) -> None:
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(json.dumps(data).encode())

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def forge(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Forge]]:
    handler = type("Handler", (Forge,), {"comments": [], "asked": []})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("GITHUB_API_URL", f"http://127.0.0.1:{server.server_port}/api/v3")
    monkeypatch.setenv("GITHUB_REPOSITORY", "riverside/wardround")
    monkeypatch.setenv("GITHUB_TOKEN", "t0ken")
    monkeypatch.setenv("PULL_REQUEST", "7")
    monkeypatch.setenv("SUMMARY", "## PACS viewer: 3.12.0 → 3.13.2")
    yield handler
    server.shutdown()
    server.server_close()


def test_the_first_plan_is_a_new_comment(comment: Any, forge: type[Forge]) -> None:
    forge.comments += [{"id": n, "user": {"type": "User"}, "body": "fine"} for n in range(150)]
    assert comment.main() == 0
    assert forge.asked == [("POST", "/api/v3/repos/riverside/wardround/issues/7/comments", "Bearer t0ken")]
    assert forge.comments[-1]["body"] == "<!-- wardround plan -->\n## PACS viewer: 3.12.0 → 3.13.2"


def test_the_next_one_replaces_it_wherever_it_stands(comment: Any, forge: type[Forge]) -> None:
    forge.comments += [{"id": n, "user": {"type": "User"}, "body": "fine"} for n in range(120)]
    forge.comments.append({"id": 500, "user": {"type": "Bot"}, "body": "<!-- wardround plan -->\nold"})
    assert comment.main() == 0
    assert forge.asked == [("PATCH", "/api/v3/repos/riverside/wardround/issues/comments/500", "Bearer t0ken")]


def test_a_person_who_copies_the_mark_keeps_the_comment(comment: Any, forge: type[Forge]) -> None:
    forge.comments.append({"id": 1, "user": {"type": "User"}, "body": "<!-- wardround plan -->\nmine"})
    assert comment.main() == 0
    assert [method for method, _path, _token in forge.asked] == ["POST"]


def test_a_plan_too_long_for_the_forge_is_cut_and_says_so(comment: Any) -> None:
    cut = comment.text("x" * 70_000)
    assert len(cut) == 65_536
    assert cut.endswith("… cut: the whole plan is what `make plan` prints.")
    assert comment.text("short").endswith("short")


def test_a_forge_that_refuses_is_named(comment: Any, forge: type[Forge], capsys: pytest.CaptureFixture[str]) -> None:
    forge.status = 403
    assert comment.main() == 1
    said = capsys.readouterr().err
    assert "pull request 7: the plan could not be put into a comment: HTTP Error 403" in said
    assert "t0ken" not in said
