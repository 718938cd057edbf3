"""Text in pictures, which does not flow by itself: how wide it is, where a line ends, what is cut off."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator


def wrap(text: str, letters: int) -> tuple[str, ...]:
    """At most three lines of so many Latin letters; a Chinese one is as wide as two."""
    lines, line = [], ""
    for word in _words(text):
        if wide(line + word) > letters and line:
            lines.append(line.strip())
            line = ""
        line += word
    lines.append(line.strip())
    whole = lines if len(lines) <= 3 else [*lines[:2], f"{lines[2]}…"]
    return tuple(cut(one, letters) for one in whole)


def _words(text: str) -> Iterator[str]:
    """Pieces between which a line may end: Latin words with the space behind them, single Chinese characters."""
    word = ""
    for letter in text:
        if wide(letter) == 2:
            yield from filter(None, (word, letter))
            word = ""
        else:
            word += letter
            if letter == " ":
                yield word
                word = ""
    if word:
        yield word


def cut(text: str, letters: int) -> str:
    """At most so many Latin letters wide; what is cut off is an ellipsis."""
    if wide(text) <= letters:
        return text
    while text and wide(text) > letters - 1:
        text = text[:-1]
    return f"{text}…"


def wide(text: str) -> int:
    """How many Latin letters wide."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
