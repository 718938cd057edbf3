"""A switch's model as plain data, as it stands in a compiled file and in a task: VLANs and ports by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wardround.network import vlan_list
from wardround.network.device import DEFAULT_VLAN, Access, Port, SwitchModel, TrunkPort

KEYS = ("switch", "platform", "management_vlan", "uplink", "vlans", "ports")
PORT_KEYS = ("access", "voice", "trunk", "native", "description", "enabled")


class DataError(ValueError):
    """The data are no switch: a sentence with the key, what was found, and what is allowed."""


def from_data(data: Mapping[str, Any], name: str = "", platform: str = "") -> SwitchModel:
    """The model. name and platform where the data do not say them; management_vlan is 1 where nobody says it.

    A port has either access, an id, with or without voice, or trunk, a list such as `20-24,30`, with or without native;
    with neither, which VLANs it carries is not said, nor without enabled whether it is shut down. Raises DataError.
    """
    _known("config", data, KEYS)
    named = _mapping("vlans", data.get("vlans")).items()
    vlans = {_vlan("vlans", vlan): _text(f"vlans: {vlan}", given or "") for vlan, given in named}
    return SwitchModel(
        name=_text("switch", data.get("switch", name)),
        platform=_text("platform", data.get("platform") or platform),
        vlans=dict(sorted(vlans.items())),
        ports={port: _port(port, fields) for port, fields in _mapping("ports", data.get("ports")).items()},
        management_vlan=_vlan("management_vlan", data.get("management_vlan", DEFAULT_VLAN)),
        uplink=_text("uplink", data["uplink"]) if data.get("uplink") is not None else None,
    )


def to_data(switch: SwitchModel) -> dict[str, Any]:
    """The data of a model; keys are strings, as in JSON."""
    data: dict[str, Any] = {
        "switch": switch.name,
        "platform": switch.platform,
        "management_vlan": switch.management_vlan,
        "vlans": {str(vlan): name for vlan, name in switch.vlans.items()},
        "ports": {name: _fields(port) for name, port in switch.ports.items()},
    }
    return data | ({"uplink": switch.uplink} if switch.uplink else {})


def _fields(port: Port) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if isinstance(port.mode, Access):
        fields = {"access": port.mode.vlan} | ({"voice": port.mode.voice} if port.mode.voice else {})
    elif isinstance(port.mode, TrunkPort):
        fields = {"trunk": vlan_list.to_text(port.mode.allowed)}
        fields |= {"native": port.mode.native} if port.mode.native else {}
    fields |= {"description": port.description} if port.description else {}
    return fields | ({} if port.enabled is None else {"enabled": port.enabled})


def _port(name: str, given: Any) -> Port:
    where = f"ports: {name}"
    fields = _mapping(where, given)
    _known(where, fields, PORT_KEYS)
    mode: Access | TrunkPort | None = None
    if "access" in fields and "trunk" in fields:
        raise DataError(f"{where}: found access and trunk, allowed is one of them")
    for one, other in (("voice", "access"), ("native", "trunk")):
        if one in fields and other not in fields:
            raise DataError(f"{where}: found {one} without {other}, which it belongs to")
    if "access" in fields:
        voice = _vlan(f"{where}: voice", fields["voice"]) if fields.get("voice") is not None else None
        mode = Access(_vlan(f"{where}: access", fields["access"]), voice)
    elif "trunk" in fields:
        try:
            allowed = vlan_list.from_text(str(fields["trunk"]))
        except ValueError as error:
            raise DataError(f"{where}: trunk: {error}") from None
        native = _vlan(f"{where}: native", fields["native"]) if fields.get("native") is not None else None
        mode = TrunkPort(allowed, native)
    enabled = fields.get("enabled")
    if not isinstance(enabled, bool | None):
        raise DataError(f"{where}: enabled: found {enabled!r}, allowed are true and false")
    return Port(name, mode, _text(f"{where}: description", fields.get("description", "")), enabled)


def _known(where: str, given: Mapping[str, Any], allowed: tuple[str, ...]) -> None:
    for key in given:
        if key not in allowed:
            raise DataError(f"{where}: found {key!r}, allowed are {', '.join(allowed)}")


def _mapping(where: str, given: Any) -> Mapping[str, Any]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise DataError(f"{where}: found {given!r}, allowed is a mapping")
    return given


def _vlan(where: str, given: Any) -> int:
    """Ids are whole numbers; keys of JSON objects are text."""
    found = int(given) if isinstance(given, str) and given.isdigit() else given
    if isinstance(found, bool) or not isinstance(found, int) or not 1 <= found <= 4094:
        raise DataError(f"{where}: found {given!r}, allowed are VLANs 1 to 4094")
    return int(found)


def _text(where: str, given: Any) -> str:
    if not isinstance(given, str):
        raise DataError(f"{where}: found {given!r}, allowed is text")
    return str(given)
