"""The switch's SSH server: keys in, echo, questions, pages and prompts out."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import asyncssh

from lab.switch.device import Device
from lab.switch.dialect import Answer, Session

ENTER, BACKSPACE, INTERRUPT, CTRL_C = "\r\n", "\x7f\x08", "\x03\x1a", "\x03"


class Door(asyncssh.SSHServer):
    """Who may come in."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self.connection = conn
        if not self.device.up:
            conn.abort()
            return
        self.device.connections.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.connection is not None:
            self.device.connections.discard(self.connection)

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (self.device.spec.user, self.device.spec.password)

    def public_key_auth_supported(self) -> bool:
        return self.device.spec.public_key is not None

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        known = self.device.spec.public_key
        return known is not None and username == self.device.spec.user and key == asyncssh.read_public_key(known)


class Gone(Exception):
    """The other side has closed the connection."""


class Shell:
    """One interactive session."""

    def __init__(self, device: Device, process: asyncssh.SSHServerProcess[str]) -> None:
        self.device, self.process = device, process
        source = (process.get_extra_info("peername") or ("local",))[0]
        self.session: Session = device.session(process.get_extra_info("username"), source)
        self.keys = ""
        self.after_return = False

    async def run(self) -> None:
        while True:
            line = await self.line(self.prompt(), helped=True)
            if line is None:
                continue
            answer = await self.device.execute(self.session, line)
            while answer is not None and answer.ask is not None:
                answer = await self.ask(answer)
            if answer is None or answer.act == "close":
                return
            await self.pages(answer)

    async def ask(self, answer: Answer) -> Answer | None:
        """Put a question until it is answered; Ctrl-C is no answer and ends the command."""
        if answer.ask is None:
            return answer
        if answer.text:
            self.write(f"{answer.text}\n")
        if answer.ask.key:
            self.write(answer.ask.text)
            key = await self.key()
            self.write("\n" if key in ENTER else f"{key}\n")
            reply: str | None = None if key in INTERRUPT else "\n" if key in ENTER else key
        else:
            reply = await self.line(answer.ask.text, secret=answer.ask.secret)
        return Answer() if reply is None else await self.device.reply(answer, reply)

    def prompt(self) -> str:
        return self.device.dialect.prompt(self.device.switch, self.session)

    def write(self, text: str) -> None:
        self.process.stdout.write(text.replace("\r\n", "\n").replace("\n", "\r\n"))

    async def key(self) -> str:
        """The next key; Enter is one key whatever the terminal sends for it."""
        while True:
            if not self.keys:
                self.keys = await self.process.stdin.read(4096)
                if not self.keys:
                    raise Gone
            key, self.keys = self.keys[0], self.keys[1:]
            swallowed = key == "\n" and self.after_return
            self.after_return = key == "\r"
            if not swallowed:
                return key

    async def line(self, prompt: str, secret: bool = False, helped: bool = False) -> str | None:
        """A line as it was typed, echoed as it comes; None when it was broken off."""
        self.write(prompt)
        typed = ""
        while True:
            key = await self.key()
            if key in ENTER:
                self.write("\n")
                return typed
            if key in BACKSPACE:
                if typed and not secret:
                    self.write("\b \b")
                typed = typed[:-1]
            elif key in INTERRUPT:
                shown = self.device.dialect.interrupt(self.device.switch, self.session, key)
                self.write(f"{shown or ''}\n")
                return None
            elif key == "\x15":
                self.write("" if secret else "\b \b" * len(typed))
                typed = ""
            elif key == "\x1b":
                if await self.key() == "[":
                    while not (await self.key()).isalpha():
                        pass
            elif key == "?" and helped:
                words = self.device.dialect.help(self.device.switch, self.session, typed)
                self.write("?\n" + "".join(f"  {word}\n" for word in words) + f"\n{prompt}{typed}")
            elif key == "\t" and helped:
                typed = self.completed(typed)
            elif key.isprintable():
                typed += key
                self.write("" if secret else key)

    def completed(self, typed: str) -> str:
        """The line with its last word finished, if there is only one way."""
        last = typed.rpartition(" ")[2]
        words = self.device.dialect.help(self.device.switch, self.session, typed)
        if not last or len(words) != 1 or not words[0].startswith(last.lower()):
            return typed
        rest = words[0][len(last) :] + " "
        self.write(rest)
        return typed + rest

    async def pages(self, answer: Answer) -> None:
        """Show an answer, a page at a time where it is a report."""
        if not answer.text:
            return
        lines = answer.text.split("\n")
        length = self.session.length
        if not answer.shown or length == 0 or len(lines) < length:
            self.write(f"{answer.text}\n")
            return
        more = self.device.dialect.more
        page = length - 1
        while lines:
            self.write("".join(f"{line}\n" for line in lines[:page]))
            lines = lines[page:]
            if lines:
                self.write(more)
                key = await self.key()
                self.write("\r" + " " * len(more) + "\r")
                if key in "qQ\x03":
                    return
                page = 1 if key in ENTER else length - 1


async def listen(device: Device, key: asyncssh.SSHKey, sock: Any = None) -> asyncssh.SSHAcceptor:
    """Serve a switch's command line. sock: a listening socket, for a switch in a namespace of its own."""

    async def serve(process: asyncssh.SSHServerProcess[str]) -> None:
        with contextlib.suppress(Gone, asyncssh.Error, ConnectionError, asyncio.CancelledError):
            await Shell(device, process).run()
        process.close()

    where = {"sock": sock} if sock else {"host": device.spec.host, "port": device.spec.port}
    acceptor = await asyncssh.listen(
        **where,
        server_factory=lambda: Door(device),
        server_host_keys=[key],
        process_factory=serve,
        line_editor=False,
        encoding="utf-8",
        errors="replace",
        login_timeout=30,
        reuse_address=True,
    )
    device.port = acceptor.get_port()
    return acceptor
