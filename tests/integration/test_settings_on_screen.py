"""A department's settings as its running HIS or LIS client shows them: one desk of each department, on its screen.

The proofs of a roll-out ask no screen: a look costs seconds on every desk and in every wave.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from tests.integration.rehearsal import TestHospital
from wardround.intent import Host, load

FILE = {"zh_CN": "文件", "en": "File"}  # the client's first menu
# What GNU Health itself calls the windows that departments start with, in each language that a desk has.
PAGES = {
    ("appointments", "en"): "Appointments",
    ("appointments", "zh_CN"): "患者预约",
    ("imaging_requests", "zh_CN"): "医学影像: 检查申请列表",
    ("inpatients", "en"): "Hospitalizations",
    ("lab_requests", "zh_CN"): "实验室: 检验申请列表",
    ("lab_results", "zh_CN"): "实验室: 检验结果列表",
}


def having(hospital: TestHospital, product: str) -> list[Host]:
    return [host for host in load(hospital.root / "inventories/lab").hosts.values() if product in host.clients]


def prove_on_screen(hospital: TestHospital, product: str, desks: Sequence[Host]) -> None:
    """Prove a product on these desks with a look at their screens, and hold what was seen to their own settings."""
    done = hospital.call(
        *("ansible-playbook", "playbooks/prove_product.yml", "--limit", ",".join(desk.name for desk in desks)),
        *("--forks", "2"),  # as many clients start at once as there are cores
        *("-e", f"product={product}", "-e", f"{product}_screen=true"),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for desk in desks:
        query = "SELECT checks FROM proofs WHERE host = ? AND product = ? ORDER BY seq DESC LIMIT 1"
        (newest,) = hospital.rows(query, desk.name, product)
        seen = {check["name"]: check for check in json.loads(newest["checks"])}["screen"]
        view, language = desk.vars[f"{product}_start_view"], desk.vars[f"{product}_language"]
        assert seen["ok"], (desk.name, seen)
        assert seen["expected"] == f"{view} in {language}"
        assert seen["found"] == f"menu 「{FILE[language]}」, page 「{PAGES[view, language]}」", desk.name


def test_one_desk_of_each_department_shows_its_language_and_start_view(hospital: TestHospital) -> None:
    desks = {host.department: host for host in having(hospital, "his_client")}
    assert len(desks) == 5, desks
    prove_on_screen(hospital, "his_client", list(desks.values()))


def test_the_laboratorys_bench_shows_its_language_and_start_view(hospital: TestHospital) -> None:
    benches = [host for host in having(hospital, "lis_client") if host.department == "laboratory"]
    assert [bench.name for bench in benches] == ["lab-ws-01"]
    prove_on_screen(hospital, "lis_client", benches)
