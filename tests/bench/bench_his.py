"""How fast the HIS answers while desks read patients: `python -m tests.bench.bench_his [--desks 20 --seconds 60]`.

Each desk keeps one session, as the client does, and every two seconds reads one patient, found by the PUID, with names,
age and critical information. Asks the lab's HIS by default. Ends with 1 where the 95th percentile misses the limit or
an answer is wrong. Wall seconds as a desk sees them, TLS and PostgreSQL included.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import threading
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "collections"))

from ansible_collections.wardround.hospital.plugins.module_utils.tryton import Session  # noqa: E402
from ansible_collections.wardround.hospital.plugins.module_utils.tryton_records import Records  # noqa: E402

LIMIT = 0.300  # seconds, 95th percentile
EVERY = 2.0  # seconds between a desk's reads
PUIDS = [f"WRTB{number:03}" for number in range(20)]
FIELDS = ["puid", "rec_name", "dob", "gender", "age", "critical_summary", "party.ref", "party.person_names.given"]
PERSON = {"name": "小明", "lastname": "王", "is_person": True, "is_patient": True, "create_target": True, "gender": "m"}


class Desk(threading.Thread):
    """One desk; `seconds` are those of each read, `wrong` what was read instead of the patient asked for."""

    def __init__(self, settings: dict[str, Any], ends: float) -> None:
        super().__init__()
        self.settings, self.ends = settings, ends
        self.seconds: list[float] = []
        self.wrong: list[str] = []

    def run(self) -> None:
        choose = random.Random(id(self))
        with Session(self.settings, deadline=10.0) as session:
            time.sleep(choose.uniform(0, EVERY))
            while time.monotonic() < self.ends:
                puid = choose.choice(PUIDS)
                started = time.monotonic()
                self.read(session, puid)
                self.seconds.append(time.monotonic() - started)
                time.sleep(max(0.0, started + EVERY - time.monotonic()))

    def read(self, session: Session, puid: str) -> None:
        try:
            found = session.call(
                "model.gnuhealth.patient.search_read", [["party.ref", "=", puid]], 0, None, None, FIELDS
            )  # fmt: skip
            if [row["puid"] for row in found] != [puid]:
                self.wrong.append(f"{puid}: {found!r}")
        except Exception as error:  # a desk goes on; the verdict counts what went wrong
            self.wrong.append(f"{puid}: {error}")


def prepare(settings: dict[str, Any]) -> None:
    """The patients that will be read, marked as test patients."""
    with Session(settings, deadline=30.0) as session:
        for puid in PUIDS:
            Records(session, "party.party").present(
                {"ref": puid}, {**PERSON, "fed_country": "CHN", "dob": "1971-06-08"}
            )


def clean(settings: dict[str, Any]) -> None:
    with Session(settings, deadline=30.0) as session:
        for model, path in (
            ("gnuhealth.patient", "party.ref"),
            ("gnuhealth.pol", "person.ref"),
            ("gnuhealth.person_name", "party.ref"),
            ("party.party", "ref"),
        ):
            Records(session, model).absent([[path, "in", PUIDS]])


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--url", default="https://10.87.20.41")
    parser.add_argument("--ca", default=str(ROOT / ".lab/tls/ca.crt"))
    parser.add_argument("--user", default="med")
    parser.add_argument("--password-file", default=str(ROOT / ".lab/secrets/his_med_password"))
    parser.add_argument("--admin-password-file", default=str(ROOT / ".lab/secrets/his_admin_password"))
    parser.add_argument("--desks", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60.0)
    return parser.parse_args()


def main() -> int:
    asked = arguments()
    base = {"url": asked.url, "database": "health", "ca_file": asked.ca}
    admin = {**base, "user": "admin", "password": Path(asked.admin_password_file).read_text().strip()}
    desk = {**base, "user": asked.user, "password": Path(asked.password_file).read_text().strip()}
    clean(admin)  # what a killed run left
    prepare(admin)
    try:
        desks = [Desk(desk, time.monotonic() + asked.seconds) for _number in range(asked.desks)]
        for each in desks:
            each.start()
        for each in desks:
            each.join()
    finally:
        clean(admin)
    taken = sorted(seconds for each in desks for seconds in each.seconds)
    wrong = [said for each in desks for said in each.wrong]
    result = {
        "desks": asked.desks,
        "reads": len(taken),
        "wrong": len(wrong),
        "p50_ms": round(statistics.median(taken) * 1000),
        "p95_ms": round(statistics.quantiles(taken, n=20)[18] * 1000),
        "max_ms": round(taken[-1] * 1000),
    }
    print(json.dumps(result))
    for said in wrong[:5]:
        print(said, file=sys.stderr)
    return 0 if not wrong and result["p95_ms"] <= LIMIT * 1000 else 1


if __name__ == "__main__":
    sys.exit(main())
