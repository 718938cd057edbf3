"""Every setting of a machine's software with the place it comes from, and those that differ from their department's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from wardround.intent import roles
from wardround.intent.check_keys import SECTIONS
from wardround.intent.inventory import Inventory
from wardround.intent.layers import Layer
from wardround.intent.problem import one_of, shown
from wardround.intent.templates import resolve
from wardround.intent.yaml_file import Vaulted, YamlFile

HIDDEN: Final = "(secret)"


@dataclass(frozen=True)
class Setting:
    """One effective value. layer: `host`, a group's name, or `default` of the role; file and line where it stands.

    A template is told as what it comes to; one that needs a lookup or a fact, as it is written. role: `machine` for
    what is known of the machine itself.
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

    A role counts where the host has it as a client, is in the group of its servers (his_servers: his_server) or
    anything sets one of its options. Raises LookupError for a host that does not exist.
    """
    if host not in inventory.hosts:
        allowed = one_of(host, inventory.hosts)
        raise LookupError(f"{inventory.directory / 'hosts.yml'}: found no host {shown(host)}, allowed {allowed}")
    layers = _named_layers(inventory, host)
    effective: dict[str, Setting] = {}
    directory = roles.find(inventory.directory)
    owners = _owners(directory)
    for layer_name, layer in layers:
        for name, value in layer.values.items():
            if name not in SECTIONS:
                role, secret = owners.get(name, ("machine", False))
                effective[name] = _setting(role, name, value, layer_name, layer, secret)
    groups = inventory.groups_of(host)
    clients = effective["clients"].value if "clients" in effective else ()
    used = {setting.role for setting in effective.values()} | {str(client) for client in clients or ()}
    used |= {group.removesuffix("s") for group in groups}  # as playbooks/converge.yml has it
    for setting in _defaults(directory, used, owners):
        effective.setdefault(setting.name, setting)
    values = inventory.effective(host) | {name: one.value for name, one in effective.items()}
    hidden = {name for name, value in values.items() if value == HIDDEN or isinstance(value, Vaulted)}
    filled = resolve(values, host, groups, hidden)
    told = (replace(one, value=filled.get(name, one.value)) for name, one in effective.items())
    return sorted(told, key=lambda one: (one.role != "machine", one.role, one.name))


def overrides(inventory: Inventory) -> list[Override]:
    """Every setting that a host sets for itself although it would have another one, by host and name.

    It would have what its groups set, or, where it has the role as a client, the role's default.
    """
    directory = roles.find(inventory.directory)
    owners = _owners(directory)
    defaults = {one.name: one for one in _defaults(directory, {role for role, _secret in owners.values()}, owners)}
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
        clients = next((of["clients"].value for of in (own, wider) if "clients" in of), None) or ()
        for name, mine in sorted(own.items()):
            other = wider.get(name) or (defaults.get(name) if mine.role in clients else None)
            if other and other.value != mine.value:
                found.append(Override(host, mine, other))
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


def _owners(directory: Path | None) -> dict[str, tuple[str, bool]]:
    """Option to the role it belongs to, and whether it is a secret (`no_log`)."""
    found: dict[str, tuple[str, bool]] = {}
    for path in sorted(directory.glob("*/meta/argument_specs.yml")) if directory else ():
        role = path.parents[1].name
        for entry_point in YamlFile(path).data.get("argument_specs", {}).values():
            for name, spec in (entry_point.get("options") or {}).items():
                found[name] = (role, bool(spec.get("no_log")))
    return found


def _defaults(directory: Path | None, used: set[str], owners: Mapping[str, tuple[str, bool]]) -> Iterator[Setting]:
    """Defaults of the roles in use; owners: as `_owners` gives them."""
    if directory is None:
        return
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
