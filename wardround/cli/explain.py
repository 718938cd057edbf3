"""`wardround explain`: where a machine's settings come from."""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from wardround.cli.options import inventory_option, json_option
from wardround.exit_codes import BAD_INPUT
from wardround.intent import settings as found
from wardround.intent.inventory import read

_PLACE_COLUMN = 64


@click.group()
def explain() -> None:
    """Say where something in the hospital's data comes from. Contacts nothing."""


@explain.command()
@click.argument("host")
@inventory_option
@json_option
def settings(host: str, inventory: Path, as_json: bool) -> None:
    """Print every effective setting of HOST with the file and line that set it."""
    data = read(inventory)
    if data.problems:
        for problem in data.problems:
            click.echo(str(problem), err=True)
        sys.exit(BAD_INPUT)
    try:
        told = found.of_host(data, host)
    except LookupError as error:
        click.echo(str(error.args[0]), err=True)
        sys.exit(BAD_INPUT)
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(one) for one in told], indent=1, ensure_ascii=False, default=str))
        return
    console = Console(highlight=False, soft_wrap=True)
    for role, section in itertools.groupby(told, key=lambda one: one.role):
        console.print(Text(role, "bold underline"))
        for one in section:
            console.print(_line(one))


def _line(one: found.Setting) -> Text:
    """Setting, value and place; what the host has to itself is bold, what nobody set is dim."""
    line = Text(f"  {one.name}: {_written(one.value)}", {"host": "bold", "default": "dim"}.get(one.layer, ""))
    line.pad_right(max(2, _PLACE_COLUMN - len(line.plain)))
    return line.append(f"# {one.layer}, {os.path.relpath(one.file)}:{one.line}", "cyan")


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
