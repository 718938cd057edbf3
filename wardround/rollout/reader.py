"""Typed reading of a JSON document."""

from __future__ import annotations

import json
from typing import Any


class Malformed(ValueError):
    """What is wrong with the document, and where."""


class Reader:
    """A JSON object that gives its values by key and type, and says where one is wrong."""

    def __init__(self, document: Any, where: str) -> None:
        if not isinstance(document, dict):
            raise Malformed(f"{where} is not an object")
        self.document = document
        self.where = where

    def _get(self, key: str, kind: type) -> Any:
        value = self.document.get(key)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise Malformed(f"{self.where}.{key} is {json.dumps(value, ensure_ascii=False)[:60]}, not {kind.__name__}")
        return value

    def text(self, key: str) -> str:
        return str(self._get(key, str))

    def number(self, key: str) -> int:
        return int(self._get(key, int))

    def flag(self, key: str) -> bool:
        return bool(self._get(key, bool))

    def mapping(self, key: str) -> dict[str, Any]:
        return dict(self._get(key, dict))

    def objects(self, key: str) -> list[Reader]:
        return [Reader(item, f"{self.where}.{key}[{n}]") for n, item in enumerate(self._get(key, list))]

    def texts(self, key: str) -> tuple[str, ...]:
        values = self._get(key, list)
        if not all(isinstance(value, str) for value in values):
            raise Malformed(f"{self.where}.{key} holds something other than strings")
        return tuple(values)
