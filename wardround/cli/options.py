"""Options that several commands share."""

from __future__ import annotations

import configparser
import os
from pathlib import Path
from typing import Any

import click

from wardround.run import clock


def default_inventory() -> str | None:
    """The `inventory` of the ansible.cfg that Ansible itself would read here, or None."""
    config = Path(os.environ.get("ANSIBLE_CONFIG", "ansible.cfg"))
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(config)
    value = parser.get("defaults", "inventory", fallback="").split(",")[0].strip()
    return str(config.parent / value) if value else None


def inventory_option(command: Any, required: bool = True) -> Any:
    """Add `-i/--inventory PATH`, whose default comes from ansible.cfg."""
    return click.option(
        "-i",
        "--inventory",
        type=click.Path(path_type=Path),
        default=default_inventory,
        required=required,
        help="Directory of the hospital; default: the inventory of ansible.cfg.",
    )(command)


def warned_inventory_option(command: Any) -> Any:
    """The same for a command that only warns of the hospital's data: None where ansible.cfg names no inventory."""
    return inventory_option(command, required=False)


def today_option(command: Any) -> Any:
    """Add `--today YYYY-MM-DD`, a date; the clock is read here where none is given, and nowhere below."""
    return click.option(
        "--today",
        metavar="YYYY-MM-DD",
        type=click.DateTime(["%Y-%m-%d"]),
        callback=lambda _context, _option, value: value.date() if value else clock.today(),
        help="The day that flows expire by; default: today.",
    )(command)


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")
