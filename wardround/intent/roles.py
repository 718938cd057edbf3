"""What the roles of this repository accept: their options and platforms, read as data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from wardround.intent.problem import one_of, shown
from wardround.intent.yaml_file import Steps, Vaulted, YamlFile

_DEBIAN: Final = {"bullseye": "11", "bookworm": "12", "trixie": "13", "forky": "14"}
_KINDS: Final[dict[str, tuple[type | tuple[type, ...], str]]] = {
    "str": (str, "text"),
    "path": (str, "a path"),
    "int": (int, "a whole number"),
    "float": ((int, float), "a number"),
    "bool": (bool, "true or false"),
    "list": (list, "a list"),
    "dict": (dict, "a mapping"),
}


def find(inventory: Path) -> Path | None:
    """`roles/` of the repository: beside the galaxy.yml above the inventory, else of the checkout that runs."""
    for directory in (*inventory.resolve().parents, Path(__file__).resolve().parents[2]):
        if (directory / "galaxy.yml").is_file():
            return directory / "roles" if (directory / "roles").is_dir() else None
    return None


def options(roles: Path) -> dict[str, dict[str, Any]]:
    """Option name to its specification, of every entry point of every role (meta/argument_specs.yml)."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(roles.glob("*/meta/argument_specs.yml")):
        for entry_point in YamlFile(path).data.get("argument_specs", {}).values():
            found.update(entry_point.get("options") or {})
    return found


def platforms(roles: Path, role: str) -> frozenset[str]:
    """Operating systems that a role supports, such as {"debian-13"} (meta/main.yml, galaxy_info.platforms)."""
    listed = YamlFile(roles / role / "meta" / "main.yml").data.get("galaxy_info", {}).get("platforms", [])
    return frozenset(
        f"{platform['name'].lower()}-{_DEBIAN.get(version, version)}"
        for platform in listed
        for version in platform.get("versions", [])
    )


def health_checks(roles: Path, role: str) -> tuple[str, ...]:
    """Questions that the role's tasks/prove.yml answers (meta/product.yml); empty where it does not say."""
    path = roles / role / "meta" / "product.yml"
    named = YamlFile(path).data.get("health_checks", []) if path.is_file() else []
    return tuple(str(name) for name in named)


def wrong_values(value: Any, spec: dict[str, Any], path: Steps = ()) -> Iterator[tuple[Steps, str, str]]:
    """Where a value breaks its specification: path inside it, found, allowed.

    Stricter than Ansible, which takes "12" for 12. An encrypted value passes: nobody can tell.
    """
    if isinstance(value, Vaulted):
        return
    kind = spec.get("type", "str")
    if kind in _KINDS:
        types, allowed = _KINDS[kind]
        if not isinstance(value, types) or (isinstance(value, bool) and kind != "bool"):
            yield path, shown(value), allowed
            return
    choices = spec.get("choices")
    if choices:
        for number, item in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if item not in choices:
                yield path if number is None else (*path, number), shown(item), one_of(item, map(str, choices))
    if isinstance(value, list) and "elements" in spec:
        inner = {"type": spec["elements"], "options": spec.get("options")}
        for number, item in enumerate(value):
            yield from wrong_values(item, inner, (*path, number))
    if isinstance(value, dict) and spec.get("options"):
        for key, item in value.items():
            if key in spec["options"]:
                yield from wrong_values(item, spec["options"][key], (*path, key))
            else:
                yield (*path, key), "an unknown key", one_of(key, spec["options"])
