from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from tests.unit.intent.cases import INVENTORY, write_good_network
from wardround.intent import load
from wardround.intent.network_warnings import NetworkWarning, network_warnings

EXPIRES = datetime.date(2026, 12, 31)
FLOW = "the flow imaging to pacs-01 (dicom)"


@pytest.fixture
def inventory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_good_network(tmp_path)
    monkeypatch.chdir(tmp_path)
    return INVENTORY


def change(inventory: Path, file: str, old: str, new: str) -> None:
    path = inventory / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def on(inventory: Path, day: datetime.date) -> list[NetworkWarning]:
    return network_warnings(load(inventory), day)


@pytest.mark.parametrize(
    ("days_left", "kind", "said"),
    [
        (31, None, ""),
        (30, "expiring", f"{FLOW} expires in 30 days, on 2026-12-31; ask it whether it is still needed"),
        (1, "expiring", f"{FLOW} expires tomorrow, on 2026-12-31; ask it whether it is still needed"),
        (0, "expiring", f"{FLOW} expires today, on 2026-12-31; ask it whether it is still needed"),
        (-1, "expired", f"{FLOW} expired on 2026-12-31; ask it, then take it out or give it a date"),
    ],
)
def test_a_flow_is_told_of_from_30_days_before_it_ends(
    inventory: Path, days_left: int, kind: str | None, said: str
) -> None:
    found = on(inventory, EXPIRES - datetime.timedelta(days=days_left))
    assert [(one.kind, one.sentence) for one in found] == ([(kind, said)] if kind else [])
    assert all((one.file, one.key) == (f"{INVENTORY}/group_vars/all/network.yml", KEY) for one in found)
    assert all("imaging_pacs" in lines(inventory)[one.line - 2] for one in found)


KEY = "network.flows.imaging_pacs.expires"


def lines(inventory: Path) -> list[str]:
    return (inventory / "group_vars/all/network.yml").read_text(encoding="utf-8").splitlines()


def test_an_acceptance_is_listed_and_one_without_need_too(inventory: Path) -> None:
    accepted = "accepted: {owner: it, reason: Kiosk in a locked cabinet}"
    for socket, profile in (("5", "imaging"), ("4", "guest")):
        old = f"port: GigabitEthernet1/0/{socket}, profile: guest"
        new = f"port: GigabitEthernet1/0/{socket}, profile: {profile}, {accepted}"
        change(inventory, "group_vars/all/network.yml", old, new)
    assert [str(one).partition(".sockets.")[2] for one in on(inventory, datetime.date(2026, 1, 1))] == [
        "OPD-006.accepted: OPD-006 needs no acceptance, take it out; accepted by it: Kiosk in a locked cabinet",
        "OPD-007.accepted: OPD-007 in Outpatient hall (a public room) has the profile imaging, whose zone is allowed in"
        " staff, clinical and technical rooms only; accepted by it: Kiosk in a locked cabinet",
    ]


@pytest.mark.parametrize(
    ("kind", "address", "told"), [("CT", "10.4.0.14", 1), ("MR", "10.4.0.14", 0), ("CT", "10.2.0.9", 0)]
)
def test_all_modalities_of_a_kind_in_one_vlan(inventory: Path, kind: str, address: str, told: int) -> None:
    own = ("ae_title: CT_2", f"address: {address}", f"modality_link_worklist_modality: {kind}")
    second = "\n          ".join(("ct-02:", *own)) + "\n        ct-01:"
    change(inventory, "hosts.yml", "ct-01:", second)
    found = on(inventory, datetime.date(2026, 1, 1))
    sentence = (
        "all 2 devices of the kind CT (ct-01, ct-02) are in VLAN 40: one fault there stops every one of them;"
        " spread them over two VLANs"
    )
    assert [(one.kind, one.key, one.sentence) for one in found] == [
        ("together", "network.zones.imaging", sentence)
    ] * told


def test_a_hospital_without_a_network_has_no_warnings(inventory: Path) -> None:
    (inventory / "group_vars/all/network.yml").unlink()
    intent = load(inventory)
    assert intent.network is None
    assert network_warnings(intent, EXPIRES) == []
