# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
"""A session with a Tryton server (GNU Health) over JSON-RPC, judged by what was answered.

Tryton's protocol: a POST of {"id", "method", "params"} to /<database>/; errors come in the body with HTTP 200. Values
that JSON lacks are objects with a `__class__` (trytond/protocols/jsonrpc.py): dates, times, decimals, bytes.
"""

from __future__ import annotations

import base64
import datetime
import decimal
import http.client
import json
import re
import socket
import ssl
import time
import urllib.parse
from pathlib import Path

SERIES = "7.0"  # the Tryton that GNU Health 5.0 is made of
_KEY_ERROR = re.compile(r"'[\w.]+'")  # a field that a model has not, for one
_FRESH = 20.0  # seconds that an idle connection is trusted; nginx closes one after 75
_CHUNK = 1024 * 1024


class TrytonError(Exception):
    """The question was not answered; the message is one sentence with the address, the user and the likely cause."""


def load_settings(path):
    """The settings file of a machine: JSON {url, database, user, password, ca_file}; raises TrytonError."""
    try:
        settings = json.loads(Path(path).read_text(encoding="utf-8"))
        missing = sorted({"url", "database", "user", "password"} - set(settings))
    except (OSError, ValueError, TypeError) as error:
        raise TrytonError(f"{path} could not be read: {error}") from error
    if missing:
        raise TrytonError(f"{path} lacks {', '.join(missing)}")
    return settings


class Session:
    """Who asks which server. `deadline`: seconds that each question may take, the answer's last byte included.

    A context manager: logs in (version, password, the user's own context with company and language) and out again.
    """

    def __init__(self, settings, deadline=10.0):
        self.url = settings["url"].rstrip("/")
        self.database, self.user = settings["database"], settings["user"]
        self.deadline = deadline
        self.version = None
        self.context = {}
        self.definitions = {}  # of fields by model, as far as they were asked for
        self._settings = dict(settings)
        self._series = settings.get("series") or SERIES
        self._address = _address(self.url)
        self._tls = _tls(self.url, settings.get("ca_file"))
        self._connection, self._used = None, 0.0
        self._token = None

    def __enter__(self):
        self.login()
        return self

    def __exit__(self, *exception):
        self.logout()

    def login(self):
        """Compare the server's series with the one that is wanted, then log in; raises TrytonError."""
        self.version = self._ask("", "common.server.version", ())
        series = ".".join(str(self.version).split(".")[:2])
        if series != self._series:
            raise TrytonError(
                f"{self.url} runs Tryton {self.version}, but the client is of series {self._series}: "
                f"a client of series {series} is wanted"
            )
        answer = self._ask(
            self.database, "common.db.login", (self.user, {"password": self._settings["password"]}, None)
        )
        token = f"{self.user}:{answer[0]}:{answer[1]}"
        self._token = base64.b64encode(token.encode("utf-8")).decode("ascii")
        self.context = self.call("model.res.user.get_preferences", True, context={})

    def call(self, method, *params, context=None):
        """The result of a method such as `model.party.party.read`; the user's context is added to `params`.

        Times are UTC. Raises TrytonError, also for what the server itself refuses.
        """
        return self._ask(self.database, method, (*params, self.context if context is None else context))

    def accepts(self, user, password):
        """Whether the server lets `user` in with this password. A refusal counts as a failed attempt there."""
        try:
            with Session(dict(self._settings, user=user, password=password), self.deadline):
                return True
        except PasswordRefusedError:
            return False

    def logout(self):
        """End the session on the server; a server that is gone has ended it already."""
        try:
            if self._token:
                self._ask(self.database, "common.db.logout", ())
        except TrytonError:
            pass
        finally:
            self._token = None
            self._close()

    def _ask(self, database, method, params):
        ends = time.monotonic() + self.deadline
        body = json.dumps({"id": 0, "method": method, "params": params}, default=encode).encode("utf-8")
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._token:
            headers["Authorization"] = "Session " + self._token
        try:
            status, answer = self._post("/" + urllib.parse.quote(database) + "/" * bool(database), body, headers, ends)
        except socket.timeout:
            self._close()
            raise TrytonError(
                f"{self.url} did not answer {method} for {self.user} "
                f"within {self.deadline:g} s: it is frozen or overloaded"
            ) from None
        except ssl.SSLCertVerificationError as error:
            self._close()
            raise TrytonError(f"{self.url} shows a certificate that is not trusted: {error.verify_message}") from None
        except (OSError, http.client.HTTPException) as error:
            self._close()
            raise TrytonError(f"{self.url} cannot be reached for {self.user}: {_said(error)}") from None
        return self._judge(method, status, answer)

    def _post(self, path, body, headers, ends):
        if self._connection is None or time.monotonic() - self._used > _FRESH:
            self._close()
            self._connection = self._open()
        connection = self._connection
        connection.timeout = _left(ends)
        if connection.sock is None:
            connection.connect()
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sock.settimeout(_left(ends))
        connection.request("POST", path, body, headers)
        connection.sock.settimeout(_left(ends))
        sock = connection.sock
        response = connection.getresponse()
        parts = []
        while not response.isclosed():
            sock.settimeout(_left(ends))
            part = response.read1(_CHUNK)  # what is there: read() would wait for all of it
            if not part:
                break
            parts.append(part)
        response.close()
        self._used = time.monotonic()
        return response.status, b"".join(parts)

    def _open(self):
        host, port = self._address
        if self._tls:
            return http.client.HTTPSConnection(host, port, context=self._tls)
        return http.client.HTTPConnection(host, port)

    def _close(self):
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _judge(self, method, status, body):
        """The result in an answer, or a TrytonError that says what was refused."""
        if status != 200:
            raise self._refusal(method, status)
        try:
            answer = json.loads(body.decode("utf-8"), object_hook=decode)
            if "error" not in answer:
                return answer["result"]
            name, *details = answer["error"]
        except (ValueError, KeyError, TypeError):
            raise TrytonError(f"{self.url} answers, but not as a Tryton server does: {body[:100]!r}") from None
        said = f"{self.url} refuses {method} for {self.user}: {_reason(method, name, details)}"
        raise (RefusedError if name in ("UserError", "UserWarning") else TrytonError)(said)

    def _refusal(self, method, status):
        if status == 401 and method == "common.db.login":
            return PasswordRefusedError(f"{self.url} does not let {self.user} in: wrong password or unknown user")
        if status == 401:
            return SessionEndedError(f"{self.url} answers HTTP 401: the session of {self.user} has ended")
        causes = {
            403: f"{self.user} may not call {method}, or there is no such method",
            404: f"it has no database {self.database}",
            429: f"too many wrong passwords for {self.user}; it lets nobody try for some minutes",
            502: "its web server runs, but GNU Health behind it does not",
            503: "its web server runs, but GNU Health behind it does not",
            504: "GNU Health behind its web server does not answer",
        }
        kind = LockedOutError if status == 429 else TrytonError
        return kind(f"{self.url} answers HTTP {status}: {causes.get(status, 'unexpected for a Tryton server')}")


