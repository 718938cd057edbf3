"""A desk under test: asked with the modules an engineer would use, judged as a roll-out judges it."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.on_target import Target
from wardround.clinical import his

MOLECULE = Path(__file__).parents[2]
# Answers nothing, and keeps the first bytes of whoever comes: a TLS client says 0x16 first (RFC 8446, section 5.1).
LISTENER = """
import socket, sys
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    connection, _peer = server.accept()
    connection.settimeout(2)
    with connection, open("/root/heard", "ab") as file:
        try:
            file.write(connection.recv(65536) + b"\\n--\\n")
        except OSError:
            pass
"""


class Desk:
    """One container with a client; `expected` is what its settings must be found to be."""

    def __init__(self, container: str, product: str, **expected: Any) -> None:
        self.container, self.product = container, product
        self.expected = expected
        self.target = Target(container)
        self.host = self.target.host
        self.etc = f"/etc/wardround/{product}"
        self.root = f"/opt/wardround/{product}"

    def ask(self, module: str, **arguments: Any) -> dict[str, Any]:
        """The result of one of the collection's modules on the desk; `failed` says whether it failed."""
        return self.target.module(module, **arguments)

    def probe(self, *questions: str, deadline: float = 10) -> dict[str, Any]:
        """The answers of gnuhealth_probe."""
        chosen = {"questions": list(questions)} if questions else {}
        found = self.ask("gnuhealth_probe", product=self.product, deadline=deadline, **chosen)
        answers: dict[str, Any] = found["answers"]
        return answers

    def screen(self, **arguments: Any) -> dict[str, Any]:
        """The answer of gnuhealth_screen."""
        return self.ask("gnuhealth_screen", product=self.product, **arguments)

    def checks(self, answers: dict[str, Any] | None = None, **expected: Any) -> dict[str, tuple[bool, str]]:
        """Every check's verdict and what was found."""
        found = his.judge({**self.expected, **expected}, self.probe() if answers is None else answers)
        return {check.name: (check.ok, check.found) for check in found}

    def playbook(self, name: str, **variables: Any) -> subprocess.CompletedProcess[str]:
        """Run a playbook of a scenario on the desk; all it says is in `stdout`."""
        command = ["ansible-playbook", "-i", os.environ["MOLECULE_INVENTORY_FILE"], str(MOLECULE / name)]
        command += ["-e", json.dumps(variables)]
        merged = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        return subprocess.run(command, text=True, check=False, env=environment(), **merged)

    @contextmanager
    def changed(self, file: str, **values: Any) -> Iterator[None]:
        """The desk with other values in one of its JSON files."""
        path = f"{self.etc}/{file}"
        before = self.host.file(path).content_string
        self.write(path, json.dumps({**json.loads(before), **values}))
        try:
            yield
        finally:
            self.write(path, before)

    @contextmanager
    def replaced(self, path: str, content: str) -> Iterator[None]:
        """The desk with another content of a file."""
        before = self.host.file(path).content_string
        self.write(path, content)
        try:
            yield
        finally:
            self.write(path, before)

    @contextmanager
    def listening(self, port: int) -> Iterator[Callable[[], list[bytes]]]:
        """Somebody listens on the desk's network; call the result for what was heard."""
        self.write("/root/listen.py", LISTENER)
        self.host.check_output("rm -f /root/heard && touch /root/heard")
        self.host.check_output(f"systemd-run --quiet --collect --unit=listener python3 /root/listen.py {port}")
        wait_for(lambda: self.host.socket(f"tcp://127.0.0.1:{port}").is_listening)
        try:
            yield lambda: [part for part in self.host.file("/root/heard").content.split(b"\n--\n") if part]
        finally:
            self.host.check_output("systemctl stop listener")

    def write(self, path: str, content: str) -> None:
        """Replace what a file holds; owner and mode stay."""
        command = ["podman", "exec", "--interactive", self.container, "sh", "-c", f"cat >{path}"]
        subprocess.run(command, input=content, text=True, check=True)

    def start_for(self, user: str, display: int = 7) -> int:
        """Let a user open the client on a screen of its own; its process id."""
        program = f"/usr/local/bin/{self.product.replace('_', '-')}"
        self.host.check_output(f"id {user} 2>/dev/null || useradd --create-home {user}")
        unit = f"--unit={user}-{display} --collect --uid={user} --working-directory=/home/{user}"
        script = f"xvfb-run --server-num={display} {program}"
        self.host.check_output(f"systemd-run --quiet {unit} dbus-run-session -- {script}")
        return int(wait_for(lambda: self.host.run(f"pgrep -u {user} -f bin/gnuhealth-client").stdout.split()[-1:])[0])

    def stop_for(self, user: str, display: int = 7) -> None:
        """The user closes everything."""
        self.host.check_output(f"systemctl stop {user}-{display}")


def environment() -> dict[str, str]:
    """Molecule's own, without its colours, with answers that can be read."""
    plain = {"ANSIBLE_FORCE_COLOR": "0", "ANSIBLE_NOCOLOR": "1", "ANSIBLE_CALLBACK_RESULT_FORMAT": "json"}
    return os.environ | plain


def wait_for(question: Callable[[], Any], seconds: float = 20) -> Any:
    """What a question answers, once it is something."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if answer := question():
            return answer
        time.sleep(0.1)
    raise AssertionError(f"nothing came within {seconds:g} s")
