from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from tests.unit.intent.cases import INVENTORY, write_bad, write_good, write_good_network
from wardround.cli.main import main
from wardround.network.render import SWITCHES

MODELS = Path("models")
SWITCH_FILES = ["sw-01.cisco_ios.cfg", "sw-01.yml", "sw-02.h3c_comware7.cfg", "sw-02.yml"]
FILES = ["fw-01.nft", "fw-01.yml", "ids.rules", *SWITCH_FILES]


def run(*arguments: str) -> Result:
    given = ("-i", str(INVENTORY), "-o", str(MODELS), "--today", "2026-01-01")  # one of its flows expires later
    return CliRunner().invoke(main, ["compile", "network", *given, *arguments])


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_written_then_the_same(here: Path) -> None:
    write_good_network(here)
    assert run().output == "3 devices in models: 7 of 7 files written or removed\n"
    assert sorted(path.name for path in MODELS.iterdir()) == FILES
    assert run("--check").exit_code == 0
    assert run().output == "3 devices in models: 0 of 7 files written or removed\n"


def test_a_difference_is_shown_and_nothing_is_written(here: Path) -> None:
    inventory = write_good_network(here)
    run()
    before = (MODELS / "sw-02.yml").read_text(encoding="utf-8")
    path = inventory / "group_vars/all/network.yml"
    moved = path.read_text(encoding="utf-8").replace(
        "RAD-002: {switch: sw-02, port: GigabitEthernet1/0/2, profile: desk, host: rad-ws-02}",
        "RAD-002: {switch: sw-02, port: GigabitEthernet1/0/2, profile: guest}",
    )
    path.write_text(moved, encoding="utf-8")
    result = run("--check")
    assert result.exit_code == 1
    headers = [line for line in result.stdout.splitlines() if line.startswith(("---", "+++"))]
    changed = ("models/sw-02.h3c_comware7.cfg", "models/sw-02.yml")
    assert headers == [f"{sign} {path}" for path in changed for sign in ("---", "+++")]
    assert '-  GigabitEthernet1/0/2: {access: 20, description: "RAD-002 Reading room", enabled: true}' in result.stdout
    assert '+  GigabitEthernet1/0/2: {access: 90, description: "RAD-002 Reading room", enabled: true}' in result.stdout
    assert "2 of 7 files differ" in result.stderr
    assert "wardround compile network -i inventory -o models" in result.stderr
    assert (MODELS / "sw-02.yml").read_text(encoding="utf-8") == before


def test_a_device_that_is_no_more_goes_with_its_text_and_others_files_stay(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SWITCHES, "cisco_ios", (".cfg", lambda model: f"hostname {model.name}\n"))
    monkeypatch.delitem(SWITCHES, "h3c_comware7")
    write_good_network(here)
    run()
    assert (MODELS / "sw-01.cfg").read_text(encoding="utf-8") == "hostname sw-01\n"
    for suffix in (".yml", ".cfg"):
        (MODELS / f"sw-01{suffix}").rename(MODELS / f"sw-99{suffix}")
    (MODELS / "notes.yml").write_text("mine: true\n", encoding="utf-8")
    result = run("--check")
    assert result.exit_code == 1
    assert "+++ /dev/null" in result.stdout and "--- /dev/null" in result.stdout
    assert run().output == "3 devices in models: 4 of 6 files written or removed\n"
    kept = ["fw-01.nft", "fw-01.yml", "ids.rules", "notes.yml", "sw-01.cfg", "sw-01.yml", "sw-02.yml"]
    assert sorted(path.name for path in MODELS.iterdir()) == kept


def test_bad_data_are_refused(here: Path) -> None:
    expected = write_bad(here, "network_public_room")
    result = run()
    assert result.exit_code == 2
    assert result.stderr.splitlines() == expected
    assert not MODELS.exists()


def test_a_hospital_without_a_network(here: Path) -> None:
    write_good(here)
    result = run()
    assert result.exit_code == 2
    assert result.stderr.startswith("inventory: no network: inventory/group_vars/all/network.yml says what it is")


EXPORTS = ["fw-01.cisco_ios_acl.cfg", "fw-01.fortigate.cfg", "fw-01.paloalto.xml", "fw-01.srx.conf"]


def test_firewalls_are_exported_where_it_is_asked_for(here: Path) -> None:
    write_good_network(here)
    result = run(*(f"--export={name}" for name in ("srx", "paloalto", "fortigate", "cisco_ios_acl")))
    assert result.output == "3 devices in models: 11 of 11 files written or removed\n"
    assert sorted(path.name for path in MODELS.iterdir()) == sorted([*FILES, *EXPORTS])
    assert "replace: policies {" in (MODELS / "fw-01.srx.conf").read_text(encoding="utf-8")


def test_an_export_that_is_there_is_kept_up_to_date(here: Path) -> None:
    inventory = write_good_network(here)
    run("--export", "srx")
    path = inventory / "group_vars/all/network.yml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("ports: [104, 11112]", "ports: [104, 11113]"), encoding="utf-8"
    )
    result = run("--check")
    assert result.exit_code == 1
    assert "--- models/fw-01.srx.conf" in result.stdout
    assert run().exit_code == 0
    assert "destination-port 11113" in (MODELS / "fw-01.srx.conf").read_text(encoding="utf-8")
    (MODELS / "fw-01.srx.conf").unlink()
    assert run("--check").exit_code == 0


def test_a_firewall_that_is_no_more_goes_with_its_exports(here: Path) -> None:
    write_good_network(here)
    run("--export", "srx")
    for suffix in (".yml", ".nft", ".srx.conf"):
        (MODELS / f"fw-01{suffix}").rename(MODELS / f"fw-99{suffix}")
    assert run().output == "3 devices in models: 5 of 7 files written or removed\n"
    assert sorted(path.name for path in MODELS.iterdir()) == FILES


def test_what_cannot_be_exported_is_refused_and_nothing_is_written(here: Path) -> None:
    inventory = write_good_network(here)
    path = inventory / "group_vars/all/network.yml"
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    flows = data["network"]["flows"]
    flows["a" * 31] = flows.pop(next(iter(flows)))
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    result = run("--export", "fortigate")
    assert result.exit_code == 2
    assert result.stderr.startswith(f"fw-01: rule {'a' * 31}-ipv4: found a name of 36 characters; fortigate takes 35")
    assert not MODELS.exists()
