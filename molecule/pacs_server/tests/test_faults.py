"""What a technician reads when the archive is full, frozen, silent or asked wrongly; nothing is half stored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

STORAGE = "/var/lib/orthanc/db-v6"
LOG = "cat /var/log/orthanc/Orthanc.log*"
WHERE = "at 127.0.0.1 port 4242"


def statistics(host: Any) -> str:
    return str(host.check_output("curl -s -K /root/curlrc http://127.0.0.1:8042/statistics"))


def store(ask: Any, number: int) -> dict[str, Any]:
    values = {"StudyInstanceUID": f"2.25.{number}"}
    return dict(ask("dicom_store", calling_ae="SENDER", source="/tmp/ct.dcm", values=values))


def restart(host: Any) -> None:
    """The service sees a mount that was made since it started only after a restart."""
    ready = "for i in $(seq 50); do curl -sf -K /root/curlrc http://127.0.0.1:8042/system >/dev/null && break"
    host.check_output(f"systemctl restart orthanc; {ready}; sleep 0.2; done")


@pytest.fixture
def small_disk(host: Any) -> Iterator[None]:
    """A disk of 70 MB for the images; 64 are kept in reserve (converge.yml), so there is room for some."""
    host.check_output(f"mount -t tmpfs -o size=70m,mode=0750,uid=$(id -u orthanc) none {STORAGE}")
    restart(host)
    yield
    host.check_output(f"systemctl stop orthanc; umount {STORAGE}")
    restart(host)


@pytest.mark.usefixtures("small_disk")
def test_a_full_disk_refuses_images_whole_and_the_archive_still_answers(host: Any, ask: Any) -> None:
    assert store(ask, 1)["status"] == "Success"
    before, files = statistics(host), host.check_output(f"find {STORAGE} -type f")
    host.check_output(f"fallocate -l 10M {STORAGE}/other; sleep 1")
    refused = store(ask, 2)
    assert refused["failed"]
    assert f"C-STORE: WR_TEST {WHERE}: the peer answered 0xa700 Refused: Out of resources" in refused["msg"]
    assert "its disk is full" in refused["msg"]
    assert statistics(host) == before
    host.check_output(f"rm {STORAGE}/other; sleep 1")
    assert host.check_output(f"find {STORAGE} -type f") == files
    assert ask("dicom_find", keys={"StudyInstanceUID": "2.25.1"})["matches"] != []
    assert store(ask, 2)["status"] == "Success"
    assert "MB are free, 64 MB are kept in reserve; nothing is stored" in host.check_output(LOG)


def test_a_frozen_archive_is_named(host: Any, ask: Any) -> None:
    host.check_output("systemctl kill -s STOP orthanc")
    try:
        said = ask("dicom_echo", deadline=2)["msg"]
    finally:
        host.check_output("systemctl kill -s CONT orthanc")
    expected = f"C-ECHO: WR_TEST {WHERE} took the connection and did not answer the association within 2 s"
    assert said == expected + "; its service hangs"


def test_a_peer_that_accepts_the_association_and_answers_nothing_is_named(host: Any, ask: Any) -> None:
    host.check_output("systemd-run --quiet --unit=silent-peer python3 /tmp/silent_peer.py 11113; sleep 1")
    silent = "accepted the association and answered nothing within 2 s"
    try:
        asked = {"port": 11113, "deadline": 2}
        for question in ("dicom_echo", "dicom_worklist"):
            assert silent in ask(question, **asked)["msg"]
        assert silent in ask("dicom_find", keys={"PatientID": ""}, **asked)["msg"]
        assert silent in ask("dicom_get", study_instance_uid="2.25.1", **asked)["msg"]
        assert silent in ask("dicom_store", source="/tmp/ct.dcm", **asked)["msg"]
    finally:
        host.check_output("systemctl stop silent-peer")


def test_wrong_ae_titles_are_told_apart(ask: Any) -> None:
    for stranger in ("NOBODY", "rad_1"):
        assert f"it does not know {stranger} from this host's address" in ask("dicom_echo", calling_ae=stranger)["msg"]
    assert "it does not call itself OTHER" in ask("dicom_echo", called_ae="OTHER")["msg"]
    assert "nothing listens there" in ask("dicom_echo", port=4243)["msg"]
    assert "it may not allow RAD_1 what was asked" in ask("dicom_worklist")["msg"]
