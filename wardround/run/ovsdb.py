"""Open vSwitch's database and control sockets, spoken to directly: JSON-RPC over a Unix socket (RFC 7047).

A program for each change would cost more than the change, and one for all of a hospital's ports a minute.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from wardround.network.openvswitch import PortRow
from wardround.run.netns import NetworkError

_SECONDS: Final = 60


def call(path: Path, method: str, parameters: Sequence[Any]) -> Any:
    """The result of one call. Raises NetworkError with what the other side said."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(_SECONDS + 5)
        try:
            connection.connect(str(path))
            connection.sendall(json.dumps({"method": method, "params": parameters, "id": 0}).encode())
            answer = _read(connection)
        except OSError as error:
            raise NetworkError(f"Open vSwitch does not answer {method}: {error}") from error
    if answer["error"]:
        raise NetworkError(f"Open vSwitch refused {method}: {answer['error']}")
    return answer["result"]


def _read(connection: socket.socket) -> Any:
    text = ""
    while True:
        data = connection.recv(1 << 16)
        if not data:
            raise ConnectionError("the connection was closed")
        text += data.decode()
        try:
            return json.loads(text)
        except ValueError:
            continue  # the rest is still to come


class Database:
    """The table of bridges and their ports."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._changes = 0
        self._transact([{"op": "insert", "table": "Open_vSwitch", "row": {}}])

    def add_bridges(self, bridges: Sequence[str]) -> None:
        """Bridges of the userspace datapath, each with the port that every bridge has of its own name."""
        operations: list[dict[str, Any]] = []
        for name in bridges:
            operations += _port(name, {}, kind="internal")
            row = {"name": name, "datapath_type": "netdev", "ports": ["named-uuid", f"port_{name}"]}
            operations.append({"op": "insert", "table": "Bridge", "row": row, "uuid-name": f"bridge_{name}"})
        added = [["named-uuid", f"bridge_{name}"] for name in bridges]
        self._change(operations, [["bridges", "insert", ["set", added]]])

    def add_ports(self, ports: Mapping[str, tuple[str, PortRow]]) -> None:
        """ports: interface to (bridge, what it carries)."""
        operations: list[dict[str, Any]] = []
        by_bridge: dict[str, list[Any]] = {}
        for name, (bridge, row) in ports.items():
            operations += _port(name, _columns(row))
            by_bridge.setdefault(bridge, []).append(["named-uuid", f"port_{name}"])
        for bridge, added in by_bridge.items():
            mutation = ["ports", "insert", ["set", added]]
            operations.append(
                {"op": "mutate", "table": "Bridge", "where": [["name", "==", bridge]], "mutations": [mutation]}
            )
        self._change(operations)

    def set_ports(self, ports: Mapping[str, PortRow]) -> None:
        """ports: interface to what it carries from now on."""
        self._change(
            [
                {"op": "update", "table": "Port", "where": [["name", "==", name]], "row": _columns(row)}
                for name, row in ports.items()
            ]
        )

    def _change(self, operations: list[dict[str, Any]], mutations: Sequence[Any] = ()) -> None:
        """One transaction; returns when the switch works so."""
        if not operations:
            return
        self._changes += 1
        counted = [*mutations, ["next_cfg", "+=", 1]]
        self._transact([*operations, {"op": "mutate", "table": "Open_vSwitch", "where": [], "mutations": counted}])
        done = {"table": "Open_vSwitch", "where": [], "columns": ["cur_cfg"], "rows": [{"cur_cfg": self._changes}]}
        self._transact([{"op": "wait", "until": "==", "timeout": _SECONDS * 1000, **done}])

    def _transact(self, operations: list[dict[str, Any]]) -> None:
        for result in call(self._path, "transact", ["Open_vSwitch", *operations]):
            if result and result.get("error"):
                raise NetworkError(f"Open vSwitch: {result['error']}: {result.get('details', '')}")


def _port(name: str, columns: Mapping[str, Any], kind: str = "") -> list[dict[str, Any]]:
    interface = {"name": name, "type": kind}
    port = {"name": name, "interfaces": ["named-uuid", f"interface_{name}"], **columns}
    return [
        {"op": "insert", "table": "Interface", "row": interface, "uuid-name": f"interface_{name}"},
        {"op": "insert", "table": "Port", "row": port, "uuid-name": f"port_{name}"},
    ]


def _columns(row: PortRow) -> dict[str, Any]:
    tag = ["set", []] if row.tag is None else row.tag
    return {"vlan_mode": row.vlan_mode, "tag": tag, "trunks": ["set", list(row.trunks)]}
