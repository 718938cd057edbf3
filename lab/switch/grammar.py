"""A vendor's commands as a tree of words, each of which may be abbreviated as long as it is not ambiguous. Pure.

A pattern is written as in the vendors' manuals: `vlan <id>`, `(add|remove) <vlans>`, `[force]` for what may be left
out, and `<rest...>` for everything to the end of the line.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

TOKEN = re.compile(r"\[[^]]+\]|\([^)]+\)|\S+")


@dataclass(frozen=True)
class End:
    """What a command does. arguments: which of its words, from 0, the handler is given."""

    handler: Callable[..., Any]
    arguments: tuple[int, ...]


@dataclass
class Node:
    words: dict[str, Node] = field(default_factory=dict)
    argument: tuple[re.Pattern[str], Node] | None = None
    rest: End | None = None
    end: End | None = None


@dataclass(frozen=True)
class Found:
    """A whole command. arguments: values of <x> and the words chosen among alternatives, in order."""

    handler: Callable[..., Any]
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class Wrong:
    """Why a line is no command. column: where in the line, from 0. depth: how many words were understood."""

    reason: Literal["unrecognized", "ambiguous", "incomplete", "parameter"]
    column: int
    depth: int


class Grammar:
    """Commands of one mode. arguments: the regular expression of each <name>; any word where there is none."""

    def __init__(self, arguments: dict[str, str]) -> None:
        self.root = Node()
        self.kinds = arguments

    def command(self, *patterns: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Decorator: the function handles lines of these patterns."""

        def register(handler: Callable[..., Any]) -> Callable[..., Any]:
            for pattern in patterns:
                self.add(pattern, handler)
            return handler

        return register

    def add(self, pattern: str, handler: Callable[..., Any]) -> None:
        choices: list[list[tuple[str, bool]]] = []
        for token in TOKEN.findall(pattern):
            if token[0] == "[":
                choices.append([("", False), (token[1:-1], False)])
            elif token[0] == "(":
                choices.append([(word, True) for word in token[1:-1].split("|")])
            else:
                choices.append([(token, False)])
        for combination in itertools.product(*choices):
            self._add([(word, chosen) for text, chosen in combination for word in text.split()], handler)

    def _add(self, tokens: list[tuple[str, bool]], handler: Callable[..., Any]) -> None:
        end = End(handler, tuple(n for n, (word, chosen) in enumerate(tokens) if chosen or word.startswith("<")))
        node = self.root
        for word, _unused in tokens:
            if word.endswith("...>"):
                node.rest = end
                return
            if word.startswith("<"):
                if node.argument is None:
                    node.argument = (re.compile(self.kinds.get(word[1:-1], r"\S+") + r"\Z", re.I), Node())
                node = node.argument[1]
            else:
                node = node.words.setdefault(word, Node())
        node.end = end

    def find(self, line: str) -> Found | Wrong:
        """The command that a line is."""
        node = self.root
        said: list[str] = []
        for match in re.finditer(r"\S+", line):
            word = match.group().lower()
            names = [word] if word in node.words else [name for name in node.words if name.startswith(word)]
            if len(names) == 1:
                node = node.words[names[0]]
                said.append(names[0])
            elif node.argument and node.argument[0].match(match.group()):
                node = node.argument[1]
                said.append(match.group())
            elif node.rest:
                said.append(line[match.start() :].rstrip())
                return found(node.rest, said)
            elif len(names) > 1:
                return Wrong("ambiguous", match.start(), len(said))
            else:
                return Wrong("parameter" if node.argument else "unrecognized", match.start(), len(said))
        if node.end is None:
            return Wrong("incomplete", len(line.rstrip()), len(said))
        return found(node.end, said)

    def next_words(self, line: str) -> list[str]:
        """What may follow, for the question mark; only words that the last one begins where it is not finished."""
        *done, last = line.split(" ")
        node = self.root
        for word in filter(None, done):
            names = [word] if word in node.words else [name for name in node.words if name.startswith(word.lower())]
            if len(names) == 1:
                node = node.words[names[0]]
            elif node.argument:
                node = node.argument[1]
            else:
                return []
        words = [name for name in node.words if name.startswith(last.lower())]
        if not last:
            words += ["WORD"] * (node.argument is not None) + ["LINE"] * (node.rest is not None)
            words += ["<cr>"] * (node.end is not None)
        return sorted(words)


def found(end: End, said: list[str]) -> Found:
    return Found(end.handler, tuple(said[place] for place in end.arguments))


def first(results: Iterable[Found | Wrong]) -> Found | Wrong:
    """The first command found, or else the mistake that lies furthest in the line; what is ambiguous stays so."""
    wrong: list[Wrong] = []
    for result in results:
        if isinstance(result, Found) or result.reason == "ambiguous":
            return result
        wrong.append(result)
    return max(wrong, key=lambda each: each.depth)
