"""Which network a proof is about: a digest of everything in the intent that a packet could notice."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from wardround.intent.network import Network
from wardround.intent.topology import Addressed, addresses

# What people are told and what they answer for; no question of a proof depends on it.
_SAID: Final[Any] = {
    "zones": {"__all__": {"display_name", "rooms"}},
    "departments": {
        "__all__": {
            "rooms": {"__all__": {"display_name": True, "room_class": True, "sockets": {"__all__": {"accepted"}}}}
        }
    },
    "flows": {"__all__": {"owner", "reason", "expires"}},
}


def intent_sha256(network: Network, hosts: Mapping[str, Addressed]) -> str:
    """SHA-256, in hexadecimal, of the network without names, reasons and owners, and of its hosts' addresses.

    hosts: the inventory's. A flow that expires stays until a person takes it out, so its date is not in it.
    """
    named = {end for flow in network.flows.values() for end in (flow.source, flow.destination)} - set(network.zones)
    read = {
        "network": network.model_dump(mode="json", exclude=_SAID),
        "hosts": {name: [str(address) for address in addresses(hosts[name])] for name in named},
    }
    return hashlib.sha256(json.dumps(read, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
