"""The hospital as the page needs it, from the hospital's own data."""

from __future__ import annotations

from typing import Protocol

from wardround.evidence.facts import Department, Hospital, Machine, Name, Owner, Product
from wardround.evidence.hospital_network import network
from wardround.evidence.hospital_systems import systems
from wardround.intent import Intent
from wardround.rollout.request import TARGET_GROUP


class _Local(Protocol):
    @property
    def en(self) -> str: ...
    @property
    def zh(self) -> str: ...


def from_intent(intent: Intent) -> Hospital:
    """Departments in the order they were written, machines (workstations) of their host names."""
    hospital = intent.hospital
    owners = {key: Owner(owner.name, owner.contact) for key, owner in hospital.owners.items()}
    return Hospital(
        name=_name(hospital.name, ""),
        departments=tuple(
            Department(key, _name(department.display_name, key), owners[department.owner], department.floor)
            for key, department in hospital.departments.items()
        ),
        machines=tuple(
            Machine(name, _name(host.display_name, name), host.department, host.clients)
            for name in intent.groups.get(TARGET_GROUP, ())
            if (host := intent.hosts[name]).department is not None
        ),
        products=tuple(
            Product(
                key,
                _name(product.display_name, key),
                product.current,
                product.wanted,
            )
            for key, product in intent.releases.products.items()
        ),
        systems=systems(intent),
        names={name: _name(host.display_name, name) for name, host in intent.hosts.items()},
        journey=intent.journey is not None,
        network=network(intent),
    )


def _name(local: _Local | None, fallback: str) -> Name:
    return Name(local.en, local.zh) if local is not None else Name(fallback, fallback)
