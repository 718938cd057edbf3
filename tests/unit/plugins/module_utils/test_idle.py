"""A desk is idle only when every question was answered and every answer is no."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.wardround.hospital.plugins.module_utils import idle, proc
from hypothesis import given
from hypothesis import strategies as st

NURSE = {
    "Id": "c3",
    "User": "1000",
    "Name": "nurse1",
    "Timestamp": "Mon 2026-11-23 12:22:13 UTC",
    "Seat": "seat0",
    "Remote": "no",
    "Service": "login",
    "Class": "user",
    "State": "active",
    "LockedHint": "no",
}
ROOT_SSH = NURSE | {
    "User": "0",
    "Name": "root",
    "Seat": "",
    "Service": "sshd",
    "Remote": "yes",
    "RemoteHost": "10.0.0.9",
}
NAMES = {0: "root", 33: "www-data", 1000: "nurse1"}
JOBS = """\
receipts-7              nurse1            1024   Mon Nov 23 12:09:58 2026
label-films-12          Dr Wang        15360   Mon Nov 23 12:10:02 2026
"""


def printed(session: dict[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in session.items())


@given(
    st.dictionaries(
        st.from_regex(r"[A-Z][A-Za-z]{0,9}", fullmatch=True), st.text(st.characters(exclude_categories=["C", "Z"]))
    )
)
def test_a_session_is_read_back(extra: dict[str, str]) -> None:
    session = extra | {"Id": "c3", "Class": "user", "User": "1000"}
    assert idle.parse_session(printed(session)) == session


@given(st.text())
def test_anything_else_is_no_session(text: str) -> None:
    with pytest.raises(idle.Unknown):
        idle.parse_session(text)


def test_a_session_says_who_where_and_since_when() -> None:
    assert idle.session_reason(NURSE) == "nurse1 is logged in at seat0 since 2026-11-23 12:22:13 UTC"


@pytest.mark.parametrize(
    ("session", "said"),
    [
        (NURSE | {"LockedHint": "yes"}, "at seat0 since 2026-11-23 12:22:13 UTC, the screen is locked"),
        (NURSE | {"State": "online"}, "nurse1 is logged in"),
        (NURSE | {"Class": "user-incomplete"}, "nurse1 is logged in"),
        (NURSE | {"Class": "a later systemd's class"}, "nurse1 is logged in"),
        (NURSE | {"Seat": "", "TTY": "tty2"}, "at tty2"),
        (NURSE | {"Seat": ""}, "at no known seat"),
        (ROOT_SSH | {"Name": "nurse1", "User": "1000"}, "nurse1 is logged in from 10.0.0.9"),
        (NURSE | {"Name": "root", "User": "0", "TTY": "tty1"}, "root is logged in"),
        ({"Id": "1", "Class": "user", "User": "77"}, "77 is logged in at no known seat since an unknown time"),
    ],
)
def test_these_sessions_are_people(session: dict[str, str], said: str) -> None:
    assert idle.sitting([session], ["someone else"], own="c9") == [session]
    assert said in idle.session_reason(session)


@pytest.mark.parametrize(
    "session",
    [
        ROOT_SSH,
        NURSE | {"Service": "sshd", "Remote": "yes", "Id": "c9"},  # the one this module runs in
        NURSE | {"State": "closing"},
        NURSE | {"Name": "kiosk"},
        *[NURSE | {"Class": kind} for kind in ("manager", "background", "greeter", "manager-early")],
    ],
)
def test_these_are_not(session: dict[str, str]) -> None:
    assert idle.sitting([session], ["kiosk"], own="c9") == []


def test_the_own_session_is_read_from_its_scope() -> None:
    assert idle.own_session("0::/user.slice/user-0.slice/session-c12.scope\n") == "c12"
    assert idle.own_session("1:name=systemd:/x/session-3.scope/sub\n0::/\n") == "3"
    assert idle.own_session("0::/system.slice/ssh.service\n") is None


@pytest.mark.parametrize(
    ("uid", "is_one"),
    [(0, False), (33, False), (999, False), (1000, True), (61184, False), (65534, False), (200001, True)],
)
def test_people_are_told_from_services(uid: int, is_one: bool) -> None:
    assert idle.person(uid) is is_one


def process(*arguments: str, exe: str | None = "/usr/bin/python3.13", uid: int = 1000, pid: int = 12) -> dict[str, Any]:
    return {"pid": pid, "name": "python3", "uid": uid, "since": 1000.0, "exe": exe, "arguments": list(arguments)}


@pytest.mark.parametrize(
    ("one", "product"),
    [
        (process("python3", "/opt/wardround/his_client/releases/5.0.0/lib/x.py"), ("his_client", "5.0.0")),
        (process("-x", "--path=/opt/wardround/his_client/current/lib"), ("his_client", None)),
        (process("x:/opt/wardround/lis_client/releases/5.0.2:/usr"), ("lis_client", "5.0.2")),
        (process(exe="/opt/wardround/viewer/releases/1.0/bin/viewer (deleted)"), ("viewer", "1.0")),
        (process(exe=None), None),
        (process("cat", "/opt/wardround/his_client/journal.jsonl"), None),
        (process("cat", "/opt/wardround/his_client/currently"), None),
        (process("cat", "/srv/his_client/releases/1/x"), None),
    ],
)
def test_clinical_programs_are_known_by_where_they_lie(one: dict[str, Any], product: tuple[str, str] | None) -> None:
    assert idle.product_of(one, ["/opt/wardround", "/data/wardround"]) == product


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_path_among_any_text_is_found(before: str, after: str) -> None:
    one = process(f"{before}/opt/wardround/p/releases/1.0/{after}")
    assert idle.product_of(one, ["/opt/wardround"]) is not None


def test_several_processes_of_one_program_are_one_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    path = "/opt/wardround/his_client/releases/5.0.0/x"
    used = idle.programs([process(path), process(path, pid=13), process(path, uid=5000)], ["/opt/wardround"], NAMES)
    assert [idle.program_reason(one) for one in used] == [
        "his_client 5.0.0 is used by nurse1 since 1970-01-01 00:16:40 UTC (python3, process 12)",
        "his_client 5.0.0 is used by user 5000 since 1970-01-01 00:16:40 UTC (python3, process 12)",
    ]


def test_programs_that_may_not_be_seen_are_a_reason() -> None:
    hidden = [process("sh", exe=None), process("/opt/wardround/p/current/x", exe=None), process("ls")]
    said = idle.unseen_reasons(hidden, ["/opt/wardround"], NAMES, set())
    assert said == [
        "it is unknown which programs nurse1 runs (process 12, python3): looking needs root with CAP_SYS_PTRACE"
    ]
    assert idle.unseen_reasons(hidden[1:], ["/opt/wardround"], NAMES, set()) == []
    assert idle.unseen_reasons(hidden, ["/opt/wardround"], NAMES, {1000}) == []


def tcp(local: tuple[str, int], remote: tuple[str, int], uid: int, state: int = proc.ESTABLISHED) -> dict[str, Any]:
    return {"local": local, "remote": remote, "state": state, "uid": uid, "inode": hash((local, remote))}


VIEWER, BROWSER, ELSEWHERE = ("127.0.0.1", 80), ("127.0.0.1", 40000), ("10.87.20.11", 4242)
LISTENING = tcp(("0.0.0.0", 80), ("0.0.0.0", 0), 0, proc.LISTEN)
SERVER_END = tcp(VIEWER, BROWSER, 33)


@pytest.mark.parametrize(
    ("found", "clients"),
    [
        ([LISTENING, SERVER_END, tcp(BROWSER, VIEWER, 1000)], [1000]),
        ([LISTENING, SERVER_END, tcp(BROWSER, VIEWER, 0)], []),
        ([LISTENING, SERVER_END, tcp(BROWSER, VIEWER, 33)], []),
        ([LISTENING, tcp(VIEWER, ("10.87.20.22", 40000), 33)], [33]),  # somebody at another machine
        ([SERVER_END, tcp(BROWSER, VIEWER, 1000)], []),  # nothing listens there
        ([LISTENING, tcp(("10.87.20.21", 40000), ("10.87.20.11", 80), 1000)], []),  # another machine's page
        ([LISTENING, tcp(BROWSER, VIEWER, 1000, 6)], []),  # closed
    ],
)
def test_a_viewer_is_open_where_somebody_is_connected(found: list[dict[str, Any]], clients: list[int]) -> None:
    assert [one["uid"] for one in idle.viewer_connections(found, [80], {0, 33})] == clients


def test_a_connection_inside_the_machine_counts_once() -> None:
    ends = [tcp(("::1", 11112), ("::1", 40000), 33), tcp(("::1", 40000), ("::1", 11112), 33)]
    assert idle.peer_connections(ends, [11112]) == idle.peer_connections(ends[::-1], [11112]) == ends[1:]


@given(st.integers(0, 65535), st.integers(0, 65535), st.integers(1, 12))
def test_an_established_connection_counts_by_either_port(local: int, remote: int, state: int) -> None:
    found = idle.peer_connections([tcp(("10.0.0.1", local), ("10.0.0.2", remote), 0, state)], [104, 2575])
    assert bool(found) == (state == proc.ESTABLISHED and bool({local, remote} & {104, 2575}))


def test_a_connection_says_who_holds_it_with_whom() -> None:
    out, back = tcp(BROWSER, ELSEWHERE, 1000), tcp(("10.87.20.21", 11112), ("10.87.20.11", 50000), 0)
    assert idle.connection_reason(out, "DICOM", [4242], (9, "findscu"), NAMES) == (
        "findscu of nurse1 (process 9) has an open DICOM connection to 10.87.20.11 port 4242"
    )
    assert idle.connection_reason(back, "DICOM", [11112], None, NAMES) == (
        "10.87.20.11 has an open DICOM connection to port 11112 here, held by a program of root"
    )


def test_print_jobs_are_read() -> None:
    assert idle.parse_jobs(JOBS) == [
        {"job": "receipts-7", "user": "nurse1", "since": "Mon Nov 23 12:09:58 2026"},
        {"job": "label-films-12", "user": "Dr Wang", "since": "Mon Nov 23 12:10:02 2026"},
    ]
    assert idle.parse_jobs("") == []


@given(st.text())
def test_any_line_is_a_job_or_an_error(text: str) -> None:
    try:
        assert len(idle.parse_jobs(text)) == len(text.splitlines())
    except idle.Unknown as error:
        assert "no print job" in str(error)


def tool(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text("#!/bin/sh\n" + script)
    (folder / name).chmod(0o755)


PARAMETERS = {
    "roots": ["/opt/wardround"],
    "viewer_ports": [],
    "dicom_ports": [],
    "hl7_ports": [],
    "ignore_users": [],
    "deadline": 0.5,
}
LOGIND = '[ "$1" = list-sessions ] && echo "c3 1000 nurse1 seat0 1 user - no -"\n'


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A desk where nobody is: scripted loginctl and lpstat, no process and no connection."""
    tool(tmp_path, "loginctl", "exit 0\n")
    tool(tmp_path, "lpstat", "exit 0\n")
    (tmp_path / "pam.d").mkdir()
    (tmp_path / "pam.d/common-session").write_text("session required pam_unix.so\n-session optional pam_systemd.so\n")
    monkeypatch.setattr(idle, "PAM", tmp_path / "pam.d")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(proc, "processes", lambda chosen: [])
    monkeypatch.setattr(proc, "connections", list)
    return tmp_path


