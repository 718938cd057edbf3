"""`wardround validate`: is the hospital's data right, and if not, where not."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from wardround.cli.options import inventory_option, json_option
from wardround.exit_codes import BAD_INPUT
from wardround.intent import IntentError, Problem, load


@click.command()
@inventory_option
@json_option
def validate(inventory: Path, as_json: bool) -> None:
    """Check a hospital's data and explain everything that is wrong, with file and line."""
    try:
        intent = load(inventory)
    except IntentError as error:
        if as_json:
            problems = [dataclasses.asdict(problem) for problem in error.problems]
            click.echo(json.dumps({"valid": False, "problems": problems}, indent=1, ensure_ascii=False))
        else:
            _print(error.problems)
        sys.exit(BAD_INPUT)
    name = intent.hospital.name
    counts = {
        "departments": len(intent.hospital.departments),
        "workstations": len(intent.groups.get("workstations", ())),
        "releases": sum(len(product.versions) for product in intent.releases.products.values()),
    }
    if as_json:
        summary = {"valid": True, "hospital": name.model_dump(), **counts}
        click.echo(json.dumps(summary, indent=1, ensure_ascii=False))
    else:
        counted = ", ".join(f"{count} {what}" for what, count in counts.items())
        click.echo(f"{name.en} ({name.zh}) is valid: {counted}")


def _print(problems: list[Problem]) -> None:
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    for problem in problems:
        line = Text(problem.place, "bold")
        line.append(f"found {problem.found}, ", "red").append(f"allowed {problem.allowed}", "green")
        console.print(line)
    count = len(problems)
    console.print(f"{count} problem{'s' if count != 1 else ''}; nothing was contacted or changed")
