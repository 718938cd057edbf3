"""A record as the real store keeps it, told line by line."""

from __future__ import annotations

import datetime
import json
import sqlite3

from wardround.evidence.facts import Facts, Hospital
from wardround.run import history
from wardround.run.store import Store

CHECKS = ("version", "page", "qido", "frame", "echo", "find")
STEPS = (
    ("register", "register the patient", "挂号建档", "reg-ws-01"),
    ("database", "read the patient in PostgreSQL", "数据库核对", "his-01"),
    ("order", "order GLU", "开立 GLU", "med-ws-01"),
    ("measure", "measure GLU", "仪器检测 GLU", "lab-ws-01"),
    ("result", "read the result of GLU", "病区查看 GLU", "med-ws-01"),
    ("worklist CT-CHEST", "find CT-CHEST in the worklist", "工作列表取 CT-CHEST", "ct-01"),
    ("store CT-CHEST", "store CT-CHEST", "上传 CT-CHEST", "ct-01"),
    ("find CT-CHEST", "find CT-CHEST on the reading desk", "阅片台检索 CT-CHEST", "rad-ws-01"),
)
ZONE = datetime.timezone(datetime.timedelta(hours=8))
FRAME_FOUND = "HTTP 404 from http://10.87.20.24/pacs/dicom-web-x/studies/1.2.840.113619/series/1/instances/1/frames/1"


