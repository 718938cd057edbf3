"""Two clients on one desk, for any of its users; passwords stay with root, and nothing goes out in clear."""

import json

import pytest
from desk import Desk, wait_for

USER = "wang"
pytestmark = pytest.mark.long


def as_user(desk: Desk, command: str) -> str:
    """What a command prints, run by an ordinary user of the desk on a virtual screen."""
    desk.host.check_output(f"id {USER} 2>/dev/null || useradd --create-home {USER}")
    return str(desk.host.check_output(f"runuser -l {USER} -c 'xvfb-run -a {command}'"))


@pytest.mark.parametrize(("command", "version"), [("his-client", "5.0.0"), ("lis-client", "5.0.2")])
def test_any_user_starts_either_client(his: Desk, command: str, version: str) -> None:
    assert f"GNUHealth {version}\n" in as_user(his, f"{command} --version") + "\n"
    assert not his.host.run("find /opt/wardround -name __pycache__").stdout


def test_both_are_verified_and_their_servers_are_missed(his: Desk, lis: Desk) -> None:
    expected = {"user": "reg", "language": "zh_CN", "view": "patients", "section": ""}
    checks = his.checks(**expected)
    assert {name for name, (ok, _found) in checks.items() if ok} == {"version", "profile"}
    assert checks["series"] == (False, "https://127.0.0.1:443 cannot be reached for reg: Connection refused")
    found = lis.checks(user="lab", language="en", view="lab_results", section="hematology")
    assert (found["version"], found["profile"][0]) == ((True, "5.0.2"), True)


def test_the_desks_settings_are_its_departments(his: Desk, lis: Desk) -> None:
    desk = json.loads(his.host.file(f"{his.etc}/desk.json").content_string)
    assert (desk["language"], desk["view"], desk["domain"]) == ("zh_CN", "patients", [])
    desk = json.loads(his.host.file(f"{lis.etc}/desk.json").content_string)
    assert (desk["view"], desk["section"]) == ("lab_results", "hematology")
    assert desk["domain"] == [["test.category", "=", "hematology"]]


def test_the_passwords_stay_with_root(his: Desk, lis: Desk) -> None:
    for desk, password in ((his, 'his "quoted" $ecret'), (lis, 'lis "quoted" $ecret')):
        file = desk.host.file(f"{desk.etc}/login.json")
        assert (file.user, file.group, oct(file.mode)) == ("root", "root", "0o600")
        assert json.loads(file.content_string)["password"] == password
    as_user(his, "his-client --version")
    found = his.host.run("grep -rlF '$ecret' /etc /opt /var/log /usr/local /home --exclude=login.json").stdout
    assert found == ""
    assert "$ecret" not in his.host.check_output("journalctl --no-pager --output=cat")


def test_the_clients_are_offered_on_the_desktop(his: Desk) -> None:
    for command in ("his-client", "lis-client"):
        entry = his.host.file(f"/usr/local/share/applications/{command}.desktop").content_string
        settings = dict(line.split("=", 1) for line in entry.splitlines() if "=" in line)
        assert settings["Exec"] == f"/usr/local/bin/{command}"
        assert settings["Name[zh_CN]"]
        assert his.host.file(settings["Icon"]).exists


def test_the_probe_leaves_nothing_behind(his: Desk) -> None:
    before = his.host.check_output("ls /tmp")
    assert his.screen(deadline=4)["failed"]
    his.probe("version")
    assert his.host.check_output("ls /tmp") == before
    wait_for(lambda: his.host.run("pgrep -u wardround-probe").stdout == "")


def test_a_server_without_tls_hears_no_word_in_clear(his: Desk) -> None:
    with his.listening(443) as heard:
        assert his.screen(deadline=30)["failed"]
        assert heard(), "the client did not even ask"
        assert {words[:1] for words in heard()} == {b"\x16"}


def test_without_the_desks_launcher_the_client_would_speak_in_clear(his: Desk) -> None:
    # The positive control of the test above: what the launcher prevents.
    program = f"{his.root}/releases/5.0.0/bin/gnuhealth-client"
    his.host.check_output(f"id {USER} 2>/dev/null || useradd --create-home {USER}")
    start = f"xvfb-run -a timeout 12 {program} --server=127.0.0.1:443"
    with his.listening(443) as heard:
        his.host.run(f"runuser -l {USER} -c 'rm -rf .config/gnuhealth; {start}'")
        assert any(words.startswith(b"POST / HTTP/1") for words in heard())
