"""What the page says, in each of its languages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from markupsafe import Markup, escape

from wardround.evidence.facts import Name

LANGUAGES = ("en", "zh")


@dataclass(frozen=True)
class Code:
    """Text to be typed or read letter by letter: commands, versions, host names."""

    text: str


@dataclass(frozen=True)
class Phrase:
    """A sentence of the catalogue and what goes into it."""

    key: str
    values: Mapping[str, Value]


Value = str | int | Name | Code | Phrase


def phrase(key: str, **values: Value) -> Phrase:
    """The catalogue's sentence `key`; raises KeyError where there is none.

    Where `n` is 1 and the catalogue has `key.one`, that is taken.
    """
    found = f"{key}.one" if values.get("n") == 1 and f"{key}.one" in catalogue() else key
    catalogue()[found]
    return Phrase(found, values)


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """key -> language -> sentence with `{value}` places."""
    text = resources.files("wardround.evidence").joinpath("words.json").read_text(encoding="utf-8")
    words: dict[str, dict[str, str]] = json.loads(text)
    return words


def say(value: Value, lang: str) -> str:
    """Plain text in one language."""
    if isinstance(value, Phrase):
        return catalogue()[value.key][lang].format(**{key: say(one, lang) for key, one in value.values.items()})
    if isinstance(value, Name):
        return value.en if lang == "en" else value.zh
    return value.text if isinstance(value, Code) else str(value)


def markup(value: Value) -> Markup:
    """Escaped HTML in every language; the page's style shows one of them."""
    said = {lang: _html(value, lang) for lang in LANGUAGES}
    if len(set(said.values())) == 1:
        return said["en"]
    return Markup("").join(Markup('<span lang="{}">{}</span>').format(lang, said[lang]) for lang in LANGUAGES)


def plain(value: Value) -> str:
    """Every language in one line, for attributes, which no style can switch."""
    return " / ".join(dict.fromkeys(say(value, lang) for lang in LANGUAGES))


def _html(value: Value, lang: str) -> Markup:
    if isinstance(value, Phrase):
        sentence = escape(catalogue()[value.key][lang])
        return Markup(sentence).format(**{key: _html(one, lang) for key, one in value.values.items()})
    if isinstance(value, Markup):
        return value
    if isinstance(value, Code):
        return Markup("<code>{}</code>").format(value.text)
    return escape(say(value, lang))
