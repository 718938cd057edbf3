"""A stand-in for GNU Health's JSON-RPC: the models that the engine uses, with GNU Health's own rules that matter to it.

What it answers was compared with GNU Health 5.0.0 (tests/integration/test_engine.py runs the same engine against the
real one): nested links as `name.`, merged and inactive records hidden unless asked for, unique PUIDs and lab record
names, a patient's record made together with a person, times of writing.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ansible_collections.wardround.hospital.plugins.module_utils import tryton

PARTY, PATIENT, LAB = "party.party", "gnuhealth.patient", "gnuhealth.lab"
CRITERIA, TYPE, UNITS = "gnuhealth.lab.test.critearea", "gnuhealth.lab.test_type", "gnuhealth.lab.test.units"
REQUEST, IMAGING, NAMES = "gnuhealth.patient.lab.test", "gnuhealth.imaging.test.request", "gnuhealth.person_name"
TO_ONE = {
    PARTY: {"replaced_by": PARTY},
    PATIENT: {"party": PARTY},
    LAB: {"patient": PATIENT, "test": TYPE, "done_by": "hp", "validated_by": "hp", "requestor": "hp"},
    CRITERIA: {"units": UNITS},
    REQUEST: {"patient_id": PATIENT, "test_type": TYPE, "doctor_id": "hp"},
    IMAGING: {"patient": PATIENT, "requested_test": "exam", "doctor": "hp"},
    "exam": {"test_type": "exam.type"},
    "hp": {"party": PARTY},
}
TO_MANY = {
    PARTY: {"person_names": (NAMES, "party")},
    LAB: {"critearea": (CRITERIA, "gnuhealth_lab_id")},
    TYPE: {"critearea": (CRITERIA, "test_type_id")},
}
UNIQUE = {PARTY: "ref", PATIENT: "party", LAB: "name"}
Record = dict[str, Any]


class UserError(Exception):
    """What GNU Health says to the person who asked."""


class GnuHealth:
    """The records of one server.

    calls: what was asked for. fail: the next call of this method raises, after it was done. then: what happens once
    after the next call of a method, when its work is done and before it is answered.
    """

    def __init__(self) -> None:
        self.tables: dict[str, dict[int, Record]] = {}
        self.calls: list[str] = []
        self.fail: list[tuple[str, Exception]] = []
        self.then: dict[str, Callable[[], None]] = {}
        self._lock = threading.RLock()
        self._clock = datetime(2026, 11, 23, 2, 0, tzinfo=UTC).replace(tzinfo=None)

    def stamp(self) -> datetime:
        """A time of writing: never the same twice."""
        self._clock += timedelta(microseconds=1500)
        return self._clock

    def create(self, model: str, values: Record) -> int:
        with self._lock:
            table = self.tables.setdefault(model, {})
            unique = UNIQUE.get(model)
            if unique and any(found.get(unique) == values.get(unique) for found in table.values()):
                raise UserError(f"The {unique} must be unique")
            identifier = max(table, default=0) + 1
            table[identifier] = {"id": identifier, "create_date": self.stamp(), "write_date": None, "active": True}
            self._fill(model, identifier, values)
            if model == PARTY and values.get("is_person"):
                own = {"use": "official", "family": values.get("lastname"), "given": values.get("name")}
                self.tables.setdefault(NAMES, {})  # names given together with a new person are lost in GNU Health
                for name in [n for n, found in self.tables[NAMES].items() if found.get("party") == identifier]:
                    del self.tables[NAMES][name]
                self.create(NAMES, own | {"party": identifier})
                if values.get("create_target"):
                    self.create(PATIENT, {"party": identifier})
            return identifier

    def write(self, model: str, ids: list[int], values: Record) -> None:
        with self._lock:
            for identifier in ids:
                self._fill(model, identifier, values)
                self.tables[model][identifier]["write_date"] = self.stamp()

    def _fill(self, model: str, identifier: int, values: Record) -> None:
        for name, value in values.items():
            if name not in TO_MANY.get(model, {}):
                self.tables[model][identifier][name] = value
                continue
            target, back = TO_MANY[model][name]
            for command, *rest in value:
                if command == "create":
                    for line in rest[0]:
                        self.create(target, line | {back: identifier})
                elif command == "write":
                    self.write(target, rest[0], rest[1])
                else:
                    assert command == "delete", command
                    for line in rest[0]:
                        del self.tables[target][line]

    def value(self, model: str, record: Record | None, path: str) -> Any:
        """A field by its dotted path."""
        name, _dot, rest = path.partition(".")
        if record is None or not rest:
            return None if record is None else record.get(name)
        return self.value(TO_ONE[model][name], self.tables[TO_ONE[model][name]].get(record.get(name, 0)), rest)

    def matches(self, model: str, record: Record, domain: list[Any]) -> bool:
        """Whether a record is in a Tryton domain."""
        if domain and domain[0] in ("OR", "AND"):
            return (any if domain[0] == "OR" else all)(self.matches(model, record, [part]) for part in domain[1:])
        return all(
            self.matches(model, record, part) if not isinstance(part[0], str) or part[0] in ("OR", "AND")
            else holds(self.value(model, record, part[0]), part[1], part[2])
            for part in domain
        )  # fmt: skip

    def search(self, model: str, domain: list[Any], everyone: bool) -> list[Record]:
        """What is in a domain; inactive records only when everyone is asked for, as Tryton's `active_test` says."""
        found = [record for record in self.tables.get(model, {}).values() if self.matches(model, record, domain)]
        return [record for record in found if everyone or record["active"]]

    def read(self, model: str, record: Record, fields: list[str]) -> Record:
        """Fields as Tryton answers them."""
        found: Record = {"id": record["id"]}
        deeper: dict[str, list[str]] = {}
        for field in fields:
            name, dot, rest = field.partition(".")
            if dot:
                deeper.setdefault(name, []).append(rest)
            elif name in TO_MANY.get(model, {}):
                found[name] = [line["id"] for line in self._lines(model, record, name)]
            else:
                found[name] = record.get(name)
        for name, inner in deeper.items():
            if name in TO_MANY.get(model, {}):
                target = TO_MANY[model][name][0]
                found[f"{name}."] = [self.read(target, line, inner) for line in self._lines(model, record, name)]
            else:
                target = TO_ONE[model][name]
                linked = self.tables.get(target, {}).get(record.get(name) or 0)
                found[f"{name}."] = self.read(target, linked, inner) if linked else None
        return found

    def _lines(self, model: str, record: Record, name: str) -> list[Record]:
        target, back = TO_MANY[model][name]
        return [line for line in self.tables.get(target, {}).values() if line.get(back) == record["id"]]

    def call(self, method: str, arguments: list[Any]) -> Any:
        """What one JSON-RPC method returns."""
        if method == "common.server.version":
            return "7.0.40"
        if method == "common.db.login":
            return [1, "session"]
        _model, _dot, path = method.partition(".")
        found = self.done(path, arguments)
        if path in self.then:
            self.then.pop(path)()
        return found

    def done(self, path: str, arguments: list[Any]) -> Any:
        """A model's method, such as `gnuhealth.lab.create`."""
        model, _dot, name = path.rpartition(".")
        with self._lock:
            self.calls.append(path)
            if name == "get_preferences":
                return {"language": "en"}
            if name == "create":
                found: Any = [self.create(model, values) for values in arguments[0]]
            elif name == "write":
                found = self.write(model, arguments[0], arguments[1])
            elif name == "read":
                records = [self.tables.get(model, {}).get(identifier) for identifier in arguments[0]]
                found = [self.read(model, record, arguments[1]) for record in records if record]
            else:
                assert name == "search_read", path
                everyone = not arguments[-1].get("active_test", True)
                chosen = self.search(model, arguments[0], everyone)[: arguments[2]]
                found = [self.read(model, record, arguments[4]) for record in chosen]
            if self.fail and self.fail[0][0] == path:
                raise self.fail.pop(0)[1]
            return found


