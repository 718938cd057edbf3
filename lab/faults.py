"""Faults to rehearse with, each with its way back."""

from lab.machines import machine
from lab.networks import INTERFACE
from lab.podman import podman

TABLE = "inet lab_cut"


def cut(name: str, interface: str = INTERFACE) -> None:
    """Drop every packet of a machine at one interface, silently, as a pulled cable does; its addresses stay."""
    podman(
        "exec",
        machine(name).container,
        "nft",
        f"add table {TABLE}; flush table {TABLE};"
        f"add chain {TABLE} in {{ type filter hook input priority -300; }};"
        f"add chain {TABLE} out {{ type filter hook output priority -300; }};"
        f'add rule {TABLE} in iifname "{interface}" drop; add rule {TABLE} out oifname "{interface}" drop',
    )


def heal(name: str) -> None:
    """Undo `cut`; nothing happens where there was none."""
    podman("exec", machine(name).container, "nft", f"add table {TABLE}; delete table {TABLE}")
