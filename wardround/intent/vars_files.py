"""group_vars and host_vars: which files belong to whom, in which order (Ansible's `host_group_vars` plugin).

`<name>/` is read before `<name>.yml` is looked for, and hides it. Inside, files go by name, directories are entered.
Ansible passes in silence over a file that belongs to nobody; here it is a problem.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from wardround.intent.layers import Entity, Layer
from wardround.intent.problem import Problem, one_of
from wardround.intent.yaml_file import YamlFile

_EXTENSIONS: Final = ("", ".yml", ".yaml")


def read_vars(folder: Path, entities: Mapping[str, Entity], complete: bool) -> list[Problem]:
    """Give each group or host the layers of its files in `folder`; return what is wrong.

    complete: whether `entities` are all there are, so that a file of another name belongs to nobody.
    """
    problems: list[Problem] = []
    try:
        if folder.exists():
            _read_folder(folder, entities, complete, problems)
    except OSError as error:
        problems.append(Problem(str(folder), 1, "", f"a place that cannot be read ({error.strerror})", "a directory"))
    return problems


def _read_folder(folder: Path, entities: Mapping[str, Entity], complete: bool, problems: list[Problem]) -> None:
    owners: dict[str, Path] = {}
    for path in sorted(folder.iterdir(), key=lambda path: (_rank(path), path.name)):
        if _hidden(path):
            continue
        name = path.stem if path.suffix in _EXTENSIONS and not path.is_dir() else path.name
        if name in owners:
            problems.append(Problem(str(path), 1, "", f"a second home for {name}", f"one: {owners[name]} hides it"))
        elif name not in entities:
            if complete:
                allowed = one_of(name, entities)
                problems.append(Problem(str(path), 1, "", f"variables of {name}, which does not exist", allowed))
        else:
            owners[name] = path
            for found in _files(path, problems):
                file = YamlFile(found)
                problems += file.problems
                if file.data:
                    entities[name].files.append(Layer(file, (), file.data))


def _files(path: Path, problems: list[Problem]) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for entry in sorted(path.iterdir(), key=lambda entry: entry.name):
        if _hidden(entry):
            continue
        if entry.is_dir() and not entry.suffix:
            yield from _files(entry, problems)
        elif entry.suffix in _EXTENSIONS:
            yield entry
        else:
            problems.append(Problem(str(entry), 1, "", f"the ending {entry.suffix}", ".yml"))


def _rank(path: Path) -> int:
    """Ansible looks for the bare name first, then for the extensions in this order."""
    return 0 if path.is_dir() or path.suffix not in _EXTENSIONS else _EXTENSIONS.index(path.suffix)


def _hidden(path: Path) -> bool:
    return path.name.startswith(".") or path.name.endswith("~")