def holds(value: Any, operator: str, wanted: Any) -> bool:
    """One clause of a domain."""
    if operator == "in":
        return value in wanted
    if operator == ">=":
        return value is not None and value >= wanted
    if operator == "like":
        assert wanted == "H%-%"
        return str(value).startswith("H") and "-" in str(value)
    assert operator in ("=", "!="), operator
    return bool(value == wanted) is (operator == "=")


@contextmanager
def serving(records: GnuHealth, port: int = 0) -> Iterator[int]:
    """The server on a port of 127.0.0.1, which it yields."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked = json.loads(body, object_hook=tryton.decode)
            answer: Record = {"id": asked["id"]}
            try:
                answer["result"] = records.call(asked["method"], asked["params"])
            except UserError as error:
                answer["error"] = ["UserError", [str(error), "", None]]
            except Exception as error:
                answer["error"] = [f"{type(error).__name__}: {error}", "Traceback ..."]
            said = json.dumps(answer, default=tryton.encode).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_arguments: object) -> None:
            """Keep quiet."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        allow_reuse_address = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Who asked was killed, most likely."""

    with Server(("127.0.0.1", port), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join(5)


def settings(port: int) -> dict[str, str]:
    """What a session with it needs."""
    return {"url": f"http://127.0.0.1:{port}", "database": "health", "user": "interface", "password": "x"}


def master_data(records: GnuHealth) -> None:
    """The tests and units that HIS and LIS have alike."""
    menu = {"GLU": [("GLU", "Glucose", "mmol/L", 3.9, 6.1)], "CBC": [("HGB", "HGB", "g/L", 115.0, 150.0)]}
    for code, analytes in menu.items():
        test = records.create(TYPE, {"code": code, "name": f"{code} test", "specimen_type": "serum"})
        for place, (analyte, name, unit, low, high) in enumerate(analytes):
            line = {"code": analyte, "name": name, "sequence": place, "lower_limit": low, "upper_limit": high}
            unit_id = records.create(UNITS, {"code": None, "name": unit})
            records.create(CRITERIA, line | {"units": unit_id, "test_type_id": test, "to_integer": False})
