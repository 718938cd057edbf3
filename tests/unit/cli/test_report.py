"""`wardround report`: what it writes, and what it says when it cannot."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.unit.evidence.recorder import WAVES, Recorder
from tests.unit.intent.cases import write_good_network
from wardround.cli.report import report
from wardround.intent import load

ROOT = Path(__file__).parents[3]
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WARDROUND_STATE", str(tmp_path / "state"))
    return tmp_path / "state"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(report, ["-i", str(ROOT / "inventories/lab"), *map(str, arguments)])


def test_an_empty_record_makes_a_page_and_no_record(tmp_path: Path, state: Path) -> None:
    result = run("-o", tmp_path / "r.html")
    assert result.exit_code == 0, result.output
    assert "Nothing has been rolled out yet" in (tmp_path / "r.html").read_text()
    assert not state.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["r.html"]


def test_the_summary_for_scripts(tmp_path: Path) -> None:
    recorder = Recorder()
    by_hand = recorder.run("prove", "playbooks/prove_product.yml")
    for host in load(ROOT / "inventories/lab").hosts.values():
        for client in host.clients if host.department in ("radiology", "registration") else ():
            recorder.proof(host.name, "1.0", by_hand, None, "manual", product=client)
    recorder.upgrade("a1b2c3d4e5f6", "3.12.0", "3.13.2", WAVES)
    recorder.held_at_canary("0f1e2d3c4b5a", "3.13.2", "3.13.3-lab.1", WAVES, "rad-ws-01")
    recorder.journey(None, "manual", "measure")
    result = run("-o", tmp_path / "r.html", "--json")
    told = json.loads(result.output)
    assert told["journey"]["sentence"].startswith("The patient's journey is broken at step 4 of 8: measure GLU, at ")
    assert told["links"]["failed"] >= 1 and told["links"]["proved"] >= 1
    assert told["rollouts"][0]["waiting"] == []
    assert told["bytes"] == (tmp_path / "r.html").stat().st_size
    assert [(one["name"], one["served"], one["proved"]) for one in told["departments"] if one["proved"]] == [
        ("radiology", "yes", 4),
        ("registration", "yes", 2),
    ]
    assert [(one["to"], one["state"], one["done"]) for one in told["rollouts"]] == [
        ("3.13.3-lab.1", "held", 1),
        ("3.13.2", "done", 6),
    ]
    (failure,) = told["rollouts"][0]["failures"]
    assert (failure["host"], failure["state"], failure["cause"]) == ("rad-ws-01", "rolled_back", None)
    assert [check["name"] for check in failure["checks"]] == ["frame"]
    assert told["answers"]["next"] == [
        "Decide whose fault Radiology, Reading desk 1 is:"
        " wardround classify rad-ws-01 --as release|machine --reason REASON"
    ]


@pytest.mark.parametrize(("today", "said"), [("2026-12-31", "expiring within 30 days"), ("2027-01-01", "expired")])
def test_the_page_marks_flows_of_the_day_that_is_asked_about(tmp_path: Path, today: str, said: str) -> None:
    page = tmp_path / "r.html"
    arguments = ["-i", str(write_good_network(tmp_path)), "-o", str(page), "--today", today]
    result = CliRunner().invoke(report, arguments)
    assert result.exit_code == 0, result.output
    row = re.search(r'<tr[^>]*><th scope="row">imaging_pacs</th>(.*?)</tr>', page.read_text())
    assert row and re.findall(r'<span lang="en">(expir[^<]*)</span>', row[1]) == [said]


def test_a_setting_of_its_own_is_told_with_its_file_and_line(tmp_path: Path) -> None:
    hospital = tmp_path / "inventories/lab"
    shutil.copytree(ROOT / "inventories/lab", hospital)
    (tmp_path / "roles").symlink_to(ROOT / "roles")
    (tmp_path / "galaxy.yml").touch()
    own = hospital / "host_vars/rad-ws-01/pacs_client.yml"
    own.parent.mkdir(parents=True)
    own.write_text("---\n# the radiologist of the night shift\npacs_client_web_workers: 7\n")
    Recorder().upgrade("a1b2c3d4e5f6", "3.12.0", "3.13.2", WAVES)
    result = CliRunner().invoke(report, ["-i", str(hospital), "-o", str(tmp_path / "r.html")])
    assert result.exit_code == 0, result.output
    text = (tmp_path / "r.html").read_text()
    assert "pacs_client_web_workers" in text
    assert "host_vars/rad-ws-01/pacs_client.yml:3" in text
    assert "group_vars/dept_radiology/pacs_client.yml:4" in text


def test_pictures_travel_beside_the_page(tmp_path: Path) -> None:
    Recorder().upgrade("a1b2c3d4e5f6", "3.12.0", "3.13.2", WAVES)
    shots = tmp_path / "shots"
    shots.mkdir()
    (shots / "rad-ws-02.png").write_bytes(PNG)
    (tmp_path / "odd name <1>.png").write_bytes(PNG)
    result = run(
        "-o",
        tmp_path / "r.html",
        "--screenshots",
        shots,
        "--picture",
        tmp_path / "odd name <1>.png",
        "--caption",
        "CT 头颅",
    )
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in (tmp_path / "r-pictures").iterdir()) == [
        "01-rad-ws-02.png",
        "02-odd_name__1_.png",
    ]
    text = (tmp_path / "r.html").read_text()
    assert 'src="r-pictures/01-rad-ws-02.png"' in text
    assert 'src="r-pictures/02-odd_name__1_.png"' in text
    assert "Screen of Reading desk 2" in text
    assert "CT 头颅" in text


def test_each_picture_wants_a_caption(tmp_path: Path) -> None:
    result = run("-o", tmp_path / "r.html", "--picture", tmp_path / "a.png")
    assert result.exit_code == 2
    assert "1 --picture but 0 --caption" in result.output


@pytest.mark.parametrize(
    "options", [("--picture", "{}/no.png", "--caption", "x"), ("--screenshots", "{}/none"), ("-o", "{}/no/such/r.html")]
)
def test_what_cannot_be_read_or_written_is_named(tmp_path: Path, options: tuple[str, ...]) -> None:
    Recorder().upgrade("a1b2c3d4e5f6", "3.12.0", "3.13.2", WAVES)
    result = run("-o", tmp_path / "r.html", *(option.format(tmp_path) for option in options))
    assert result.exit_code == 2, result.output
    assert str(tmp_path) in result.output
    assert not (tmp_path / "r.html").exists()


def test_a_hospital_with_mistakes_is_bad_input(tmp_path: Path) -> None:
    result = CliRunner().invoke(report, ["-i", str(tmp_path / "nowhere"), "-o", str(tmp_path / "r.html")])
    assert result.exit_code == 2
    assert "nowhere" in result.output


@pytest.mark.parametrize("damage", ["text", "truncated", "row"])
def test_a_damaged_record_is_named_with_the_way_out(tmp_path: Path, state: Path, damage: str) -> None:
    recorder = Recorder()
    recorder.upgrade("a1b2c3d4e5f6", "3.12.0", "3.13.2", WAVES)
    if damage == "row":
        recorder.db.execute("UPDATE proofs SET checks = '[{'")
    recorder.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    recorder.db.close()
    path = state / "wardround.db"
    if damage == "text":
        path.write_text("this is not a database, and it is longer than a header " * 20)
    if damage == "truncated":
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    result = run("-o", tmp_path / "r.html")
    assert result.exit_code == 1, result.output
    assert str(path) in result.output
    assert "wardround apply" in result.output
    assert not (tmp_path / "r.html").exists()
