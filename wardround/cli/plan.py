"""`wardround plan`: compute the waves of a change; nothing is contacted."""

from __future__ import annotations

import dataclasses
import datetime
import json
import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from wardround.cli.options import inventory_option, json_option, today_option
from wardround.cli.warn import load_and_warn
from wardround.exit_codes import BAD_INPUT, FAILED
from wardround.intent import IntentError
from wardround.rollout import plan as plans
from wardround.rollout.checker import check
from wardround.rollout.planner import plan_upgrade
from wardround.rollout.request import Refusal, from_intent
from wardround.rollout.summary import markdown


@click.group()
def plan() -> None:
    """Compute the waves of a change. Nothing is contacted."""


@plan.command()
@click.argument("product")
@inventory_option
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the plan to this .plan.json file.")
@click.option("--to", metavar="VERSION", help="Another version than the wanted one: a what-if, which is never applied.")
@click.option("--summary", type=click.Path(path_type=Path), help="Write the Markdown summary to this file too.")
@today_option
@json_option
def upgrade(
    product: str,
    inventory: Path,
    output: Path | None,
    to: str | None,
    summary: Path | None,
    today: datetime.date,
    as_json: bool,
) -> None:
    """Plan the upgrade of PRODUCT from its current to its wanted version, and print a summary for review."""
    try:
        intent = load_and_warn(inventory, today)
        request = from_intent(intent, product, to)
        made = plan_upgrade(request)
    except IntentError as error:
        found = [dataclasses.asdict(problem) for problem in error.problems]
        _refuse(BAD_INPUT, [str(problem) for problem in error.problems], as_json, valid=False, problems=found)
    except Refusal as error:
        _refuse(BAD_INPUT, list(error.sentences), as_json, valid=True, problems=list(error.sentences))
    if faults := check(request, made):
        sentences = ["the checker refuses the plan, which is a defect of the planner; nothing was written", *faults]
        _refuse(FAILED, sentences, as_json, valid=True, problems=faults)
    text = markdown(intent, made)
    try:
        if output is not None:
            plans.write(made, output)
        if summary is not None:
            summary.write_text(text, encoding="utf-8")
    except plans.PlanError as error:
        _refuse(BAD_INPUT, [str(error)], as_json, valid=True, problems=[str(error)])
    except OSError as error:
        sentence = f"{summary}: cannot write the summary: {error.strerror}"
        _refuse(BAD_INPUT, [sentence], as_json, valid=True, problems=[sentence])
    click.echo(made.text() if as_json else text, nl=False)


@plan.command()
@inventory_option
@click.option("--plans", "directory", type=click.Path(path_type=Path), default=Path("plans"), show_default=True)
@click.option("--summary", type=click.Path(path_type=Path), help="Write the Markdown to this file too.")
@today_option
def wanted(inventory: Path, directory: Path, summary: Path | None, today: datetime.date) -> None:
    """Plan every product whose wanted version is not its current one, for the review of a pull request.

    A plan of the same upgrade in the directory of plans must be the one made here: exit code 1 where it is another.
    """
    try:
        intent = load_and_warn(inventory, today)
        requests = [
            from_intent(intent, key, None)
            for key, product in intent.releases.products.items()
            if product.wanted != product.current
        ]
        made = [plan_upgrade(request) for request in requests]
    except IntentError as error:
        _refuse(BAD_INPUT, [str(problem) for problem in error.problems], False)
    except Refusal as error:
        _refuse(BAD_INPUT, list(error.sentences), False)
    if faults := [fault for request, one in zip(requests, made, strict=True) for fault in check(request, one)]:
        _refuse(FAILED, ["the checker refuses a plan, which is a defect of the planner", *faults], False)
    kept = [_kept(one, directory) for one in made]
    parts = [
        part for one, (_same, sentence) in zip(made, kept, strict=True) for part in (markdown(intent, one), sentence)
    ]
    text = "\n".join(parts) if parts else "Nothing to roll out: every product's wanted version is its current one.\n"
    try:
        if summary is not None:
            summary.write_text(text, encoding="utf-8")
    except OSError as error:
        _refuse(BAD_INPUT, [f"{summary}: cannot write the summary: {error.strerror}"], False)
    click.echo(text, nl=False)
    if not all(same for same, _sentence in kept):
        sys.exit(FAILED)


def _kept(made: plans.Plan, directory: Path) -> tuple[bool, str]:
    """Whether every kept plan of the same upgrade is this one, and a sentence about it for the reviewer."""
    command = f"`wardround plan upgrade {made.product} -o {directory}/{made.product}-{made.to_version}{plans.SUFFIX}`"
    alike, others = [], []
    for path in sorted(directory.glob(f"*{plans.SUFFIX}")):
        try:
            found = plans.read(path)
        except plans.PlanError as error:
            others.append(str(error))
            continue
        upgrade = (found.product, found.from_version, found.to_version)
        if upgrade == (made.product, made.from_version, made.to_version):
            if path.read_text(encoding="utf-8") == made.text():
                alike.append(f"`{path}`")
            else:
                others.append(f"{path} is not the plan that these data give")
    if others:
        return False, f"**Plan again:** {'; '.join(others)}. {command} writes it anew.\n"
    if alike:
        return True, f"{', '.join(alike)} is exactly this plan.\n"
    return True, f"No plan of it is committed yet: {command}\n"


def _refuse(exit_code: int, sentences: list[str], as_json: bool, **document: Any) -> NoReturn:
    if as_json:
        click.echo(json.dumps({"planned": False, **document}, indent=1, ensure_ascii=False))
    else:
        for sentence in sentences:
            click.echo(sentence, err=True)
    sys.exit(exit_code)
