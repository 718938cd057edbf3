"""Read one YAML file of a hospital: fast, bounded, and able to say on which line anything stands.

The events of libyaml are turned into plain dicts, lists and scalars in one pass. Of each dict and list the lines of
its keys or items are kept in their order, and looked up only when something is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

from wardround.intent.problem import Problem, one_of, shown

MAX_BYTES: Final = 64 * 2**20  # 100,000 workstations are 27 MB
MAX_DEPTH: Final = 40
MAX_ALIASED: Final = 10_000  # values that aliases may add to a file

_STR: Final = "tag:yaml.org,2002:str"
_JINJA: Final = ("{{", "{%", "{#")
_VAULT_TAGS: Final = ("!vault", "!vault-encrypted")

Steps = tuple[str | int, ...]  # the way to a value: keys and list indices


@dataclass(frozen=True)
class Vaulted:
    """A value under `!vault`: only Ansible, with the vault's password, can read it."""

    ciphertext: str


class YamlFile:
    """A file that was read. `data` is {} where it is empty or unusable; `problems` says what is wrong with its YAML.

    Nobody changes `data`: its lines are found by place.
    """

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self.problems: list[Problem] = []
        self.data: dict[str, Any] = {}
        builder = _Builder(self._read(path))
        self._lines = builder.lines
        self._root: Any = None
        try:
            self._root = data = builder.document()
        except _Refused as refused:
            self.problems.append(Problem(self.name, refused.line, dotted(refused.path), refused.found, refused.allowed))
            return
        for line, where, found, allowed in builder.complaints:
            self.problems.append(Problem(self.name, line, dotted(where), found, allowed))
        for line, where in builder.repeated:
            found = f"the key again, first on line {self.line(where)}"
            self.problems.append(Problem(self.name, line, dotted(where), found, "each key once"))
        if isinstance(data, dict):
            self.data = data
        elif data is not None:
            self.problems.append(Problem(self.name, 1, "", shown(data), "a mapping of keys to values"))

    def line(self, path: Sequence[str | int]) -> int:
        """Line of the key or list item at this path, or of the nearest thing above it that exists.

        What stands under an alias stands where its anchor is.
        """
        line, here = 1, self._root
        for step in path:
            places = here if isinstance(here, dict) else range(len(here)) if isinstance(here, list) else ()
            if step not in places:
                break
            line = self._lines[id(here)][[*places].index(step)]
            here = here[step]
        return line

    def problem(self, path: Sequence[str | int], found: str, allowed: str, key: str | None = None) -> Problem:
        """A problem at this path; `key` says it shorter where the path is long."""
        return Problem(self.name, self.line(path), dotted(path) if key is None else key, found, allowed)

    def _read(self, path: Path) -> str:
        try:
            if path.stat().st_size > MAX_BYTES:
                self._refuse(f"{path.stat().st_size // 2**20} MiB", f"at most {MAX_BYTES // 2**20} MiB")
                return ""
            raw = path.read_bytes()
        except FileNotFoundError:
            self._refuse("no such file", "a YAML file")
            return ""
        except IsADirectoryError:
            self._refuse("a directory", "a YAML file")
            return ""
        except OSError as error:
            self._refuse(f"a file that cannot be read ({error.strerror})", "a readable YAML file")
            return ""
        if raw.startswith(b"$ANSIBLE_VAULT"):
            self._refuse("an encrypted file", "plain YAML, with single values under !vault")
            return ""
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            self._refuse(f"the byte 0x{raw[error.start]:02x}, which is not UTF-8", "text in UTF-8", line)
            return ""

    def _refuse(self, found: str, allowed: str, line: int = 1) -> None:
        self.problems.append(Problem(self.name, line, "", found, allowed))