class Recorder:
    """Writes rows into the store; a clock of its own moves half a minute with every row."""

    def __init__(self) -> None:
        self.db = sqlite3.connect(Store.open().path, isolation_level=None)
        self.db.execute("PRAGMA synchronous = OFF")  # a test's record need not survive a power cut
        self._seq = 0
        self._moment = datetime.datetime(2026, 11, 20, 1, 30, tzinfo=datetime.UTC)
        self._runs = 0

    def moment(self) -> str:
        self._moment += datetime.timedelta(seconds=30)
        return self._moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    def put(self, table: str, **values: object) -> None:
        names, marks = ", ".join(values), ", ".join("?" for _value in values)
        self.db.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(values.values()))

    def seq(self) -> int:
        self._seq += 1
        return self._seq

    def run(self, kind: str, playbook: str, rc: int | None = 0, **values: object) -> str:
        self._runs += 1
        run = f"run-{self._runs:04d}"
        facts = {"argv": f"ansible-playbook {playbook}", "who": "li.na", "started": self.moment(), **values}
        self.put(
            "runs",
            id=run,
            kind=kind,
            playbook=playbook,
            ended=self.moment() if rc is not None else None,
            rc=rc,
            **facts,
        )
        return run

    def task(self, run: str, host: str, task: str, status: str, message: str = "") -> None:
        self.put(
            "tasks", seq=self.seq(), run=run, host=host, task=task, status=status, message=message, at=self.moment()
        )

    def rollout(self, identity: str, old: str, new: str, waves: list[list[str]], state: str, **values: object) -> None:
        facts = {"reason": "", "unreviewed": None, "who": "li.na", **values}
        self.put(
            "rollouts",
            id=identity,
            plan_path=f"plans/pacs_client-{new}.plan.json",
            plan=json.dumps(plan(waves), ensure_ascii=False),
            product="pacs_client",
            from_version=old,
            to_version=new,
            state=state,
            started=self.moment(),
            ended=self.moment() if state == "done" else None,
            **facts,
        )

    def change(
        self,
        rollout: str,
        wave: str,
        host: str,
        old: str,
        new: str,
        state: str,
        direction: str = "forward",
        run: str = "",
        reason: str = "",
    ) -> None:
        closed = state not in ("open", "unknown")
        self.put(
            "intents",
            id=f"{rollout}-{host}-{direction}",
            rollout=rollout,
            wave=wave,
            host=host,
            run=run,
            direction=direction,
            from_version=old,
            to_version=new,
            state=state,
            reason=reason,
            opened_seq=self.seq(),
            opened=self.moment(),
            closed_seq=self.seq() if closed else None,
            closed=self.moment() if closed else None,
        )

    def proof(
        self,
        host: str,
        version: str,
        run: str,
        rollout: str | None,
        phase: str = "verify",
        bad: str = "",
        found: str = "",
        product: str = "pacs_client",
        checks: tuple[str, ...] = CHECKS,
    ) -> None:
        told = [
            {
                "name": name,
                "ok": name != bad,
                "expected": {"version": version, "frame": "one frame of 512 x 512 pixels, decoded"}.get(
                    name, f"{name} answers"
                ),
                "found": found if name == bad else {"version": version}.get(name, "as expected"),
                "seconds": 0.04 + len(name) / 20,
            }
            for name in checks
        ]
        self.put(
            "proofs",
            seq=self.seq(),
            run=run,
            rollout=rollout,
            product=product,
            host=host,
            phase=phase,
            expected_version=version,
            served_version=version,
            ok=int(not bad),
            checks=json.dumps(told, ensure_ascii=False),
            at=self.moment(),
        )

    def journey(self, rollout: str | None, phase: str, broken: str = "") -> None:
        """The journey's steps, up to the one of this key, which fails."""
        run = self.run("prove", "playbooks/prove_clinical.yml", 2 if broken else 0, rollout=rollout)
        steps: list[dict[str, object]] = []
        lost = False
        for n, (key, name, zh, host) in enumerate(STEPS):
            found = "not reached: an earlier step failed before" if lost else "as expected"
            if key == broken:
                found = "no answer within 8 s"
            steps.append(
                {
                    "key": key,
                    "name": name,
                    "zh": zh,
                    "host": host,
                    "ok": not lost and key != broken,
                    "expected": f"{name} answers",
                    "found": found,
                    "seconds": None if lost else 0.4 + n % 5 * 0.6,
                    "cause": "" if key != broken else "pacs-01 is frozen or overloaded",
                }
            )
            lost = lost or key == broken
        self.put(
            "journeys",
            seq=self.seq(),
            run=run,
            rollout=rollout,
            phase=phase,
            ok=int(not broken),
            steps=json.dumps(steps, ensure_ascii=False),
            at=self.moment(),
        )

    def gate(self, rollout: str, wave: str, verdict: str, reason: str) -> None:
        self.put("gates", seq=self.seq(), rollout=rollout, wave=wave, verdict=verdict, reason=reason, at=self.moment())

    def classify(self, rollout: str, host: str, cause: str, reason: str) -> None:
        self.put(
            "classifications",
            seq=self.seq(),
            rollout=rollout,
            host=host,
            cause=cause,
            reason=reason,
            who="wang.lei",
            at=self.moment(),
        )

    def halt(self, reason: str, lifted: bool) -> None:
        self.put(
            "halts",
            seq=self.seq(),
            reason=reason,
            who="chen.yu",
            at=self.moment(),
            lifted_by="chen.yu" if lifted else None,
            lifted_at=self.moment() if lifted else None,
        )

    def upgrade(self, identity: str, old: str, new: str, waves: list[list[str]]) -> None:
        """A roll-out in which everything went well."""
        self.rollout(identity, old, new, waves, "done")
        hosts = [host for wave in waves for host in wave]
        baseline = self.run("verify", "playbooks/prove_product.yml", rollout=identity)
        for host in hosts:
            self.proof(host, old, baseline, identity, "baseline")
        for n, wave in enumerate(waves, 1):
            name = f"wave_{n:02d}"
            run = self.run("wave", "playbooks/upgrade.yml", rollout=identity, wave=name)
            for host in wave:
                self.change(identity, name, host, old, new, "applied", run=run)
                self.task(run, host, "Switch to the release", "changed")
            verify = self.run("verify", "playbooks/prove_product.yml", rollout=identity, wave=name)
            for host in hosts:
                self.proof(host, new if any(host in moved for moved in waves[:n]) else old, verify, identity)
            self.gate(
                identity,
                name,
                "promote",
                f"{len(wave)} of {len(wave)} in {name} proved, all {len(hosts)} planned hosts healthy",
            )

    def held_at_canary(self, identity: str, old: str, new: str, waves: list[list[str]], host: str) -> None:
        """The frame check fails on `host`, which is taken back and proved; the roll-out is held."""
        self.rollout(identity, old, new, waves, "held", reason=f"{host} taken back and proved")
        run = self.run("wave", "playbooks/upgrade.yml", rollout=identity, wave="wave_01")
        for one in waves[0]:
            self.change(identity, "wave_01", one, old, new, "applied", run=run)
        verify = self.run("verify", "playbooks/prove_product.yml", 2, rollout=identity, wave="wave_01")
        for one in waves[0]:
            self.proof(one, new, verify, identity, bad="frame" if one == host else "", found=FRAME_FOUND)
        back = self.run("rollback", "playbooks/upgrade.yml", rollout=identity, wave="wave_01")
        self.change(
            identity,
            "wave_01",
            host,
            new,
            old,
            "applied",
            "back",
            run=back,
            reason=f"frame: expected 512 x 512, found {FRAME_FOUND}",
        )
        again = self.run("verify", "playbooks/prove_product.yml", rollout=identity, wave="wave_01")
        self.proof(host, old, again, identity)
        self.gate(
            identity,
            "wave_01",
            "hold",
            f"{host} taken back and proved (frame: expected 512 x 512, found {FRAME_FOUND})",
        )


def plan(waves: list[list[str]]) -> dict[str, object]:
    """The keys of a plan file that the page reads."""
    return {
        "waves": [
            {
                "name": f"wave_{n:02d}",
                "kind": "canary" if n == 1 else "wave",
                "soak_seconds": 2,
                "hosts": [{"name": host, "department": "radiology", "from": "3.12.0"} for host in wave],
                "departments": [
                    {
                        "name": key,
                        "machines": total,
                        "out": (out := sum(host.startswith(prefix) for host in wave)),
                        "keeps": total - out,
                        "floor": floor,
                    }
                    for key, prefix, total, floor in (("radiology", "rad", 4, 3), ("registration", "reg", 2, 1))
                ],
            }
            for n, wave in enumerate(waves, 1)
        ],
        "canary": [{"combination": "hp-z2-g9 / debian-13 / diagnostic-display", "hosts": waves[0][:1]}],
        "excluded": [],
        "exceptions": [],
    }


WAVES = [["rad-ws-01", "reg-ws-01"], ["rad-ws-02", "reg-ws-02"], ["rad-ws-03"], ["rad-ws-04"]]


def read_facts(hospital: Hospital, written: datetime.datetime) -> Facts:
    record = "/var/lib/wardround/wardround.db"
    return Facts(hospital, history.read(), "inventories/lab", record, written, written.date())
