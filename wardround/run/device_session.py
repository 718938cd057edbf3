"""Sessions on network devices over SSH, a line at a time: what was answered is looked at before the next is typed."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import paramiko
from netmiko import ConnectHandler
from netmiko.exceptions import NetmikoAuthenticationException, NetmikoBaseException

from wardround.network.dialects.base import Dialect

LOST = (NetmikoBaseException, paramiko.SSHException, OSError, EOFError)


class SessionError(RuntimeError):
    """A device could not be reached, or does not answer any more: one sentence."""


class RejectedError(RuntimeError):
    """A device refused a line; the sentence has the line and the answer."""


@dataclass(frozen=True, slots=True)
class Login:
    """Where a device is and who logs in. seconds: how long it may take to connect, and to answer a line.

    known_hosts: a file of host keys besides the user's own; an unknown key is refused. secret: for IOS's `enable`.
    """

    host: str
    user: str
    port: int = 22
    password: str | None = field(default=None, repr=False)
    secret: str | None = field(default=None, repr=False)
    key_file: str | None = None
    known_hosts: str | None = None
    seconds: float = 30.0


class Session:
    """One login. Leaves without a word, so that nothing half typed is committed on the way out."""

    def __init__(self, login: Login, dialect: Dialect) -> None:
        """Log in, switch the pager off. Raises SessionError."""
        self.login, self.dialect = login, dialect
        options: dict[str, Any] = {
            "device_type": dialect.netmiko,
            "host": login.host,
            "port": login.port,
            "username": login.user,
            "password": login.password,
            "secret": login.secret or "",
            "use_keys": login.password is None or login.key_file is not None,
            "key_file": login.key_file,
            "allow_agent": login.password is None,
            "ssh_strict": True,
            "system_host_keys": True,
            "alt_host_keys": login.known_hosts is not None,
            "alt_key_file": login.known_hosts or "",
            "conn_timeout": login.seconds,
            "auth_timeout": login.seconds,
            "banner_timeout": login.seconds,
        }
        try:
            self.connection = ConnectHandler(**options)
            if login.secret and not self.connection.check_enable_mode() and dialect.netmiko == "cisco_ios":
                self._enable()
        except NetmikoAuthenticationException:
            raise SessionError(f"{self._where} refused the login of {login.user}") from None
        except LOST as error:
            raise SessionError(f"{self._where} cannot be reached: {_first_line(error)}") from None
        name = re.escape(self.connection.base_prompt[:20])
        self._prompt = rf"(?:^|[\r\n])[<\[]?[*~]?{name}[^\r\n]*[>\]#] ?$"
        self._end = re.compile("|".join([self._prompt, *(pattern for pattern, _unused in dialect.answers)]))

    def _enable(self) -> None:
        try:
            self.connection.enable()
        except ValueError:  # netmiko says so and nothing more
            self.close()
            raise SessionError(f"{self._where} refused the secret for `enable`") from None

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def _where(self) -> str:
        return f"{self.login.host} port {self.login.port}"

    @property
    def own_address(self) -> str:
        """The address from which this machine speaks with the device."""
        client = self.connection.remote_conn_pre
        transport = client.get_transport() if client else None
        return str(transport.sock.getsockname()[0]) if transport else ""

    def close(self) -> None:
        client = self.connection.remote_conn_pre
        if client:
            client.close()

    def type(self, line: str) -> str:
        """The device's answer to a line, its questions answered as the dialect does. Raises Rejected-, SessionError."""
        answer = self._exchange(line)
        said = answer
        while reply := next((text for text in self.dialect.answers if re.search(text[0], said)), None):
            said = self._exchange(reply[1])
            answer += said
        if refusal := self.dialect.refusal(answer):
            raise RejectedError(f"{self._where} refused `{line}`: {refusal}")
        return answer

    def ask(self, command: str) -> str:
        """What a command shows, without itself and the prompt; raises as `type` does."""
        lines = self.type(command).replace("\r\n", "\n").replace("\r", "").split("\n")
        echo = next((place for place, line in enumerate(lines) if command in line), 0)
        return "\n".join(lines[echo + 1 : -1])

    def ask_if_known(self, command: str) -> str:
        """As `ask`, and nothing from a device that does not know the command."""
        try:
            return self.ask(command)
        except RejectedError:
            return ""

    def _exchange(self, text: str) -> str:
        deadline = time.monotonic() + self.login.seconds
        answer = ""
        try:
            self.connection.write_channel(text + self.connection.RETURN)
            # Not before the line itself is echoed: the prompt that ends the last answer may come twice, or late.
            echoed = False
            while not (echoed and self._end.search(answer)):
                got = self.connection.read_channel()
                answer += got
                echoed = echoed or _squeezed(text) in _squeezed(answer)
                if got:
                    continue
                if not self._alive():
                    raise SessionError(f"{self._where} ended the session at `{text}`")
                if time.monotonic() > deadline:
                    raise SessionError(f"{self._where} did not answer `{text}` within {self.login.seconds:g} s")
                time.sleep(0.01)
        except LOST as error:
            raise SessionError(f"{self._where} ended the session at `{text}`: {_first_line(error)}") from None
        return answer

    def _alive(self) -> bool:
        channel = self.connection.remote_conn
        transport = None
        if isinstance(channel, paramiko.Channel) and not channel.closed:
            transport = channel.get_transport()
        return transport is not None and transport.is_active()


def _squeezed(text: str) -> str:
    """Without what a terminal puts into a long line."""
    return re.sub(r"[\s\x08]", "", text)


def _first_line(error: BaseException) -> str:
    """What a library says, in its first words that say something: netmiko explains at length."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    causes = [line for line in lines if "not found in known_hosts" in line or "does not match" in line]
    return (causes or lines or [type(error).__name__])[0].rstrip(":.")
