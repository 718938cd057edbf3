"""The plan file: what was decided, as data. Canonical JSON without time stamps, so equal input gives equal bytes."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from wardround.rollout.reader import Malformed, Reader
from wardround.rollout.request import Excluded

SCHEMA: Final = 2
KIND: Final = "upgrade"
SUFFIX: Final = ".plan.json"
_WAVE_NAME = re.compile(r"wave_\d{2,}")


class PlanError(ValueError):
    """A plan file that cannot be read or written; the message names the file and what is wrong."""


class PlanDigestError(PlanError):
    """A plan file whose content is not what its own SHA-256 says."""


@dataclass(frozen=True)
class PlannedHost:
    """A machine in a wave, and the version it is expected to run before."""

    name: str
    department: str
    from_version: str


@dataclass(frozen=True)
class Service:
    """What a department keeps during a wave, in machines: `keeps` of `machines`, never below `floor`."""

    name: str
    machines: int
    out: int
    keeps: int
    floor: int


@dataclass(frozen=True)
class Wave:
    """Machines that go together. kind: `canary` or `wave`; cap: the most it may hold."""

    name: str
    kind: str
    cap: int
    soak_seconds: int
    hosts: tuple[PlannedHost, ...]
    departments: tuple[Service, ...]


@dataclass(frozen=True)
class Coverage:
    """A model / OS / peripheral combination and the machines of the first wave that stand for it."""

    combination: str
    hosts: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """One staged upgrade. bound_waves, bound_sentence: the least waves possible and the limit that makes it so;
    gap: waves above that; planner: the versions and solver parameters that made it; sha256: of everything else;
    journey: whether the patient's journey gates it; a machine in use is asked again every `idle_poll_seconds` until
    `restart_deadline_minutes` after it was first staged.

    schema: of the file. Records hold plans of schema 1, which knew neither journeys nor machines in use."""

    product: str
    from_version: str
    to_version: str
    what_if: bool
    planner: dict[str, Any]
    inputs_sha256: str
    bound_waves: int
    bound_sentence: str
    gap: int
    waves: tuple[Wave, ...]
    canary: tuple[Coverage, ...]
    excluded: tuple[Excluded, ...]
    exceptions: tuple[str, ...] = ()
    journey: bool = False
    restart_deadline_minutes: int = 240
    idle_poll_seconds: int = 60
    schema: int = SCHEMA

    @property
    def sha256(self) -> str:
        """SHA-256 of the canonical JSON without this key."""
        return hashlib.sha256(_canonical(self._document()).encode()).hexdigest()

    @property
    def hosts(self) -> tuple[PlannedHost, ...]:
        """Every machine of every wave, in the order of the waves."""
        return tuple(host for wave in self.waves for host in wave.hosts)

    def as_dict(self) -> dict[str, Any]:
        """The JSON document of the plan file, its SHA-256 included."""
        return {**self._document(), "sha256": self.sha256}

    def text(self) -> str:
        """The bytes of the plan file, as text: sorted keys, indent 1, a newline at the end."""
        return _canonical(self.as_dict())

    def _document(self) -> dict[str, Any]:
        since_2 = {
            "journey": self.journey,
            "restart_deadline_minutes": self.restart_deadline_minutes,
            "idle_poll_seconds": self.idle_poll_seconds,
        }
        return {
            "schema": self.schema,
            "kind": KIND,
            "product": self.product,
            "from": self.from_version,
            "to": self.to_version,
            "what_if": self.what_if,
            "planner": self.planner,
            "inputs_sha256": self.inputs_sha256,
            "bound": {"waves": self.bound_waves, "sentence": self.bound_sentence},
            "gap": self.gap,
            "waves": [_wave_document(wave) for wave in self.waves],
            "canary": [{"combination": one.combination, "hosts": list(one.hosts)} for one in self.canary],
            "excluded": [{"host": one.host, "reason": one.reason} for one in self.excluded],
            "exceptions": list(self.exceptions),
            **(since_2 if self.schema > 1 else {}),
        }


def write(plan: Plan, path: Path) -> None:
    """Write the plan file whole or not at all. Raises PlanError where its name or place does not allow it."""
    if not path.name.endswith(SUFFIX) or path.name == SUFFIX:
        raise PlanError(f"{path}: the name of a plan file ends in {SUFFIX}")
    whole = path.with_name(f".{path.name}.new")
    try:
        whole.write_text(plan.text(), encoding="utf-8", newline="\n")
        whole.replace(path)
    except OSError as error:
        whole.unlink(missing_ok=True)
        raise PlanError(f"{path}: cannot write the plan: {error.strerror}") from error


def read(path: Path) -> Plan:
    """Read a plan file. Raises PlanError where it is missing or malformed, PlanDigestError where it was altered."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise PlanError(f"{path}: cannot read the plan: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise PlanError(f"{path}: not a plan file: it is not UTF-8") from error
    return parse(text, str(path))


