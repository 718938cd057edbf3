"""What the workstation serves to its user, and what it keeps to itself."""

import base64
import json
from typing import Any

SETTINGS = "/etc/wardround/pacs_client"
BASIC = "Basic " + base64.b64encode(b'workstation:a "quoted" $ecret').decode()


def get(host: Any, path: str) -> tuple[int, str, str]:
    """(status, header lines, body) of a GET on the workstation's own port."""
    answer = host.check_output(f"curl -s -i http://127.0.0.1{path}").replace("\r", "")
    head, _blank, body = answer.partition("\n\n")
    return int(head.split()[1]), head.lower(), body


def test_the_release_is_served(host: Any) -> None:
    assert json.loads(get(host, "/release.json")[2])["version"] == "1.0"


def test_the_settings_are_the_releases_followed_by_the_departments(host: Any) -> None:
    status, head, body = get(host, "/app-config.js")
    assert status == 200
    assert "content-type: application/javascript" in head
    release, settings = body.split("Object.assign(window.config, ")
    assert '"wadoRoot": "/dicom-web"' in release
    assert json.JSONDecoder().raw_decode(settings)[0] == {
        "showStudyList": False,
        "maxNumberOfWebWorkers": 3,
        "wardround": {
            "language": "zh_CN",
            "worklist": ["CT", "CR"],
            "window_presets": [{"name": "肺窗", "center": -600, "width": 1500}],
            "hanging_preset": "grid",
        },
    }
    assert get(host, "/settings.js")[0] == 404


def test_what_names_the_release_is_never_kept_by_a_browser(host: Any) -> None:
    for path in ("/", "/index.html", "/app-config.js", "/release.json", "/viewer", "/ecg.html"):
        assert "cache-control: no-store" in get(host, path)[1], path
    assert "cache-control: no-cache" in get(host, "/app.js")[1]


def test_views_get_the_page_and_missing_assets_an_error(host: Any) -> None:
    assert "<script" in get(host, "/viewer?StudyInstanceUIDs=1.2.3")[2]
    assert [get(host, path)[0] for path in ("/none.js", "/a/none.css", "/.sha256")] == [404, 404, 404]


def test_the_page_for_ecgs_is_there_whatever_the_release(host: Any) -> None:
    for path in ("/ecg.html?StudyInstanceUIDs=1.2", "/ecg?StudyInstanceUIDs=1.2"):
        status, head, body = get(host, path)
        assert (status, "content-type: text/html; charset=utf-8" in head) == (200, True)
        assert "25 mm a second, 10 mm a millivolt" in body


def test_the_archive_is_asked_with_the_password_and_it_stays_here(host: Any) -> None:
    asked = json.loads(get(host, "/dicom-web/studies?PatientName=x")[2])
    assert asked == {"path": "/dicom-web/studies?PatientName=x", "authorization": BASIC}
    file = host.file(f"{SETTINGS}/authorization.conf")
    assert (file.user, file.group, oct(file.mode)) == ("root", "root", "0o600")
    secret = BASIC.split()[1]
    assert secret not in host.check_output("cat /proc/*/cmdline | tr '\\0' ' '")
    assert host.run(f"grep -rlF -e '{secret}' -e '$ecret' /etc /opt /var/log --exclude=authorization.conf").stdout == ""
    assert "$ecret" not in host.check_output("journalctl --no-pager --output=cat")


def test_only_the_workstation_itself_reaches_the_viewer(host: Any) -> None:
    assert host.socket("tcp://127.0.0.1:80").is_listening
    assert not host.socket("tcp://0.0.0.0:80").is_listening


def test_a_technician_finds_the_ae_title_and_the_peers(host: Any) -> None:
    file = host.file(f"{SETTINGS}/dicom.json")
    peer = {"name": "wr-mol-pacs-client", "ae_title": "WR_TEST", "address": "127.0.0.1", "port": 4242}
    assert json.loads(file.content_string) == {"ae_title": "WR_TEST", "peers": [peer]}
    assert oct(file.mode) == "0o644"


def test_the_viewer_comes_back_after_a_reboot(host: Any) -> None:
    assert host.service("nginx").is_running
    assert host.service("nginx").is_enabled
