"""What a switch is made of."""

from pathlib import Path

import pytest

from lab.switch import spec
from lab.switch.config import Learned, Neighbour
from lab.switch.spec import Spec, SpecError

ONE = """
- name: acc-01
  dialect: cisco_ios
  ports: [GigabitEthernet1/0/1-3, TenGigabitEthernet1/1/1]
  minute: 2
  neighbours:
    TenGigabitEthernet1/1/1: {name: core-01, port: Te1/0/1}
  learned:
    - {vlan: 20, address: "02:57:00:00:00:07", port: GigabitEthernet1/0/1}
"""


def test_a_file_holds_switches(tmp_path: Path) -> None:
    (tmp_path / "switches.yml").write_text(ONE)
    (found,) = spec.read(tmp_path / "switches.yml")
    assert found.ports == (*(f"GigabitEthernet1/0/{number}" for number in (1, 2, 3)), "TenGigabitEthernet1/1/1")
    assert found.neighbours == {"TenGigabitEthernet1/1/1": Neighbour("core-01", "Te1/0/1")}
    assert found.learned == (Learned(20, "02:57:00:00:00:07", "GigabitEthernet1/0/1"),) and found.minute == 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"dialect": "arista"}, "none of cisco_ios, h3c_comware7"),
        ({"name": "acc 01"}, "no host name"),
        ({"minute": 0}, "minute must be above 0"),
        ({"port_count": 3}, "'port_count' is none of name"),
        ({"links": {"Gi9": "p9"}}, "there is no port 'Gi9'; it has p1"),
        ({"links": {"p1": "eth1"}}, "links need a namespace"),
        ({"neighbours": {"p1": {"host": "core"}}}, "neighbours is a mapping"),
    ],
)
def test_a_mistake_is_told(change: dict[str, object], words: str) -> None:
    with pytest.raises(SpecError, match=words):
        spec.of({"name": "acc-01", "dialect": "cisco_ios", "ports": ["p1"]} | change)


def test_what_is_missing_is_told() -> None:
    with pytest.raises(SpecError, match="dialect"):
        spec.of({"name": "acc-01", "ports": ["p1"]})


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"none\.yml"):
        spec.read(tmp_path / "none.yml")
    (tmp_path / "bad.yml").write_text("{")
    with pytest.raises(SpecError, match=r"bad\.yml"):
        spec.read(tmp_path / "bad.yml")


def test_a_spec_says_its_name_when_the_dialect_is_unknown() -> None:
    with pytest.raises(SpecError, match="acc-01: dialect"):
        Spec("acc-01", "junos", ())
