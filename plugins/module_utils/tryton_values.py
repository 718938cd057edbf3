# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
"""Values between a playbook and a Tryton record: what a playbook writes, what a record holds, what JSON can say.

A field's definition is what `fields_get` of its model returns: a dict with `type`, and `relation` for a link.
"""

from __future__ import annotations

import base64
import datetime
import decimal

COMMANDS = ("create", "write", "delete", "add", "remove", "copy")
TO_MANY = ("one2many", "many2many")
_PARSERS = {
    "date": lambda text: datetime.date.fromisoformat(text[:10]),
    "time": datetime.time.fromisoformat,
    "datetime": lambda text: _utc(datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))),
    "timestamp": lambda text: _utc(datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))),
    "timedelta": lambda text: datetime.timedelta(seconds=float(text)),
    "numeric": lambda text: decimal.Decimal(str(text)),
    "float": float,
    "integer": int,
    "binary": lambda text: base64.b64decode(text, validate=True),
}


def _utc(moment):
    """Tryton keeps times in UTC without saying so."""
    return moment.astimezone(datetime.timezone.utc).replace(tzinfo=None) if moment.tzinfo else moment


def scalar(definition, value):
    """A playbook's value as the field holds it; raises ValueError for what the field cannot hold."""
    kind = definition["type"]
    if value is None or (value == "" and kind != "char"):
        return None
    if kind == "boolean":
        if isinstance(value, bool):
            return value
        raise ValueError("true or false is allowed")
    if kind in ("date", "time", "datetime", "timestamp") and not isinstance(value, str):
        return value
    parse = _PARSERS.get(kind)
    if parse is None:
        return value if isinstance(value, (str, int, float, bool)) and kind != "char" else str(value)
    try:
        return parse(value)
    except (ValueError, TypeError, ArithmeticError):
        raise ValueError(f"a value of type {kind} is allowed") from None


def same(definition, held, wanted):
    """Whether a record already holds the value; Tryton keeps empty texts as none, and floats as binary."""
    if definition["type"] == "float" and held is not None and wanted is not None:
        return abs(held - wanted) <= 1e-9 * max(1.0, abs(wanted))
    if definition["type"] == "numeric" and held is not None and wanted is not None:
        return decimal.Decimal(held) == wanted
    if definition["type"] == "boolean":
        return bool(held) == bool(wanted)
    if definition["type"] in ("char", "text"):
        return (held or "") == (wanted or "")
    return held == wanted


def plain(value):
    """A value as Ansible can hand it on: dates and times in ISO 8601, decimals and bytes as text."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, decimal.Decimal):
        return str(value)
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode("ascii")
    return value


def flat(record):
    """A record as read: `a.b` of a link to one is the key `a.b`, of a link to many a list of dicts under `a`.

    Tryton answers `{"a": 7, "a.": {"id": 7, "b": 1}}`, and for many `{"a": [7], "a.": [{"id": 7, "b": 1}]}`.
    """
    found = {}
    for name, value in sorted(record.items()):
        if name.startswith("_"):  # _write, _delete: what this user may do
            continue
        if not name.endswith("."):
            found.setdefault(name, plain(value))
        elif isinstance(value, list):
            found[name[:-1]] = [flat(inner) for inner in value]
        else:
            found.update((name + inner, held) for inner, held in flat(value or {}).items())
    return found


def domain(match):
    """A Tryton domain of `match`: a dict of field -> value, all equal, or a domain as it is."""
    if isinstance(match, dict):
        return [[name, "=", value] for name, value in match.items()]
    return match


def is_command_list(value):
    """Whether a value for a link to many is a list of Tryton's own commands, such as [["add", [1, 2]]]."""
    return (
        isinstance(value, list)
        and bool(value)
        and isinstance(value[0], list)
        and value[0][:1] in [[c] for c in COMMANDS]
    )