def test_a_desk_where_nobody_is_has_no_reason(desk: Path) -> None:
    assert idle.ask(PARAMETERS) == ([], [])


def test_every_reason_is_given_at_once(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool(desk, "loginctl", LOGIND + "[ \"$1\" = show-session ] && cat <<'END'\n" + printed(NURSE) + "END\ntrue\n")
    tool(desk, "lpstat", f"cat <<'END'\n{JOBS}END\n")
    monkeypatch.setattr(proc, "processes", lambda chosen: [process("/opt/wardround/p/releases/1/x")])
    monkeypatch.setattr(proc, "connections", lambda: [tcp(BROWSER, ELSEWHERE, 1000)])
    reasons, programs = idle.ask(PARAMETERS | {"dicom_ports": [4242]})
    assert [reason.split()[0] for reason in reasons] == ["nurse1", "p", "a", "print", "print"]
    assert reasons[3] == "print job receipts-7 of nurse1 is not finished, since Mon Nov 23 12:09:58 2026"
    assert [(one["product"], one["user"]) for one in programs] == [("p", "nurse1")]


def test_users_to_ignore_are_ignored_everywhere(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool(desk, "loginctl", LOGIND + "[ \"$1\" = show-session ] && cat <<'END'\n" + printed(NURSE) + "END\ntrue\n")
    seen: list[bool] = []
    monkeypatch.setattr(proc, "processes", lambda chosen: seen.append(chosen(1000)) or [])
    monkeypatch.setattr(proc, "connections", lambda: [LISTENING, SERVER_END, tcp(BROWSER, VIEWER, 1000)])
    parameters = PARAMETERS | {"viewer_ports": [80], "ignore_users": ["nurse1"]}
    assert (idle.ask(parameters)[0], seen) == ([], [False])
    assert len(idle.ask(parameters | {"ignore_users": []})[0]) == 2


@pytest.mark.parametrize(
    ("name", "script", "said"),
    [
        ("loginctl", "sleep 5\n", "somebody is logged in: loginctl gave no answer within 0.5 s"),
        ("loginctl", "echo 'Failed to connect' >&2; exit 1\n", "systemd-logind does not answer: Failed to connect"),
        ("loginctl", LOGIND + "echo Id=c3\n", "described a session without id, class or user"),
        ("loginctl", LOGIND + "[ $1 = show-session ] && exit 3\ntrue\n", "does not describe session c3"),
        ("lpstat", "sleep 5\n", "something is being printed: lpstat gave no answer within 0.5 s"),
        (
            "lpstat",
            "echo 'lpstat: Bad file descriptor' >&2; exit 1\n",
            "does not list its print jobs: lpstat: Bad file",
        ),
        ("lpstat", "echo what?\n", "something that is no print job"),
    ],
)
def test_what_is_not_answered_makes_the_desk_busy(desk: Path, name: str, script: str, said: str) -> None:
    tool(desk, name, script)
    reasons, _programs = idle.ask(PARAMETERS)
    assert len(reasons) == 1
    assert reasons[0].startswith("it is unknown whether")
    assert said in reasons[0]


@pytest.mark.parametrize("name", ["processes", "connections", "user_names"])
def test_an_unreadable_proc_makes_the_desk_busy(desk: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def unreadable(*_: Any) -> None:
        raise proc.ProcError("no such thing")

    monkeypatch.setattr(proc, name, unreadable)
    reasons, _programs = idle.ask(PARAMETERS)
    assert len(reasons) == 1
    assert reasons[0].endswith("no such thing")


@pytest.mark.parametrize("stack", ["# session optional pam_systemd.so\n", "auth optional pam_systemd.so\n", None])
def test_where_logins_are_not_told_to_logind_the_desk_is_busy(desk: Path, stack: str | None) -> None:
    for name in ("systemd-user", "runuser-l"):
        (desk / "pam.d" / name).write_text("-session optional pam_systemd.so\n")
    (desk / "pam.d/common-session").unlink()
    if stack:
        (desk / "pam.d/common-session").write_text(stack)
    assert "no login is told to systemd-logind" in idle.ask(PARAMETERS)[0][0]


def test_without_logind_the_desk_is_busy(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (desk / "loginctl").unlink()
    monkeypatch.setenv("PATH", str(desk))
    assert idle.ask(PARAMETERS)[0] == [
        "it is unknown whether somebody is logged in: loginctl could not be started: No such file or directory"
    ]


def test_a_session_that_ends_meanwhile_is_none(desk: Path) -> None:
    once = f"[ $1 = show-session ] && exit 1\n[ -e {desk}/asked ] && exit 0\ntouch {desk}/asked\n" + LOGIND
    tool(desk, "loginctl", once)
    assert idle.ask(PARAMETERS)[0] == []


def test_a_print_service_that_does_not_run_prints_nothing(desk: Path) -> None:
    tool(desk, "lpstat", "echo 'lpstat: Scheduler is not running.' >&2; exit 1\n")
    assert idle.ask(PARAMETERS)[0] == []
