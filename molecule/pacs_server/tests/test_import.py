"""An archive of before PostgreSQL is left alone and named, or taken over image by image when that is asked for."""

from __future__ import annotations

import json
from typing import Any

import pytest

STORAGE = "/var/lib/orthanc/db-v6"
OLD = {"StorageDirectory": "/tmp/old", "IndexDirectory": "/tmp/old", "HttpPort": 8043, "DicomPort": 4243}
WAIT = "for i in $(seq 50); do curl -sf http://127.0.0.1:8043/system >/dev/null && break; sleep 0.2; done"


@pytest.fixture
def old_archive(host: Any) -> None:
    """An index in SQLite with one compressed image, where an earlier converge had it."""
    settings = json.dumps({**OLD, "AuthenticationEnabled": False, "StorageCompression": True})
    host.check_output(f"rm -rf /tmp/old; echo '{settings}' > /tmp/old.json")
    host.check_output("systemd-run --quiet --unit=old Orthanc /tmp/old.json")
    other = 'cp /tmp/ct.dcm /tmp/other.dcm && dcmodify -nb -i "StudyInstanceUID=2.25.99" -gin -gse /tmp/other.dcm'
    host.check_output(f"{other}; {WAIT}; curl -sf http://127.0.0.1:8043/instances --data-binary @/tmp/other.dcm")
    host.check_output(f"systemctl stop old; chown -R orthanc: /tmp/old; cp -a /tmp/old/. {STORAGE}/")


@pytest.mark.usefixtures("old_archive")
@pytest.mark.long
def test_an_archive_of_before_postgresql_is_refused_or_taken_over(host: Any, ask: Any, converge: Any) -> None:
    refused = converge()
    assert refused.returncode != 0
    assert "has an archive with its index in SQLite" in refused.stderr
    assert host.file(f"{STORAGE}/index").exists
    assert host.service("orthanc").is_running
    done = converge(pacs_server_sqlite_archive="import")
    assert done.returncode == 0, done.stdout
    assert host.check_output("cat /var/lib/orthanc/sqlite-archive/imported") == "1 images"
    assert not host.file(f"{STORAGE}/index").exists
    (found,) = ask("dicom_find", keys={"StudyInstanceUID": "2.25.99", "PatientName": ""})["matches"]
    assert found["PatientName"] == "Wang^XiaoMing=王^小明"
    again = converge(pacs_server_sqlite_archive="import")
    assert "changed=0" in again.stdout
