"""What a template in a hospital's data or in a role's defaults comes to, where that can be said without Ansible."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, Final, NoReturn

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from wardround.intent.ae_title import of_host

_WHOLE: Final = re.compile(r"\{\{((?:(?!\{\{|\}\}).)*)\}\}", re.DOTALL)


class _Pending:
    """A value that is not known yet: unlike an undefined one it is not replaced by a default, whoever uses it waits."""

    def _wait(self, *_arguments: object) -> NoReturn:
        raise TemplateError("not known yet")

    __str__ = __iter__ = __getitem__ = __eq__ = __bool__ = __len__ = __add__ = __getattr__ = __html__ = _wait
    __hash__ = None  # type: ignore[assignment]


def resolve(
    values: Mapping[str, Any], host: str, groups: Collection[str], secret: Collection[str] = ()
) -> dict[str, Any]:
    """The templates among a host's values, filled in: name to what it comes to.

    Those that need a lookup, a fact, another machine's data or one of `secret` are left out.
    """
    environment = SandboxedEnvironment(undefined=StrictUndefined)
    environment.filters["wardround.hospital.ae_title"] = lambda name, _hostvars: of_host(name, values, groups)
    open_ = {name for name, value in values.items() if isinstance(value, str) and "{{" in value} - set(secret)
    known: dict[str, Any] = {name: value for name, value in values.items() if name not in open_}
    known |= {"inventory_hostname": host, "group_names": sorted(groups), "hostvars": {host: values}}
    known |= dict.fromkeys({*open_, *secret}, _Pending())
    found: dict[str, Any] = {}
    while settled := _settle(environment, {name: values[name] for name in open_ - found.keys()}, known):
        found |= settled
        known |= settled
    return found


def _settle(environment: SandboxedEnvironment, texts: Mapping[str, str], known: Mapping[str, Any]) -> dict[str, Any]:
    filled = {name: _fill(environment, text, known) for name, text in texts.items()}
    return {name: value for name, value in filled.items() if value is not None}


def _fill(environment: SandboxedEnvironment, text: str, known: Mapping[str, Any]) -> Any:
    """What a template comes to; None where that is not known."""
    try:
        if whole := _WHOLE.fullmatch(text.strip()):
            value = environment.compile_expression(whole[1], undefined_to_none=False)(**known)
        else:
            value = environment.from_string(text).render(**known)
        return None if isinstance(value, StrictUndefined | _Pending) or "{{" in repr(value) else value
    except (TemplateError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError):
        return None
