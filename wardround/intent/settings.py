"""Every setting of a machine's software with the place it comes from, and those that differ from their department's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from wardround.intent import roles
from wardround.intent.check_keys import SECTIONS
from wardround.intent.inventory import Inventory
from wardround.intent.layers import Layer
from wardround.intent.problem import one_of, shown
from wardround.intent.yaml_file import Vaulted, YamlFile

HIDDEN: Final = "(secret)"


@dataclass(frozen=True)
class Setting:
    """One effective value. layer: `host`, a group's name, or `default` of the role; file and line where it stands.

    A default that is a template is shown as it is written. role: `machine` for what is known of the machine itself.
    """

    role: str
    name: str
    value: Any
    layer: str
    file: str
    line: int


@dataclass(frozen=True)
class Override:
    """A value that a machine has to itself, and the one its groups would give it."""

    host: str
    own: Setting
    wider: Setting


def of_host(inventory: Inventory, host: str) -> list[Setting]:
    """What counts on a host: its own data, then role by role, defaults included.

    A role counts where the host has it as a client or anything sets one of its options. Raises LookupError for a
    host that does not exist.
    """
    if host not in inventory.hosts:
        allowed = one_of(host, inventory.hosts)
        raise LookupError(f"{inventory.directory / 'hosts.yml'}: found no host {shown(host)}, allowed {allowed}")
    layers = _named_layers(inventory, host)
    effective: dict[str, Setting] = {}
    directory = roles.find(inventory.directory)
    owners = _owners(directory) if directory else {}
    for layer_name, layer in layers:
        for name, value in layer.values.items():
            if name not in SECTIONS:
                role, secret = owners.get(name, ("machine", False))
                effective[name] = _setting(role, name, value, layer_name, layer, secret)
    clients = effective["clients"].value if "clients" in effective else ()
    used = {setting.role for setting in effective.values()} | {str(client) for client in clients or ()}
    for setting in _defaults(directory, used) if directory else ():
        effective.setdefault(setting.name, setting)
    return sorted(effective.values(), key=lambda one: (one.role != "machine", one.role, one.name))


def overrides(inventory: Inventory) -> list[Override]:
    """Every setting of a role that a host sets for itself although its groups set it otherwise, by host and name."""
    directory = roles.find(inventory.directory)
    owners = _owners(directory) if directory else {}
    found = []
    for host in sorted(inventory.hosts):
        wider: dict[str, Setting] = {}
        own: dict[str, Setting] = {}
        for layer_name, layer in _named_layers(inventory, host):
            for name, value in layer.values.items():
                if name in owners or name == "clients":
                    role, secret = owners.get(name, ("machine", False))
                    target = own if layer_name == "host" else wider
                    target[name] = _setting(role, name, value, layer_name, layer, secret)
        found += [
            Override(host, own[name], wider[name])
            for name in sorted(own.keys() & wider.keys())
            if own[name].value != wider[name].value
        ]
    return found


def _named_layers(inventory: Inventory, host: str) -> list[tuple[str, Layer]]:
    """The host's layers, lowest precedence first, each with the name of its group or `host`."""
    own = inventory.hosts[host]
    names = {
        id(layer): group
        for group in inventory.groups_of(host)
        for layer in (*inventory.groups[group].inline, *inventory.groups[group].files)
    }
    names |= {id(layer): "host" for layer in (*own.inline, *own.files)}
    return [(names[id(layer)], layer) for layer in inventory.layers(host)]


def _owners(directory: Path) -> dict[str, tuple[str, bool]]:
    """Option to the role it belongs to, and whether it is a secret (`no_log`)."""
    found: dict[str, tuple[str, bool]] = {}
    for path in sorted(directory.glob("*/meta/argument_specs.yml")):
        role = path.parents[1].name
        for entry_point in YamlFile(path).data.get("argument_specs", {}).values():
            for name, spec in (entry_point.get("options") or {}).items():
                found[name] = (role, bool(spec.get("no_log")))
    return found


def _defaults(directory: Path, used: set[str]) -> Iterator[Setting]:
    """Defaults of the roles in use."""
    owners = _owners(directory)
    for role in sorted(used):
        path = directory / role / "defaults" / "main.yml"
        if not path.is_file():
            continue
        file = YamlFile(path)
        for name, value in file.data.items():
            secret = owners.get(name, (role, False))[1]
            yield _setting(role, name, value, "default", Layer(file, (), file.data), secret)


def _setting(role: str, name: str, value: Any, layer_name: str, layer: Layer, secret: bool) -> Setting:
    if isinstance(value, Vaulted) or (secret and value):
        value = HIDDEN
    return Setting(role, name, value, layer_name, layer.file.name, layer.file.line((*layer.path, name)))
