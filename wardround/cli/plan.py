"""`wardround plan`: compute the waves of a change; nothing is contacted."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from wardround.cli.options import inventory_option, json_option
from wardround.exit_codes import BAD_INPUT, FAILED
from wardround.intent import IntentError, load
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
@json_option
def upgrade(
    product: str, inventory: Path, output: Path | None, to: str | None, summary: Path | None, as_json: bool
) -> None:
    """Plan the upgrade of PRODUCT from its current to its wanted version, and print a summary for review."""
    try:
        intent = load(inventory)
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


def _refuse(exit_code: int, sentences: list[str], as_json: bool, **document: Any) -> NoReturn:
    if as_json:
        click.echo(json.dumps({"planned": False, **document}, indent=1, ensure_ascii=False))
    else:
        for sentence in sentences:
            click.echo(sentence, err=True)
    sys.exit(exit_code)