def dotted(path: Sequence[str | int]) -> str:
    """`departments.radiology.windows[0].from` for the path to it."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


class _Refused(Exception):
    """The file goes no further."""

    def __init__(self, line: int, path: Sequence[str | int], found: str, allowed: str) -> None:
        self.line, self.path, self.found, self.allowed = line, tuple(path), found, allowed


class _Builder:
    """Builds the values of one document; collects what is wrong with single keys and values on the way.

    lines: of the keys or items of each dict and list, by its id.
    """

    def __init__(self, text: str) -> None:
        self.lines: dict[int, list[int]] = {}
        self.complaints: list[tuple[int, Steps, str, str]] = []
        self.repeated: list[tuple[int, Steps]] = []
        self._text = text
        self._path: list[str | int] = []
        self._anchors: dict[str, tuple[Any, int] | None] = {}  # value and size; None while it is being built
        self._size = 0
        self._aliased = 0
        self._scalars: dict[str, Any] = {}
        self._resolver: Any = Resolver()
        self._constructor = SafeConstructor()

    def document(self) -> Any:
        """The single document, None where there is none. Raises _Refused."""
        try:
            loader: Any = yaml.CLoader(self._text)
            self._next = loader.get_event
            self._next()  # start of the stream
            if isinstance(self._next(), yaml.StreamEndEvent):
                return None
            data = self._value(self._next(), unsafe=False)
            self._next()  # end of the document
            event = self._next()
            if not isinstance(event, yaml.StreamEndEvent):
                raise self._refused(event, "a second document", "one document a file")
            return data
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            found = " ".join(part for part in (error.context, error.problem) if part)
            raise _Refused(line, self._path, f"broken YAML ({found})", "valid YAML") from None
        except (yaml.YAMLError, UnicodeEncodeError) as error:  # characters that YAML does not have
            raise _Refused(1, (), f"broken YAML ({str(error).splitlines()[0]})", "valid YAML") from None

    def _value(self, event: Any, unsafe: bool) -> Any:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        before = self._size
        self._size += 1
        if event.anchor:
            self._anchors[event.anchor] = None
        value: Any
        if isinstance(event, yaml.ScalarEvent):
            value = self._scalar(event, unsafe)
        else:
            if len(self._path) >= MAX_DEPTH:
                raise self._refused(event, "deeper nesting", f"at most {MAX_DEPTH} levels")
            if event.tag and event.tag not in ("!", "!unsafe"):
                self._complain(event, f"the tag {event.tag}", "plain YAML, !vault for text, !unsafe")
            inner_unsafe = unsafe or event.tag == "!unsafe"
            build = self._mapping if isinstance(event, yaml.MappingStartEvent) else self._list
            value = build(inner_unsafe)
        if event.anchor:
            self._anchors[event.anchor] = (value, self._size - before)
        return value

    def _mapping(self, unsafe: bool) -> dict[str, Any]:
        data: dict[str, Any] = {}
        lines = self.lines[id(data)] = []
        path = self._path
        while True:
            event = self._next()
            if isinstance(event, yaml.MappingEndEvent):
                return data
            key = self._key(event)
            if key is None:
                self._value(self._next(), unsafe)
                continue
            path.append(key)
            line = event.start_mark.line + 1
            if key in data:
                self.repeated.append((line, tuple(path)))
            else:
                lines.append(line)
            data[key] = self._value(self._next(), unsafe)
            path.pop()

    def _key(self, event: Any) -> str | None:
        """The key, None for one that is left out."""
        if not isinstance(event, yaml.ScalarEvent):
            raise self._refused(event, "a list, a mapping or an alias as a key", "text")
        key = self._value(event, unsafe=False)
        if isinstance(key, str):
            if key == "<<" and event.implicit[0]:
                self._complain(event, "a merge (<<)", "every key written out where it belongs")
                return None
            return key
        self._complain(event, f"the key {shown(key)}", f'text, in quotes: "{event.value}"')
        return str(event.value)

    def _list(self, unsafe: bool) -> list[Any]:
        data: list[Any] = []
        lines = self.lines[id(data)] = []
        while True:
            event = self._next()
            if isinstance(event, yaml.SequenceEndEvent):
                return data
            self._path.append(len(data))
            lines.append(event.start_mark.line + 1)
            data.append(self._value(event, unsafe))
            self._path.pop()

    def _alias(self, event: Any) -> Any:
        anchored = self._anchors.get(event.anchor)
        if anchored is None:
            known = [name for name, built in self._anchors.items() if built]
            raise self._refused(
                event, f"the alias *{event.anchor}", f"an anchor above it: {one_of(event.anchor, known)}"
            )
        value, size = anchored
        self._size += size
        self._aliased += size
        if self._aliased > MAX_ALIASED:
            raise self._refused(event, "aliases that multiply", f"at most {MAX_ALIASED} values by aliases in a file")
        return value

    def _scalar(self, event: Any, unsafe: bool) -> Any:
        text: str = event.value
        tag = event.tag
        if tag in _VAULT_TAGS:
            return Vaulted(text)
        if "{" in text and not (unsafe or tag == "!unsafe") and any(mark in text for mark in _JINJA):
            self._complain(event, f"Jinja in {shown(text)}", "plain values: hospital data is never a template")
        if event.implicit[0] or tag == "!unsafe":  # Ansible resolves an unsafe scalar anew, quoted or not
            return self._plain(event, text)
        if tag not in (None, "!", "!unsafe", _STR):
            self._complain(event, f"the tag {tag}", "plain YAML, !vault for text, !unsafe")
        return text

    def _plain(self, event: Any, text: str) -> Any:
        """Text without quotes: YAML 1.1 decides what it is, as it does for Ansible."""
        if text in self._scalars:
            return self._scalars[text]
        tag = self._resolver.resolve(yaml.ScalarNode, text, (True, False))
        value: Any = text
        if tag not in (_STR, "tag:yaml.org,2002:merge", "tag:yaml.org,2002:value"):
            node = yaml.ScalarNode(tag, text)
            try:
                value = self._constructor.construct_object(node)
            except (ValueError, OverflowError) as error:  # 2026-02-31, or a number of 5,000 digits
                self._complain(event, f"{shown(text)} ({error})", "a value that exists, or quotes around it")
        self._scalars[text] = value
        return value

    def _complain(self, event: Any, found: str, allowed: str) -> None:
        self.complaints.append((event.start_mark.line + 1, tuple(self._path), found, allowed))

    def _refused(self, event: Any, found: str, allowed: str) -> _Refused:
        return _Refused(event.start_mark.line + 1, self._path, found, allowed)
