"""The archive takes and gives images to registered peers only, and nothing without a password."""

import json
from typing import Any

import pytest

PASSWORD = 'a "quoted" $ecret'
CONFIG = "/etc/wardround/pacs_server/orthanc.json"
PEER = "-aec WR_TEST 127.0.0.1 4242"


def said(host: Any, command: str) -> str:
    """What a dcmtk tool said; its exit code proves nothing."""
    done = host.run(command + " 2>&1")
    return str(done.stdout)


def test_a_registered_peer_stores_and_finds_its_patient(host: Any) -> None:
    assert "Received Echo Response (Success)" in said(host, f"echoscu -v -aet RAD_1 {PEER}")
    assert "Received Store Response (Success)" in said(host, f"storescu -v -aet SENDER {PEER} /tmp/ct.dcm")
    keys = "-k QueryRetrieveLevel=STUDY -k PatientName -k PatientID=WR0001"
    assert "(Success)" in said(host, f"mkdir -p /tmp/out; findscu -v -S -X -od /tmp/out -aet RAD_1 {keys} {PEER}")
    answer = json.loads(host.check_output("dcm2json /tmp/out/rsp0001.dcm"))
    assert answer["00100010"]["Value"] == [{"Alphabetic": "Wang^XiaoMing", "Ideographic": "王^小明"}]


@pytest.mark.parametrize("question", ["echoscu -v", "findscu -v -S -k QueryRetrieveLevel=STUDY -k PatientID"])
@pytest.mark.parametrize(
    ("calling", "called"),
    [("NOBODY", "WR_TEST"), ("RAD_2", "WR_TEST"), ("RAD_1", "ORTHANC"), ("RAD_1", "ANY-SCP")],
    ids=["unknown peer", "known peer from another address", "packaged title", "dcmtk's default title"],
)
def test_others_are_refused(host: Any, question: str, calling: str, called: str) -> None:
    answer = said(host, f"{question} -aet {calling} -aec {called} 127.0.0.1 4242")
    assert "Success" not in answer
    assert "Rejected" in answer or "Refused" in answer or "Aborted" in answer or "aborted" in answer


@pytest.mark.parametrize(
    "question",
    [
        "storescu -v -aet NOBODY {} /tmp/ct.dcm",
        "storescu -v -aet RAD_1 {} /tmp/ct.dcm",
        "findscu -v -S -k QueryRetrieveLevel=STUDY -k PatientID -aet SENDER {}",
        "findscu -v -W -k PatientID -aet RAD_1 {}",
    ],
    ids=["unknown sender", "desk that may not store", "sender that may not search", "desk without worklist"],
)
def test_a_peer_is_refused_what_it_may_not_ask(host: Any, question: str) -> None:
    answer = said(host, question.format(PEER))
    assert "Response (Success)" not in answer
    assert "Rejected" in answer or "aborted" in answer


def test_the_rights_are_the_hospitals_and_a_device_keeps_its_own(host: Any, ask: Any) -> None:
    device = {"name": "device", "ae_title": "CT_1", "address": "127.0.0.1", "may": ["echo", "store", "worklist"]}
    desk = {"name": "desk", "ae_title": "RAD_1", "address": "127.0.0.1"}
    peers(ask, peers=[{"name": "device"}], state="absent")
    assert peers(ask, peers=[desk])["changed"] is False
    assert peers(ask, peers=[device])["written"] == ["device"]
    assert peers(ask, peers=[device])["changed"] is False
    exact = peers(ask, peers=[desk], state="exact", keep=["device", "sender", "elsewhere"])
    assert (exact["changed"], exact["removed"]) == (False, [])
    taken = peers(ask, peers=[dict(device, name="other")])
    assert (taken["failed"], taken["msg"]) == (True, "AE title CT_1 is that of device; other cannot have it too")
    assert peers(ask, peers=[{"name": "device"}], state="absent")["removed"] == ["device"]


def peers(ask: Any, **arguments: Any) -> dict[str, Any]:
    unwanted = dict.fromkeys(("calling_ae", "called_ae", "host", "port"))
    return dict(ask("orthanc_peers", **arguments, **unwanted))


@pytest.mark.parametrize("path", ["/system", "/dicom-web/studies", "/patients", "/app/explorer.html"])
def test_nothing_is_served_without_the_password(host: Any, path: str) -> None:
    ask = f"curl -s -o /dev/null -w '%{{http_code}}' http://127.0.0.1:8042{path}"
    assert host.check_output(ask) == "401"
    assert host.check_output(f"{ask} -u workstation:wrong") == "401"


def test_the_packaged_credentials_are_dead(host: Any) -> None:
    assert (
        host.check_output("curl -s -o /dev/null -w '%{http_code}' -u orthanc:orthanc http://127.0.0.1:8042/system")
        == "401"
    )


def test_the_password_opens_dicomweb(host: Any) -> None:
    studies = json.loads(host.check_output("curl -s -K /root/curlrc http://127.0.0.1:8042/dicom-web/studies"))
    assert isinstance(studies, list)


def test_only_orthanc_reads_the_password(host: Any) -> None:
    file = host.file(CONFIG)
    assert (file.user, file.group, oct(file.mode)) == ("root", "orthanc", "0o640")
    assert json.loads(file.content_string)["RegisteredUsers"] == {"workstation": PASSWORD}
    assert "ecret" not in host.check_output("cat /proc/*/cmdline | tr '\\0' ' '")
    assert "ecret" not in host.check_output("journalctl --no-pager --output=cat")


def test_the_index_is_in_postgresql_without_a_password(host: Any) -> None:
    system = json.loads(host.check_output("curl -s -K /root/curlrc http://127.0.0.1:8042/system"))
    assert "PostgreSQL" in system["DatabaseBackendPlugin"]
    assert not host.file("/var/lib/orthanc/db-v6/index").exists
    name = host.check_output(
        "runuser -u orthanc -- psql -AtXc \"SELECT value FROM MainDicomTags WHERE value LIKE '%小明%' LIMIT 1\""
    )
    assert name == "Wang^XiaoMing=王^小明"


def test_the_service_is_confined_and_comes_back_after_a_reboot(host: Any) -> None:
    service = host.service("orthanc")
    assert service.is_running
    assert service.is_enabled
    shown = host.check_output("systemctl show orthanc -p NoNewPrivileges -p ProtectSystem -p CapabilityBoundingSet")
    assert {"NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet="} <= set(shown.split("\n"))
    assert host.check_output("ps -o user= -C Orthanc").strip() == "orthanc"
