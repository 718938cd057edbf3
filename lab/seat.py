"""Somebody sits down at a desk of the lab: a real logind session on seat0 with a screen (Xvfb), and stands up again.

systemd-run opens the session through PAM's stack `login`, as a display manager does; XDG_SESSION_CLASS tells
pam_systemd that it is a person's, although no terminal belongs to it (pam_systemd(8)).
"""

import functools
import shlex
import time
from collections.abc import Callable

from lab.podman import LabError, podman

UNIT, DISPLAY = "lab-seat", ":7"
SECONDS = 20
# What a user starts, by product. No browser is on the desks: a connection kept open, as a browser keeps its own, stands
# for the one that has the viewer open.
PROGRAMS = {
    "his_client": ["/usr/local/bin/his-client"],
    "lis_client": ["/usr/local/bin/lis-client"],
    "pacs_client": [
        "python3",
        "-c",
        "import http.client, time; page = http.client.HTTPConnection('127.0.0.1', 80); page.request('GET', '/');"
        " page.getresponse().read(); time.sleep(86400)",
    ],
}


def sit_down(host: str, user: str, product: str | None = None) -> None:
    """Log `user` in at the desk `host` and start a product there, if one is given.

    Returns when logind lists the session and the screen takes programs; the program itself may still be starting.
    Raises LabError when somebody sits there already or the session does not come up within 20 s.
    """
    sitting = users(host)
    if sitting:
        raise LabError(f"{host} is taken: {', '.join(sitting)} sits there")
    container = f"wr-{host}"
    shell = f"id -u {shlex.quote(user)} >/dev/null 2>&1 || useradd --create-home --shell /bin/bash {shlex.quote(user)}"
    podman("exec", container, "sh", "-c", shell, what=f"making the user {user} on {host}")
    command = ["systemd-run", "--quiet", "--collect", f"--unit={UNIT}", f"--uid={user}", "--property=PAMName=login"]
    settings = {"CLASS": "user", "TYPE": "x11"}
    command += [f"--setenv=XDG_SESSION_{key}={value}" for key, value in settings.items()]
    command += ["--setenv=XDG_SEAT=seat0", f"--setenv=DISPLAY={DISPLAY}", "--property=WorkingDirectory=~"]
    command += ["Xvfb", DISPLAY, "-screen", "0", "1280x1024x24", "-nolisten", "tcp"]
    podman("exec", container, *command, what=f"opening a session of {user} on {host}")
    wait(lambda: users(host) == [user] and screen(container), f"{user}'s session on {host} did not come up")
    if product:
        start(container, user, product)


def start(container: str, user: str, product: str) -> None:
    """Start a product's program on the user's screen, in the user's own systemd instance, as a desktop does."""
    command = ["systemd-run", f"--machine={user}@.host", "--user", "--quiet", "--collect", f"--unit=lab-{product}"]
    command += [f"--setenv=DISPLAY={DISPLAY}", *PROGRAMS[product]]
    podman("exec", container, *command, what=f"starting {product} for {user} in {container}")


def stand_up(host: str) -> None:
    """Log whoever sits at the desk out and end what they ran; nothing happens at a free desk."""
    for user in users(host):
        podman("exec", f"wr-{host}", "loginctl", "terminate-user", user, what=f"logging {user} out of {host}")
        wait(functools.partial(gone, host, user), f"{user} does not leave {host}")


def users(host: str) -> list[str]:
    """Who sits at the desk: the users of logind's sessions on its seat."""
    listed = podman("exec", f"wr-{host}", "loginctl", "list-sessions", "--no-legend", what=f"asking who is at {host}")
    rows = [line.split() for line in listed.splitlines()]
    return [row[2] for row in rows if len(row) > 3 and row[3] == "seat0"]


def screen(container: str) -> bool:
    """Whether Xvfb listens."""
    return podman("exec", container, "sh", "-c", f"test -S /tmp/.X11-unix/X{DISPLAY[1:]} && echo yes || true") == "yes"


def gone(host: str, user: str) -> bool:
    """Whether no process of the user is left."""
    return not podman("exec", f"wr-{host}", "sh", "-c", f"pgrep -u {shlex.quote(user)} || true")


def wait(done: Callable[[], bool], trouble: str) -> None:
    """Return when `done()`; a LabError with `trouble` if it is not so within 20 s."""
    deadline = time.monotonic() + SECONDS
    while not done():
        if time.monotonic() > deadline:
            raise LabError(f"{trouble} within {SECONDS} s")
        time.sleep(0.2)
