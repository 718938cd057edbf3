"""A printer of a few lines for tests: speaks IPP over HTTP, keeps a record of jobs, and misbehaves on request."""

from __future__ import annotations

import http.server
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ansible_collections.wardround.hospital.plugins.module_utils import ipp

INTEGERS = {"job-id": ipp.INTEGER, "job-state": ipp.ENUM, "printer-state": ipp.ENUM}


def group(tag: int, attributes: dict[str, Any]) -> bytes:
    """One group of a response; numbers are integers or enums, booleans booleans, the rest keywords."""
    found = bytes([tag])
    for name, values in attributes.items():
        for place, value in enumerate(values if isinstance(values, list) else [values]):
            kind = INTEGERS.get(name, ipp.BOOLEAN if isinstance(value, bool) else ipp.KEYWORD)
            raw = struct.pack(">i", value) if kind in INTEGERS.values() else bytes([value]) if value is True else b"\0"
            raw = value.encode() if isinstance(value, str) else raw
            key = b"" if place else name.encode()
            found += struct.pack(">Bh", kind, len(key)) + key + struct.pack(">h", len(raw)) + raw
    return found


def response(status: int, *groups: bytes) -> bytes:
    return struct.pack(">bbhi", 2, 0, status, 1) + b"".join(groups) + bytes([ipp.END])


class Printer:
    """state, accepting: as asked for; jobs: its record, a dict of attributes each; silent: it answers nothing."""

    def __init__(self) -> None:
        self.state, self.accepting, self.reasons = 3, True, ["none"]
        self.jobs: list[dict[str, Any]] = []
        self.asked: list[int] = []
        self.silent = threading.Event()
        self.http_status = 200
        self.body: bytes | None = None
        self.uri = ""

    def answer(self, request: bytes) -> bytes:
        (operation,) = struct.unpack_from(">h", request, 2)
        self.asked.append(operation)
        if self.body is not None:
            return self.body
        if operation == ipp.GET_PRINTER:
            attributes = {"printer-state": self.state, "printer-is-accepting-jobs": self.accepting}
            return response(0, group(ipp.PRINTER, {**attributes, "printer-state-reasons": self.reasons}))
        if operation == ipp.GET_JOBS:
            ended = b"not-completed" not in request
            found = [job for job in self.jobs if (job["job-state"] >= 7) == ended]
            return response(0, *(group(ipp.JOB, job) for job in found))
        if operation == ipp.CANCEL_JOB:
            for job in self.jobs:
                job["job-state"] = 7
            return response(0)
        return response(0x0501)


@contextmanager
def printer() -> Iterator[Printer]:
    """A printer that listens on a local port until the end of the block."""
    one = Printer()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if one.silent.is_set():
                released.wait(10)
                return
            answer = one.answer(body)
            self.send_response(one.http_status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            pass

    released = threading.Event()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    one.uri = f"ipp://127.0.0.1:{server.server_port}/ipp/print"
    try:
        yield one
    finally:
        released.set()
        server.shutdown()
        server.server_close()
