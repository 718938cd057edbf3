"""Records of a ward, and the engine's settings for tests."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

from lab.engine.config import Config, Destination
from tests.unit.lab.engine.standin import IMAGING, NAMES, PARTY, PATIENT, REQUEST, TYPE, GnuHealth

ORDERED = datetime(2026, 11, 23, 2, 15, 30)


def config(state: Path, **ports: int) -> Config:
    """Destinations of the names `ports` on these ports, and those that messages are made for on port 1."""
    names = {"lis": 1, "his": 1, "analyser": 1, "pacs": 1} | ports
    destinations = {name: Destination(name, "127.0.0.1", port, name.upper(), "X") for name, port in names.items()}
    examinations = {"CT-CHEST": {"station": "CT_1", "modality": "CT"}}
    return Config("ENGINE", "WARDROUND", state, {}, destinations, {"his": {}, "lis": {}}, examinations)


def patient(his: GnuHealth, puid: str = "WRT-1", **values: Any) -> int:
    """王小明, or somebody with other values; the id of the patient's record."""
    person = {"ref": puid, "is_person": True, "is_patient": True, "create_target": True, "gender": "m"}
    person |= {"lastname": "王", "name": "小明", "dob": date(1971, 6, 8)} | values
    party = his.create(PARTY, person)
    if "name" not in values:
        his.create(NAMES, {"party": party, "use": "usual", "family": "Wang", "given": "XiaoMing"})
    return next(found["id"] for found in his.tables[PATIENT].values() if found["party"] == party)


def doctor(his: GnuHealth) -> int:
    """张伟, a health professional."""
    party = his.create(PARTY, {"ref": "D1", "lastname": "张", "name": "伟", "is_person": True})
    return his.create("hp", {"code": "D1", "party": party})


def lab_request(his: GnuHealth, whose: int, test: str = "GLU", **values: Any) -> int:
    """A laboratory request as a ward leaves it."""
    kind = next(found["id"] for found in his.tables[TYPE].values() if found["code"] == test)
    request = {"patient_id": whose, "test_type": kind, "source_type": "patient", "state": "draft", "request": 7}
    return his.create(REQUEST, request | {"date": ORDERED, "urgent": False} | values)


def imaging_request(his: GnuHealth, whose: int, **values: Any) -> int:
    """A request for a CT of the chest."""
    kind = his.create("exam.type", {"code": "CT"})
    test = his.create("exam", {"code": "CT-CHEST", "name": "CT of the chest", "test_type": kind})
    request = {"patient": whose, "requested_test": test, "state": "requested", "request": "001"}
    return his.create(IMAGING, request | {"request_line": "001-01-01", "date": ORDERED, "comment": "cough"} | values)
