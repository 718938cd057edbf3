"""A device's model as YAML that people review: a line for each port and rule, the same bytes for the same model."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import yaml
from yaml.resolver import Resolver

from wardround.network import vlan_list
from wardround.network.device import Access, FirewallModel, Port, Rule, SwitchModel, TrunkPort, ZoneInterface

HEADER: Final = "# Made by `wardround compile network` from group_vars/all/network.yml. Change that file, not this one."
SUFFIX: Final = ".yml"

_WIDTH: Final = 120
_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*|[0-9]{1,3}(\.[0-9]{1,3}){3}(/[0-9]{1,2})?")
_RESOLVER: Final[Any] = Resolver()


class ModelFileError(ValueError):
    """The text is no device's model; the message says where and why."""


def to_text(model: SwitchModel | FirewallModel) -> str:
    """The model as YAML, ending with a newline."""
    lines = _firewall_lines(model) if isinstance(model, FirewallModel) else _switch_lines(model)
    return "\n".join(["---", HEADER, *lines]) + "\n"


def from_text(text: str) -> SwitchModel | FirewallModel:
    """The model that `to_text` wrote. Raises ModelFileError."""
    try:
        data = yaml.load(text, yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise ModelFileError(f"broken YAML: {error}") from None
    if not isinstance(data, dict) or ("switch" in data) == ("firewall" in data):
        raise ModelFileError("no model: a mapping with either switch or firewall is wanted")
    try:
        return _firewall(data) if "firewall" in data else _switch(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelFileError(f"{data.get('switch') or data.get('firewall')}: not as it is written: {error!r}") from None


def _switch_lines(model: SwitchModel) -> Iterator[str]:
    yield f"switch: {_scalar(model.name)}"
    yield f"platform: {_scalar(model.platform)}"
    yield f"management_vlan: {model.management_vlan}"
    if model.uplink is not None:
        yield f"uplink: {_scalar(model.uplink)}"
    yield from _mapping("vlans", {str(vlan): _scalar(name) for vlan, name in model.vlans.items()})
    yield from _entries("ports", {name: _port_fields(port) for name, port in model.ports.items()})


def _port_fields(port: Port) -> dict[str, str]:
    fields = {}
    if isinstance(port.mode, Access):
        fields["access"] = str(port.mode.vlan)
        if port.mode.voice is not None:
            fields["voice"] = str(port.mode.voice)
    elif isinstance(port.mode, TrunkPort):
        fields["trunk"] = json.dumps(vlan_list.to_text(port.mode.allowed))
        if port.mode.native is not None:
            fields["native"] = str(port.mode.native)
    if port.description:
        fields["description"] = _scalar(port.description)
    if port.enabled is not None:
        fields["enabled"] = json.dumps(port.enabled)
    return fields


def _firewall_lines(model: FirewallModel) -> Iterator[str]:
    yield f"firewall: {_scalar(model.name)}"
    yield f"management: {_scalar(model.management)}"
    interfaces = {}
    for interface in model.interfaces:
        fields = {"interface": _scalar(interface.interface), "ipv4": _scalar(interface.ipv4)}
        if interface.ipv6 is not None:
            fields["ipv6"] = _scalar(interface.ipv6)
        interfaces[interface.zone] = fields
    yield from _entries("interfaces", interfaces)
    if model.out_of_band:
        yield f"out_of_band: {_list(model.out_of_band)}"
    yield from _entries("rules", {rule.flow: _rule_fields(rule) for rule in model.rules})


def _rule_fields(rule: Rule) -> dict[str, str]:
    fields = {"from": _scalar(rule.source)}
    if rule.source_hosts:
        fields["from_hosts"] = _list(rule.source_hosts)
    fields["to"] = _scalar(rule.destination)
    if rule.destination_hosts:
        fields["to_hosts"] = _list(rule.destination_hosts)
    fields["protocol"] = rule.protocol
    if rule.ports:
        fields["ports"] = f"[{', '.join(map(str, rule.ports))}]"
    return fields


def _entries(key: str, entries: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """Each entry on one line, or on a line for each field where that is too long."""
    if not entries:
        yield f"{key}: {{}}"
        return
    yield f"{key}:"
    for name, fields in entries.items():
        line = f"  {_scalar(name)}: {{{', '.join(f'{field}: {value}' for field, value in fields.items())}}}"
        if len(line) <= _WIDTH:
            yield line
        else:
            yield f"  {_scalar(name)}:"
            yield from (f"    {field}: {value}" for field, value in fields.items())


def _mapping(key: str, values: Mapping[str, str]) -> Iterator[str]:
    yield f"{key}:" if values else f"{key}: {{}}"
    yield from (f"  {name}: {value}" for name, value in values.items())


def _list(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(_scalar, texts))}]"


def _scalar(text: str) -> str:
    """The text without quotes where YAML takes it for text all the same, `no` and the like excluded."""
    if _PLAIN.fullmatch(text) and _RESOLVER.resolve(yaml.ScalarNode, text, (True, False)).endswith(":str"):
        return text
    return json.dumps(text)


def _switch(data: dict[str, Any]) -> SwitchModel:
    return SwitchModel(
        name=data["switch"],
        platform=data["platform"],
        vlans={int(vlan): str(name) for vlan, name in data["vlans"].items()},
        ports={name: _port(name, fields) for name, fields in data["ports"].items()},
        management_vlan=int(data["management_vlan"]),
        uplink=data.get("uplink"),
    )


def _port(name: str, fields: dict[str, Any]) -> Port:
    mode: Access | TrunkPort | None = None
    if "access" in fields:
        mode = Access(int(fields["access"]), fields.get("voice"))
    elif "trunk" in fields:
        mode = TrunkPort(vlan_list.from_text(fields["trunk"]), fields.get("native"))
    return Port(name, mode, fields.get("description", ""), fields.get("enabled"))


def _firewall(data: dict[str, Any]) -> FirewallModel:
    interfaces = tuple(
        ZoneInterface(zone, fields["interface"], fields["ipv4"], fields.get("ipv6"))
        for zone, fields in data["interfaces"].items()
    )
    rules = tuple(
        Rule(
            flow=flow,
            source=fields["from"],
            destination=fields["to"],
            protocol=fields["protocol"],
            ports=tuple(fields.get("ports", ())),
            source_hosts=tuple(fields.get("from_hosts", ())),
            destination_hosts=tuple(fields.get("to_hosts", ())),
        )
        for flow, fields in data["rules"].items()
    )
    return FirewallModel(data["firewall"], data["management"], interfaces, rules, tuple(data.get("out_of_band", ())))
