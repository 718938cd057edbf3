"""A server that answers like GNU Health 5.0.0: the bodies were recorded from one, over TLS or not, or not at all."""

import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# (status, body), a result, or what makes one of the parameters.
Answer = tuple[int, str] | Callable[..., Any]

HTML = "<!doctype html>\n<html lang=en>\n<title>{0}</title>\n<h1>{0}</h1>\n"
REFUSED = (401, HTML.format("401 Unauthorized"))
NO_DATABASE = (404, HTML.format("404 Not Found"))
FORBIDDEN = (403, HTML.format("403 Forbidden"))
UNKNOWN_MODEL = (200, """{"id":0,"error":["'gnuhealth.nothing'",""]}""")
UNKNOWN_FIELD = (200, """{"id":0,"error":["'nofield'",""]}""")
USER_ERROR = (200, '{"id":0,"error":["UserError",["SM-CORE-0001: Wrong date of birth for a living person","",null]]}')
WARNING = (200, '{"id":0,"error":["UserWarning",["warning_7","This is a rare thing.","Are you sure?"]]}')
PREFERENCES = {
    "company_filter": "one",
    "company": 1,
    "company.rec_name": "示范医院",
    "language": "en",
    "groups": [6, 8],
}
LOGIN = [1, "6cfba42cb73ad0cb2aab61613e3375a453f9250dbc5bf722bbdb6179d96bbad1"]
TOKEN = base64.b64encode(f"reg:1:{LOGIN[1]}".encode()).decode()


class Server(ThreadingHTTPServer):
    """`answers` by method; `asked`: every (path, method, params), in order."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, Answer] = {
            "common.server.version": lambda: "7.0.59",
            "common.db.login": lambda user, parameters, language: LOGIN,
            "common.db.logout": lambda: None,
            "model.res.user.get_preferences": lambda context_only, context: PREFERENCES,
        }
        self.asked: list[tuple[str, str, list[Any]]] = []
        self.connections = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def methods(self) -> list[str]:
        return [method for _path, method, _params in self.asked]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1

    def do_POST(self) -> None:
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, question["method"], question["params"]))
        # As GNU Health: nothing but these two without a session.
        known = self.headers["Authorization"] == f"Session {TOKEN}"
        if question["method"] not in ("common.server.version", "common.db.login") and not known:
            return self.send(401, "")
        answer = self.server.answers[question["method"]]
        if callable(answer):
            answer = answer(*question["params"])
            if not isinstance(answer, tuple):
                answer = (200, json.dumps({"id": question["id"], "result": answer}))
        return self.send(*answer)

    def send(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: Any) -> None:
        pass


@contextmanager
def serving() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
