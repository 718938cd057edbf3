"""Is every key known, in its place, and of the type that its role asks for?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from wardround.intent.inventory import Inventory
from wardround.intent.layers import Layer
from wardround.intent.models import HostVars, known
from wardround.intent.problem import Problem, one_of
from wardround.intent.roles import wrong_values
from wardround.intent.yaml_file import dotted

SECTIONS: Final = ("hospital", "journey", "link_checks", "network", "releases")


def check_keys(inventory: Inventory, options: dict[str, dict[str, Any]]) -> Iterator[Problem]:
    """Every variable of every group and host. options: of the roles; {} where there are no roles to ask."""
    host_keys = frozenset(known(HostVars))
    for group in inventory.groups.values():
        for layer in group.inline:
            yield from _check_layer(layer, f"{group.name}.", host_keys, options)
        for layer in group.files:
            if group.name == "all":
                yield from _check_home(inventory.directory, layer)
            yield from _check_layer(layer, "", host_keys, options, central=group.name == "all")
    for host in inventory.hosts.values():
        for layer in host.inline:
            yield from _check_layer(layer, f"{host.name}.", host_keys, options)
        for layer in host.files:
            yield from _check_layer(layer, "", host_keys, options)


def _check_layer(
    layer: Layer,
    prefix: str,
    host_keys: frozenset[str],
    options: dict[str, dict[str, Any]],
    central: bool = False,
) -> Iterator[Problem]:
    for name, value in layer.values.items():
        if name in host_keys or name.startswith("ansible_"):
            continue
        if name in SECTIONS:
            if not central:
                allowed = f"in group_vars/all/{name}.yml only"
                yield layer.file.problem((*layer.path, name), "a key of the whole hospital", allowed, prefix + name)
        elif name in options:
            for inner, found, allowed in wrong_values(value, options[name]):
                path = (*layer.path, name, *inner)
                yield layer.file.problem(path, found, allowed, prefix + dotted((name, *inner)))
        elif options:
            names = {*host_keys, *options, *(SECTIONS if central else ())}
            allowed = one_of(name, names)
            yield layer.file.problem((*layer.path, name), "an unknown key", f"{allowed}, ansible_*", prefix + name)


def _check_home(directory: Path, layer: Layer) -> Iterator[Problem]:
    """Under group_vars/all each file holds the one key that it is named after; ansible.yml how Ansible connects."""
    file = Path(layer.file.name)
    if file.parent != directory / "group_vars" / "all":
        yield Problem(str(file), 1, "", "variables of all", "files directly under group_vars/all/")
        return
    for name in layer.values:
        if not (name.startswith("ansible_") if file.stem == "ansible" else name == file.stem):
            here = "ansible_*" if file.stem == "ansible" else file.stem
            allowed = f"{here} here; this in group_vars/all/{name}.yml"
            yield layer.file.problem((name,), "a key of another file", allowed)