class LockedOutError(TrytonError):
    """Too many wrong passwords: every further attempt makes it last longer, until five minutes without one."""


class PasswordRefusedError(TrytonError):
    """The password is wrong, or there is no such user: the server does not say which."""


class SessionEndedError(TrytonError):
    """The server knows the session no longer and did nothing: log in again."""


class RefusedError(TrytonError):
    """GNU Health itself says no to what was asked, such as a value that must be unique; asking again does not help."""


def _address(url):
    parts = urllib.parse.urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = None
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or parts.path
        or (port is None and ":" in parts.netloc)
    ):
        raise TrytonError(f"{url!r} is no address of a server; https://HOST or https://HOST:PORT is allowed")
    return parts.hostname, port or (443 if parts.scheme == "https" else 80)


def _tls(url, ca_file):
    if not url.startswith("https:"):
        return None
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except OSError as error:
        raise TrytonError(f"the certificate authority {ca_file} cannot be read: {error}") from error


def _left(ends):
    seconds = ends - time.monotonic()
    if seconds <= 0:
        raise socket.timeout
    return seconds


def _said(error):
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _reason(method, name, details):
    """What a Tryton error says: UserError and UserWarning carry their texts, others their Python exception."""
    kind, _sep, rest = method.partition(".")
    thing = rest.rpartition(".")[0]
    if kind in ("model", "wizard") and name == repr(thing):
        return f"unknown {kind} {thing}; is the module that has it activated there?"
    if _KEY_ERROR.fullmatch(str(name)):
        return f"it knows no {name} in this"
    texts = details[0] if details and isinstance(details[0], (list, tuple)) else [name]
    # A warning's first text is only its own identity.
    texts = texts[1:3] if name == "UserWarning" else texts[:2]
    return " ".join(str(text).strip() for text in texts if text) or str(name)


def encode(value):
    """A Python value as Tryton's JSON writes it; for json.dumps(default=...)."""
    if isinstance(value, datetime.datetime):
        names = ("year", "month", "day", "hour", "minute", "second", "microsecond")
    elif isinstance(value, datetime.date):
        names = ("year", "month", "day")
    elif isinstance(value, datetime.time):
        names = ("hour", "minute", "second", "microsecond")
    elif isinstance(value, datetime.timedelta):
        return {"__class__": "timedelta", "seconds": value.total_seconds()}
    elif isinstance(value, decimal.Decimal):
        return {"__class__": "Decimal", "decimal": str(value)}
    elif isinstance(value, (bytes, bytearray)):
        return {"__class__": "bytes", "base64": base64.b64encode(value).decode("ascii")}
    else:
        raise TypeError(f"{value!r} has no place in Tryton's JSON")
    return dict({name: getattr(value, name) for name in names}, __class__=type(value).__name__)


def decode(found):
    """The Python value of one of Tryton's JSON objects; for json.loads(object_hook=...)."""
    kind = found.get("__class__")
    if kind in ("datetime", "date", "time"):
        return getattr(datetime, kind)(**{name: value for name, value in found.items() if name != "__class__"})
    if kind == "timedelta":
        return datetime.timedelta(seconds=found["seconds"])
    if kind == "Decimal":
        return decimal.Decimal(found["decimal"])
    if kind == "bytes":
        return base64.b64decode(found["base64"])
    return found
