"""`wardround report`: the page of what was planned, done and proved."""

from __future__ import annotations

import datetime
import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote

import click

from wardround.cli.options import inventory_option, json_option, today_option
from wardround.cli.warn import load_and_warn
from wardround.evidence import journeys, zone_matrix
from wardround.evidence.facts import Facts, Override, Picture
from wardround.evidence.glance import glance, trouble, verdict
from wardround.evidence.hospital import from_intent
from wardround.evidence.links import told
from wardround.evidence.page import page
from wardround.evidence.rounds import rounds
from wardround.evidence.standing import wards
from wardround.evidence.waiting import waiting
from wardround.evidence.words import LANGUAGES, say
from wardround.exit_codes import BAD_INPUT, FAILED
from wardround.intent import IntentError, settings
from wardround.intent.inventory import read
from wardround.run import clock, history
from wardround.run.store import StoreError, state_dir


@click.command()
@inventory_option
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("report.html"), show_default=True)
@click.option("--lang", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Language shown first.")
@click.option("--screenshots", type=click.Path(path_type=Path), help="Directory of screenshots named HOST.png.")
@click.option("--picture", "pictures", type=click.Path(path_type=Path), multiple=True, help="A picture to show.")
@click.option("--caption", "captions", multiple=True, help="What the picture before it shows; one for each.")
@today_option
@json_option
def report(
    inventory: Path,
    output: Path,
    lang: str,
    screenshots: Path | None,
    pictures: tuple[Path, ...],
    captions: tuple[str, ...],
    today: datetime.date,
    as_json: bool,
) -> None:
    """Write one self-contained HTML page: the hospital, the roll-outs, each host's proof, the failures.

    Pictures are copied to a directory beside the page. With --json the summary is printed as well.
    """
    if len(pictures) != len(captions):
        _give_up(BAD_INPUT, f"{len(pictures)} --picture but {len(captions)} --caption: give one for each")
    try:
        hospital = from_intent(load_and_warn(inventory, today))
        overrides = settings.overrides(read(inventory))
        recorded = history.read()
    except IntentError as error:
        _give_up(BAD_INPUT, "\n".join(str(problem) for problem in error.problems))
    except StoreError as error:
        _give_up(FAILED, str(error))
    try:
        shown = _copy(_screens(screenshots) + _named(pictures, captions), output)
        facts = Facts(
            hospital,
            recorded,
            str(inventory),
            str(state_dir() / "wardround.db"),
            datetime.datetime.fromisoformat(clock.now()).astimezone(),
            today,
            tuple(shown),
            tuple(_override(one) for one in overrides),
        )
        written = page(facts, lang).encode()
        _write(output, written)
    except OSError as error:
        _give_up(BAD_INPUT, f"{error.filename or output}: {error.strerror or error}")
    if as_json:
        click.echo(json.dumps({"page": str(output), "bytes": len(written), **summary(facts)}, ensure_ascii=False))
    else:
        click.echo(f"{output} ({len(written) / 1000:.0f} kB)")


def summary(facts: Facts) -> dict[str, Any]:
    """What the page says first, for scripts: departments, roll-outs, failures, journey and the answers in English."""
    told_wards, told_rounds = wards(facts), rounds(facts)
    links = Counter(link.state for link in told(facts.hospital.systems, facts.history))
    return {
        "departments": [
            {
                "name": ward.department.key,
                "served": str(ward.served),
                "proved": ward.proved,
                "machines": len(ward.desks),
                "floor": ward.department.floor,
            }
            for ward in told_wards
        ],
        "rollouts": [
            {
                "id": one.rollout.id,
                "product": one.rollout.product,
                "from": one.rollout.from_version,
                "to": one.rollout.to_version,
                "state": one.rollout.state,
                "done": one.done,
                "machines": one.machines,
                "sentence": say(verdict(one), "en"),
                "failures": [
                    {
                        "host": failure.machine.host,
                        "state": str(failure.status.state),
                        "open": failure.open,
                        "cause": failure.classification.cause if failure.classification else None,
                        "sentence": say(trouble(failure), "en"),
                        "checks": [check.as_dict() for check in failure.proof.failing] if failure.proof else [],
                    }
                    for failure in one.failures
                ],
                "waiting": [
                    {
                        "host": desk.machine.host,
                        "runs": desk.runs,
                        "why": desk.why,
                        "since": desk.since,
                        "until": desk.until,
                        "late": desk.late,
                    }
                    for desk in waiting(one, facts)
                ],
            }
            for one in told_rounds
        ],
        "journey": _journey(facts),
        "network": _network(facts),
        "links": {state: links[state] for state in ("proved", "failed", "waiting")},
        "answers": {
            answer.question.removeprefix("ask."): [say(line.text, "en") for line in answer.lines]
            for answer in glance(facts, told_wards, told_rounds)
        },
    }


def _journey(facts: Facts) -> dict[str, Any] | None:
    journey = journeys.newest(facts.history)
    if journey is None:
        return None
    return {
        "ok": journey.ok,
        "steps": len(journey.steps),
        "seconds": round(journey.seconds, 3),
        "at": journey.at,
        "rollout": journey.rollout,
        "sentence": say(journeys.verdict(journey, facts.hospital), "en"),
    }


def _network(facts: Facts) -> dict[str, Any] | None:
    network, proofs = facts.hospital.network, facts.history.network_proofs
    if network is None:
        return None
    found = zone_matrix.cells(network, proofs)
    states = Counter(cell.state for cell in found)
    return {
        "sentence": say(zone_matrix.verdict(network, found, proofs)[1], "en"),
        "pairs": {state: states[state] for state in ("proved", "failed", "unknown", "waiting")},
        "changed": sorted({change.host for change in facts.history.network_changes}),
    }


def _override(one: settings.Override) -> Override:
    own, wider = one.own, one.wider
    return Override(
        one.host, own.name, _written(own.value), os.path.relpath(own.file), own.line,
        _written(wider.value), wider.layer, os.path.relpath(wider.file), wider.line,
    )  # fmt: skip


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _screens(directory: Path | None) -> list[tuple[Path, str, str | None]]:
    if directory is None:
        return []
    if not directory.is_dir():
        raise NotADirectoryError(20, "is not a directory of screenshots", str(directory))
    return [(path, "", path.stem) for path in sorted(directory.glob("*.png"))]


def _named(pictures: Sequence[Path], captions: Sequence[str]) -> list[tuple[Path, str, str | None]]:
    return [(path, caption, None) for path, caption in zip(pictures, captions, strict=True)]


def _copy(pictures: Sequence[tuple[Path, str, str | None]], output: Path) -> list[Picture]:
    """Put the pictures into a directory named after the page, so that both travel together."""
    directory = output.with_suffix("").with_name(f"{output.stem}-pictures")
    shown = []
    for n, (path, caption, host) in enumerate(pictures, 1):
        directory.mkdir(exist_ok=True)
        name = f"{n:02d}-{re.sub(r'[^A-Za-z0-9._-]', '_', path.stem)}{path.suffix.lower()}"
        shutil.copyfile(path, directory / name)
        shown.append(Picture(quote(f"{directory.name}/{name}"), caption, host))
    return shown


def _write(path: Path, content: bytes) -> None:
    """All or nothing: a reader never meets half a page."""
    draft = path.with_name(f".{path.name}.new")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _give_up(code: int, message: str) -> NoReturn:
    click.echo(message, err=True)
    raise SystemExit(code)
