"""The HIS is closed by default, confined, keeps its secrets, and holds what the hospital says about itself."""

import json
from typing import Any

import pytest

SETTINGS = "/etc/wardround/his_server"
CURL = f"curl -s -o /dev/null -w '%{{http_code}}' --cacert {SETTINGS}/ca.crt"
VERSION = """-H 'Content-Type: application/json' -d '{"id":0,"method":"common.server.version","params":[]}'"""


def sql(host: Any, statement: str) -> list[str]:
    command = f'runuser -u postgres -- psql -XAtq health -c "{statement}"'
    return str(host.check_output(command)).splitlines()


def test_the_service_runs_confined_and_comes_back_after_a_reboot(host: Any) -> None:
    service = host.service("his_server")
    assert service.is_running
    assert service.is_enabled
    assert host.service("nginx").is_enabled and host.service("postgresql").is_enabled
    process = host.process.get(comm="gnuhealth-serve")
    assert process.user == "gnuhealth"
    said = host.check_output("systemd-analyze security his_server --no-pager | tail -n 1")
    assert float(said.split(":")[1].split()[0]) <= 1.5, said


def test_nothing_but_tls_is_reached_from_outside(host: Any) -> None:
    listening = {line.split()[3] for line in host.check_output("ss -Hltn").splitlines()}
    assert {address for address in listening if not address.startswith(("127.0.0.1:", "[::1]:"))} == set()
    # The scenario's clinical address is 127.0.0.1 itself: 443 is the door, the others stay inside.
    assert {"127.0.0.1:443", "127.0.0.1:8000", "127.0.0.1:5432"} <= listening


def test_the_hospitals_own_certificate_is_shown_over_modern_tls_only(host: Any) -> None:
    assert host.check_output(f"{CURL} {VERSION} https://127.0.0.1/") == "200"
    assert host.run(f"curl -s {VERSION} https://127.0.0.1/").rc == 60  # not the public's authorities
    assert host.run(f"{CURL} --tls-max 1.1 https://127.0.0.1/").rc == 35
    assert host.run(f"{CURL} --tlsv1.2 --tls-max 1.2 https://127.0.0.1/").rc == 0
    head = host.check_output(f"curl -s -i --cacert {SETTINGS}/ca.crt https://127.0.0.1/").lower()
    assert "strict-transport-security" not in head
    assert "server: nginx\r" in head + "\r" or "server: nginx\n" in head.replace("\r", "")


def test_secrets_are_read_by_root_only_and_are_nowhere_else(host: Any) -> None:
    for name in ("admin.json", "server.key"):
        file = host.file(f"{SETTINGS}/{name}")
        assert (file.user, file.group, oct(file.mode)) == ("root", "root", "0o600")
    assert "ecret" not in host.check_output("cat /proc/*/cmdline | tr '\\0' ' '")
    assert "ecret" not in host.check_output("journalctl --no-pager --output=cat")
    found = host.run(f"grep -rlF -e '$ecret' /etc /opt /run /var/log /var/lib/his_server --exclude-dir={SETTINGS}")
    assert found.stdout.split() == [f"{SETTINGS}/admin.json"]
    assert json.loads(host.file(f"{SETTINGS}/admin.json").content_string)["password"] == 'a "quoted" $ecret'


def test_no_password_is_one_that_everybody_knows(host: Any) -> None:
    assert sql(host, "select login from res_user where password_hash is not null order by login") == [
        "admin", "med", "reg",
    ]  # fmt: skip
    assert sql(host, "select login from res_user where active order by login") == ["admin", "med", "reg"]


@pytest.mark.parametrize("password", ["admin", "gnusolidario"])
def test_the_administrator_has_no_default_password(record: Any, login: Any, password: str) -> None:
    found = record("admin", settings=login("admin", password=password), model="res.user", match={"login": "admin"})
    assert "wrong password or unknown user" in found["msg"]


def test_the_modules_of_a_his_are_active(host: Any) -> None:
    active = set(sql(host, "select name from ir_module where state = 'activated'"))
    assert {"health", "health_lab", "health_imaging", "health_inpatient", "health_services"} <= active
    assert sql(host, "select shobj_description(oid, 'pg_database') from pg_database where datname = 'health'") == [
        "gnuhealth 5.0.0"
    ]


def test_the_hospital_knows_itself(record: Any) -> None:
    (company,) = record(
        "admin", state="read", model="company.company", match={"party.name": "测试医院"},
        fields=["currency.code", "timezone", "party.ref"],
    )["records"]  # fmt: skip
    assert (company["currency.code"], company["timezone"]) == ("CNY", "Asia/Shanghai")
    (professional,) = record(
        "admin", state="read", model="gnuhealth.healthprofessional", match={"party.ref": "STAFF-med"},
        fields=["party.lastname", "party.name", "party.internal_user.login", "institution.code"],
    )["records"]  # fmt: skip
    assert professional["party.lastname"] + professional["party.name"] == "张伟"
    assert (professional["party.internal_user.login"], professional["institution.code"]) == ("med", "TEST")


def test_what_can_be_ordered_is_what_the_hospital_lists(record: Any) -> None:
    (test,) = record(
        "med", state="read", model="gnuhealth.lab.test_type", match={"code": "GLU"},
        fields=["critearea.code", "critearea.units.name", "critearea.lower_limit", "critearea.upper_limit"],
    )["records"]  # fmt: skip
    (analyte,) = test["critearea"]
    assert (analyte["units.name"], analyte["lower_limit"], analyte["upper_limit"]) == ("mmol/L", 3.9, 6.1)
    studies = record(
        "med", state="read", model="gnuhealth.imaging.test", match=[], fields=["code", "test_type.code"]
    )["records"]  # fmt: skip
    assert {(study["code"], study["test_type.code"]) for study in studies} == {("CT-CHEST", "CT"), ("ECG-12", "ECG")}


def test_a_user_may_do_its_work_and_no_more(record: Any) -> None:
    assert not record("reg", state="read", model="gnuhealth.patient", match=[])["failed"]
    assert "not allowed" in record("reg", state="read", model="gnuhealth.lab", match=[])["msg"]
    assert "not allowed" in record("med", model="res.user", match={"login": "med"}, values={"name": "x"})["msg"]
