"""A department's settings as its running HIS or LIS client shows them: one desk of each department, on its screen.

The proofs of a roll-out ask no screen: a look costs seconds on every desk and in every wave.
"""

from __future__ import annotations

import json

from lab import screen
from tests.integration.rehearsal import TestHospital
from wardround.intent import load

FILE = {"zh_CN": "文件", "en": "File"}  # the client's first menu


def test_one_desk_of_each_department_shows_its_language_and_start_view(hospital: TestHospital) -> None:
    having = [host for host in load(hospital.root / "inventories/lab").hosts.values() if "his_client" in host.clients]
    desks = {host.department: host for host in having}
    names = [host.name for host in desks.values()]
    assert len(names) == 5, names
    done = hospital.call(
        *("ansible-playbook", "playbooks/prove_product.yml", "--limit", ",".join(names)),
        *("--forks", "2"),  # as many clients start at once as there are cores
        *("-e", "product=his_client", "-e", "his_client_screen=true"),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for host in desks.values():
        newest = hospital.rows("SELECT checks FROM proofs WHERE host = ? ORDER BY seq DESC LIMIT 1", host.name)
        checks = {check["name"]: check for check in json.loads(newest[0]["checks"])}
        seen, language = checks["screen"], host.vars["his_client_language"]
        assert seen["ok"], (host.name, seen)
        assert seen["found"].startswith(f"menu 「{FILE[language]}」, page 「"), (host.name, seen)
        assert seen["expected"] == f"{host.vars['his_client_start_view']} in {language}"


def test_the_laboratorys_bench_shows_its_language_and_start_view(hospital: TestHospital) -> None:
    seen = screen.look("lab-ws-01", {"product": "lis_client", "deadline": screen.SECONDS})
    assert seen["file_menu"] == "文件" and "文件" in seen["menus"]
    assert seen["tabs"], seen