def parse(text: str, source: str) -> Plan:
    """The plan in `text`; `source` names it in errors, which are those of `read`."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PlanError(f"{source}: not a plan file: {error}") from error
    known = isinstance(document, dict) and document.get("schema") in (1, SCHEMA) and document.get("kind") == KIND
    if not known:
        raise PlanError(f"{source}: not a plan file of schema {SCHEMA} and kind {KIND}")
    try:
        plan = _plan(Reader(document, "plan"))
        digest = plan.sha256
    except (Malformed, UnicodeEncodeError) as error:
        raise PlanError(f"{source}: malformed plan: {error}") from error
    if document.get("sha256") != digest:
        raise PlanDigestError(f"{source}: its content has SHA-256 {digest}, but it says {document.get('sha256')}")
    if text != plan.text():
        raise PlanDigestError(f"{source}: not in canonical form; `wardround plan` writes it so")
    return plan


def _wave_document(wave: Wave) -> dict[str, Any]:
    return {
        "name": wave.name,
        "kind": wave.kind,
        "cap": wave.cap,
        "soak_seconds": wave.soak_seconds,
        "hosts": [{"name": h.name, "department": h.department, "from": h.from_version} for h in wave.hosts],
        "departments": [
            {"name": d.name, "machines": d.machines, "out": d.out, "keeps": d.keeps, "floor": d.floor}
            for d in wave.departments
        ],
    }


def _plan(reader: Reader) -> Plan:
    bound = Reader(reader.mapping("bound"), "plan.bound")
    plan = Plan(
        product=reader.text("product"),
        from_version=reader.text("from"),
        to_version=reader.text("to"),
        what_if=reader.flag("what_if"),
        planner=reader.mapping("planner"),
        inputs_sha256=reader.text("inputs_sha256"),
        bound_waves=bound.number("waves"),
        bound_sentence=bound.text("sentence"),
        gap=reader.number("gap"),
        waves=tuple(_wave(one) for one in reader.objects("waves")),
        canary=tuple(Coverage(one.text("combination"), one.texts("hosts")) for one in reader.objects("canary")),
        excluded=tuple(Excluded(one.text("host"), one.text("reason")) for one in reader.objects("excluded")),
        exceptions=reader.texts("exceptions"),
        **_since_2(reader),
    )
    if not plan.waves:
        raise Malformed("plan.waves is empty")
    return plan


def _since_2(reader: Reader) -> dict[str, Any]:
    schema = reader.number("schema")
    if schema == 1:
        return {"schema": 1}
    return {
        "journey": reader.flag("journey"),
        "restart_deadline_minutes": reader.number("restart_deadline_minutes"),
        "idle_poll_seconds": reader.number("idle_poll_seconds"),
    }


def _wave(reader: Reader) -> Wave:
    if not _WAVE_NAME.fullmatch(reader.text("name")):
        raise Malformed(f"{reader.where}.name {reader.text('name')!r} is not wave_01, wave_02, ...")
    return Wave(
        name=reader.text("name"),
        kind=reader.text("kind"),
        cap=reader.number("cap"),
        soak_seconds=reader.number("soak_seconds"),
        hosts=tuple(PlannedHost(h.text("name"), h.text("department"), h.text("from")) for h in reader.objects("hosts")),
        departments=tuple(
            Service(d.text("name"), d.number("machines"), d.number("out"), d.number("keeps"), d.number("floor"))
            for d in reader.objects("departments")
        ),
    )


def _canonical(document: dict[str, Any]) -> str:
    return json.dumps(document, sort_keys=True, indent=1, ensure_ascii=False) + "\n"
