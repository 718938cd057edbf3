"""`wardround compile`: what each device should be and what must not be seen on the wire; nothing is contacted."""

from __future__ import annotations

import datetime
import difflib
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

import click

from wardround.cli.options import inventory_option, today_option
from wardround.cli.warn import load_and_warn
from wardround.exit_codes import BAD_INPUT, FAILED
from wardround.intent import IntentError
from wardround.network import model_file, suricata
from wardround.network.compile import compile_network
from wardround.network.device import FirewallModel
from wardround.network.exports import FORMATS, ExportError
from wardround.network.render import render, suffixes


@click.group()
def compile() -> None:
    """Derive devices from the hospital's data. Nothing is contacted."""


@compile.command()
@inventory_option
@click.option(
    "-o",
    "--output",
    "directory",
    type=click.Path(path_type=Path),
    help="Where the files are, if not in network.models.",
)
@click.option("--check", is_flag=True, help="Write nothing; print how the files differ, and end with 1 where they do.")
@click.option(
    "--export",
    "exported",
    multiple=True,
    type=click.Choice(sorted(FORMATS)),
    help="Also firewalls' rules in this language, by Aerleon; may be repeated.",
)
@today_option
def network(
    inventory: Path, directory: Path | None, check: bool, exported: tuple[str, ...], today: datetime.date
) -> None:
    """Write a model of every switch and firewall, its vendor's text where Wardround speaks it, and ids.rules.

    ids.rules is what intrusion detection alerts on, in Suricata's language.
    Files of devices that are no more are removed. Exports that are there are kept up to date, asked for or not.
    """
    try:
        intent = load_and_warn(inventory, today)
    except IntentError as error:
        _refuse([str(problem) for problem in error.problems])
    if intent.network is None:
        _refuse(
            [f"{inventory}: no network: {inventory}/group_vars/all/network.yml says what it is, see docs/network.md"]
        )
    if directory is None:
        if intent.network.models is None:
            _refuse([f"{inventory}/group_vars/all/network.yml: no network.models says where the files are; or say -o"])
        directory = Path(intent.network.models)
    models = compile_network(intent.network, intent.hosts)
    exports = _exports(exported, directory, models)
    wanted: dict[str, str] = {}
    try:
        for name, model in models.items():
            wanted[name + model_file.SUFFIX] = model_file.to_text(model)
            wanted |= {name + suffix: text for suffix, text in render(model, exports).items()}
    except ExportError as error:
        _refuse([str(error)])
    rules = [rule for model in models.values() if isinstance(model, FirewallModel) for rule in model.rules]
    wanted[suricata.FILE] = suricata.render(intent.network.zones, rules)
    try:
        found = _found(directory, wanted)
        changed = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
        if not check:
            _write(directory, {name: wanted.get(name) for name in changed})
    except (OSError, UnicodeDecodeError) as error:
        _refuse([f"{directory}: cannot be read or written: {error}"])
    if check:
        for name in changed:
            click.echo(_difference(directory / name, found.get(name), wanted.get(name)), nl=False)
    devices = sum(name.endswith(model_file.SUFFIX) for name in wanted)
    what = "differ" if check else "written or removed"
    click.echo(f"{devices} devices in {directory}: {len(changed)} of {len(wanted)} files {what}", err=check)
    if check and changed:
        again = " ".join(
            [f"wardround compile network -i {inventory} -o {directory}", *(f"--export {one}" for one in exported)]
        )
        click.echo(f"These files are not what the hospital's data give; `{again}` writes them", err=True)
        sys.exit(FAILED)


def _exports(asked: Iterable[str], directory: Path, models: Iterable[str]) -> list[str]:
    """Those asked for, and those that lie there for some device: an old one must not look like the rules of today."""
    there = [
        name for name, form in FORMATS.items() if any((directory / (one + form.suffix)).is_file() for one in models)
    ]
    return sorted({*asked, *there})


def _found(directory: Path, wanted: dict[str, str]) -> dict[str, str]:
    """Files that are there: the wanted ones, and those of devices that are no more, whose models have our header."""
    found = {}
    for path in sorted(directory.iterdir()) if directory.is_dir() else ():
        if path.name in wanted:
            found[path.name] = path.read_text(encoding="utf-8")
        elif path.name.endswith(model_file.SUFFIX) and path.is_file():
            text = path.read_text(encoding="utf-8")
            if text.startswith(f"---\n{model_file.HEADER}\n"):
                device = path.name.removesuffix(model_file.SUFFIX)
                beside = [path.with_name(device + suffix) for suffix in suffixes()]
                found |= {path.name: text}
                found |= {one.name: one.read_text(encoding="utf-8") for one in beside if one.is_file()}
    return found


def _write(directory: Path, changes: dict[str, str | None]) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in changes.items():
        if text is None:
            (directory / name).unlink()
        else:
            (directory / name).write_text(text, encoding="utf-8")


def _difference(path: Path, before: str | None, after: str | None) -> str:
    """A unified diff, from and to /dev/null where the file is new or goes."""
    lines = difflib.unified_diff(
        (before or "").splitlines(keepends=True),
        (after or "").splitlines(keepends=True),
        str(path) if before is not None else "/dev/null",
        str(path) if after is not None else "/dev/null",
    )
    return "".join(lines)


def _refuse(sentences: list[str]) -> NoReturn:
    for sentence in sentences:
        click.echo(sentence, err=True)
    sys.exit(BAD_INPUT)
