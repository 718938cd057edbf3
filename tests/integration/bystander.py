"""A patient of the hospital's own, whose identifier begins almost as a test patient's does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from lab.paths import SECRETS
from lab.podman import podman
from tests.integration.rehearsal import TestHospital

PUID = "WRT123ABC"  # three letters, three digits, three letters: GNU Health makes them so
# What he has in the HIS, each before what it refers to.
RECORDS = [
    {"model": "gnuhealth.patient", "match": [["party.ref", "=", PUID]]},
    {"model": "gnuhealth.pol", "match": [["person.ref", "=", PUID]]},
    {"model": "party.party", "match": [["ref", "=", PUID]]},
]


@contextmanager
def bystander(hospital: TestHospital) -> Iterator[Callable[[], tuple[int, int]]]:
    """The patient in the HIS, with a study in the archive; call the result for how many of each there are."""
    values = {"lastname": "Li", "name": "Na", "gender": "f", "dob": "1990-01-02", "fed_country": "CHN"}
    values |= {"is_person": True, "is_patient": True, "create_target": True}
    _ask(hospital, state="present", model="party.party", match={"ref": PUID}, values=values)
    study = _archive("tools/create-dicom", {"Tags": {"PatientID": PUID, "PatientName": "Li^Na"}})["ParentStudy"]
    try:
        yield lambda: (
            len(_ask(hospital, state="read", **RECORDS[0])["records"]),
            len(_archive("tools/find", {"Level": "Study", "Query": {"PatientID": PUID}})),
        )
    finally:
        _archive(f"studies/{study}", None)
        _ask(hospital, state="absent", records=RECORDS)


def _ask(hospital: TestHospital, **arguments: Any) -> dict[str, Any]:
    told = {"settings": "/etc/wardround/his_server/admin.json", **arguments}
    command = ("ansible", "his-01", "-m", "wardround.hospital.gnuhealth_record", "-a", json.dumps(told))
    done = hospital.call(*command, ANSIBLE_CALLBACK_RESULT_FORMAT="json")
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout.partition("=>")[2])
    return found


def _archive(path: str, body: dict[str, Any] | None) -> Any:
    """What Orthanc answers on its own machine; without a body, a deletion."""
    how = ["-X", "DELETE"] if body is None else ["--data", json.dumps(body)]
    user = f"workstation:{(SECRETS / 'orthanc_password').read_text().strip()}"
    return json.loads(podman("exec", "wr-pacs-01", "curl", "-fsS", "-u", user, *how, f"http://127.0.0.1:8042/{path}"))
