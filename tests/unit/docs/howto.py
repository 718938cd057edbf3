"""A how-to as a reader follows it: what to write into which file, what to type, what it then says."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from wardround.intent.yaml_file import YamlFile

# Commands that want the running lab; tests/integration/test_add_a_department.py types them.
IN_THE_LAB = ("make lab-up", "ansible-playbook", "wardround prove", "wardround report")
NEW = re.compile(r"New file `([^`]+)`:$")
ADD = re.compile(r"In (?:`([^`]+)`|the same file), under `([^`]+)`:$")
SAYS = re.compile(r"^It says (.+?)(?:\.$|\. |, where)")


@dataclass(frozen=True)
class Write:
    """Text for a file: a new one, or below the line of a key in one that is there."""

    path: str
    under: str
    text: str


@dataclass
class Type:
    """A command, and what it must print."""

    command: str
    says: list[str] = field(default_factory=list)


def steps(document: Path) -> Iterator[Write | Type]:
    """Every code block of the document, in order. Raises ValueError for one that the text does not explain."""
    found: list[Write | Type] = []
    typed: Type | None = None
    file = before = ""
    lines = iter(document.read_text(encoding="utf-8").splitlines())
    for line in lines:
        if line.startswith("```"):
            block = "\n".join(itertools.takewhile(lambda inner: not inner.startswith("```"), lines)) + "\n"
            if line == "```sh":
                typed = Type(block.strip())
                found.append(typed)
            elif (new := NEW.search(before)) is not None:
                file = new[1]
                found.append(Write(file, "", block))
            elif (add := ADD.search(before)) is not None:
                file = add[1] or file
                found.append(Write(file, add[2], block))
            else:
                raise ValueError(f"{document}: what is to be done with this block? {before!r}")
        elif (says := SAYS.match(line)) is not None and typed is not None:
            typed.says += re.findall(r"`([^`]+)`", says[1])
        before = line or before
    yield from found


def write(step: Write, root: Path) -> None:
    """Do what the how-to says; a file that is new must not be there, and a key must be."""
    path = root / step.path
    if not step.under:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as new:
            new.write(step.text)
        return
    keys = tuple(step.under.split("."))
    known = YamlFile(path)
    value = known.data
    for key in keys:
        value = value[key]
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    lines.insert(known.line(keys), step.text)
    path.write_text("".join(lines), encoding="utf-8")
