"""`wardround validate`: is the hospital's data right, and if not, where not."""

from __future__ import annotations

import dataclasses
import datetime
import json
import sys
from pathlib import Path
from typing import NoReturn

import click
from rich.console import Console
from rich.text import Text

from wardround.cli.options import inventory_option, json_option, today_option
from wardround.cli.warn import tell
from wardround.exit_codes import BAD_INPUT
from wardround.intent import Intent, IntentError, Problem, load
from wardround.intent.network_warnings import network_warnings


@click.command()
@inventory_option
@today_option
@click.option("--strict", is_flag=True, help="An expired flow is a problem: what a pull request is checked with.")
@json_option
def validate(inventory: Path, today: datetime.date, strict: bool, as_json: bool) -> None:
    """Check a hospital's data and explain everything that is wrong, with file and line."""
    try:
        intent = load(inventory)
    except IntentError as error:
        _refuse(error.problems, as_json)
    warnings = network_warnings(intent, today)
    if strict and (expired := [one for one in warnings if one.kind == "expired"]):
        allowed = f"a flow that is wanted on {today}"
        _refuse([Problem(one.file, one.line, one.key, one.sentence, allowed) for one in expired], as_json)
    name, counts = intent.hospital.name, _counts(intent)
    if as_json:
        told = [dataclasses.asdict(warning) for warning in warnings]
        summary = {"valid": True, "hospital": name.model_dump(), **counts, "warnings": told}
        click.echo(json.dumps(summary, indent=1, ensure_ascii=False))
    else:
        tell(warnings)
        counted = ", ".join(f"{count} {what}" for what, count in counts.items())
        click.echo(f"{name.en} ({name.zh}) is valid: {counted}")


def _counts(intent: Intent) -> dict[str, int]:
    counts = {
        "departments": len(intent.hospital.departments),
        "workstations": len(intent.groups.get("workstations", ())),
        "releases": sum(len(product.versions) for product in intent.releases.products.values()),
    }
    if intent.network:
        counts |= {
            "zones": len(intent.network.zones),
            "switches": len(intent.network.switches),
            "flows": len(intent.network.flows),
        }
    return counts


def _refuse(problems: list[Problem], as_json: bool) -> NoReturn:
    if as_json:
        told = [dataclasses.asdict(problem) for problem in problems]
        click.echo(json.dumps({"valid": False, "problems": told}, indent=1, ensure_ascii=False))
    else:
        _print(problems)
    sys.exit(BAD_INPUT)


def _print(problems: list[Problem]) -> None:
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    for problem in problems:
        line = Text(problem.place, "bold")
        line.append(f"found {problem.found}, ", "red").append(f"allowed {problem.allowed}", "green")
        console.print(line)
    count = len(problems)
    console.print(f"{count} problem{'s' if count != 1 else ''}; nothing was contacted or changed")
