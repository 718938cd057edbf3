"""Compiled models of a test's network, switches and firewalls apart."""

from __future__ import annotations

from collections.abc import Mapping

from tests.unit.network.intents import Host
from wardround.intent.network import Network
from wardround.network.compile import compile_network
from wardround.network.device import FirewallModel, SwitchModel
from wardround.run.network_proof import Models


def models(network: Network, hosts: Mapping[str, Host]) -> Models:
    devices = compile_network(network, hosts)  # type: ignore[arg-type]
    return Models(
        {name: one for name, one in devices.items() if isinstance(one, SwitchModel)},
        {name: one for name, one in devices.items() if isinstance(one, FirewallModel)},
    )
