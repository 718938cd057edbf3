"""Precedence, spelled out. That it is Ansible's is tested against Ansible in tests/integration."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from wardround.intent.inventory import Inventory, read

# From the lowest to the highest: where a variable may be written.
SOURCES = (
    "all in hosts.yml",
    "upper in hosts.yml",
    "lower in hosts.yml",
    "first in hosts.yml",
    "group_vars/all/a.yml",
    "group_vars/all/b.yml",
    "group_vars/upper.yml",
    "group_vars/lower.yml",
    "group_vars/first/a.yml",
    "host in hosts.yml",
    "host_vars/ws-1.yml",
)


def write(directory: Path, chosen: set[str]) -> Inventory:
    def inline(name: str, more: str = "") -> str:
        value = f"x: {name} in hosts.yml" if f"{name} in hosts.yml" in chosen else ""
        return "{" + ", ".join(part for part in (value, more) if part) + "}"

    (directory / "hosts.yml").write_text(
        "all:\n"
        f"  vars: {inline('all')}\n"
        "  children:\n"
        "    upper:\n"
        f"      vars: {inline('upper', 'ansible_group_priority: 9')}\n"  # depth counts before priority
        "      children:\n"
        "        first:\n"
        f"          vars: {inline('first', 'ansible_group_priority: 2')}\n"  # priority counts before the name
        f"          hosts: {{ws-1: {inline('host')}}}\n"
        "        lower:\n"
        f"          vars: {inline('lower')}\n"
        "          hosts: {ws-1: }\n",
        encoding="utf-8",
    )
    for source in chosen:
        if "/" in source:
            path = directory / source
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"x: {source}\n", encoding="utf-8")
    return read(directory)


@given(chosen=st.sets(st.sampled_from(SOURCES)))
def test_the_highest_source_counts(tmp_path_factory, chosen: set[str]) -> None:  # type: ignore[no-untyped-def]
    inventory = write(tmp_path_factory.mktemp("inventory"), chosen)
    assert not inventory.problems
    expected = max(chosen, key=SOURCES.index, default=None)
    assert inventory.effective("ws-1").get("x") == expected
    file, path, own = inventory.where("ws-1", "x")
    assert own == (expected is None or expected.startswith("host"))
    if expected and "/" in expected:
        assert file.name.endswith(expected)
        assert path == ("x",)


def test_depth_is_the_longest_way(tmp_path: Path) -> None:
    (tmp_path / "hosts.yml").write_text(
        "all:\n  hosts: {a: }\n  children:\n    short: {children: {deep: }}\n"
        "    long: {children: {middle: {children: {deep: {hosts: {b: }}}}}}\n",
        encoding="utf-8",
    )
    inventory = read(tmp_path)
    depths = {name: group.depth for name, group in inventory.groups.items()}
    assert depths == {"all": 0, "ungrouped": 1, "short": 1, "long": 1, "middle": 2, "deep": 3}
    assert inventory.groups_of("b") == {"all", "short", "long", "middle", "deep"}
    assert inventory.groups_of("a") == {"all", "ungrouped"}
