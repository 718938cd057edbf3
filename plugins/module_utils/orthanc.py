# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
"""Orthanc asked by REST on its own machine, with the port and the password of its configuration file."""

from __future__ import annotations

import base64
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from ansible_collections.wardround.hospital.plugins.module_utils import release_archive

# What a peer may ask -> Orthanc's own switches for it.
RIGHTS = {
    "echo": ("AllowEcho",),
    "store": ("AllowStore",),
    "find": ("AllowFind",),
    "worklist": ("AllowFindWorklist",),
    "get": ("AllowGet",),
    "move": ("AllowMove",),
    "commit": ("AllowNAction", "AllowEventReport"),
}


class OrthancError(Exception):
    """Orthanc did not do what it was asked; the message says why. `silent`: it could not be reached."""

    def __init__(self, message, silent=False):
        super().__init__(message)
        self.silent = silent


class Orthanc:
    """REST of the Orthanc whose configuration file is `config`; raises OrthancError."""

    def __init__(self, config, deadline):
        try:
            settings = json.loads(Path(config).read_text(encoding="utf-8"))
            user, password = next(iter(settings["RegisteredUsers"].items()))
            self.base = f"http://127.0.0.1:{int(settings['HttpPort'])}"
        except (OSError, ValueError, KeyError, StopIteration) as error:
            raise OrthancError(f"{config} is no configuration of Orthanc: {error}", silent=True) from error
        self._deadline = deadline
        self._basic = base64.b64encode(f"{user}:{password}".encode()).decode("ascii")

    def ask(self, method, path, body=None):
        """The JSON answer to a request, or None; waits up to the deadline for Orthanc to listen."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data=data, method=method)
        request.add_header("Authorization", "Basic " + self._basic)
        ends = time.monotonic() + self._deadline
        while True:
            try:
                with release_archive.opener().open(request, timeout=max(0.1, ends - time.monotonic())) as answer:
                    text = answer.read()
                return json.loads(text.decode("utf-8")) if text.strip() else None
            except urllib.error.HTTPError as error:
                raise OrthancError(f"{method} {self.base}{path}: HTTP {error.code}") from error
            except (urllib.error.URLError, OSError) as error:
                if time.monotonic() + 0.5 > ends:
                    reason = getattr(error, "reason", error)
                    raise OrthancError(
                        f"no answer from {self.base} within {self._deadline:g} s: {reason}", True
                    ) from error
                time.sleep(0.5)


def modality(peer):
    """What Orthanc keeps of a peer: only what it may ask is allowed."""
    entry = {"AET": peer["ae_title"], "Host": peer["address"], "Port": peer["port"]}
    for right, switches in RIGHTS.items():
        entry.update(dict.fromkeys(switches, right in peer["may"]))
    return entry


def plain(entry):
    """The part of an entry that is Wardround's, from what Orthanc answers."""
    return {name: entry.get(name) for name in modality({"ae_title": "", "address": "", "port": 0, "may": []})}


def changes(present, peers, keep, state):
    """(entries to write, names to remove), so that Orthanc knows `peers`; OrthancError for an AE title used twice,
    also in another case, in which other makers' archives may take one for the other.

    present: name -> entry as Orthanc answers; peers: name, ae_title, address, port, may; keep: names that belong to
    others; state: `exact` removes all other names, `present` none, `absent` removes the peers named.
    """
    if state == "absent":
        return {}, sorted(peer["name"] for peer in peers if peer["name"] in present)
    wanted = {peer["name"]: modality(peer) for peer in peers}
    remove = [] if state == "present" else sorted(set(present) - set(wanted) - set(keep))
    stays = {name: entry["AET"] for name, entry in present.items() if name not in wanted and name not in remove}
    owners = {title.casefold(): (name, title) for name, title in stays.items()}
    for name, entry in wanted.items():
        other, title = owners.setdefault(entry["AET"].casefold(), (name, entry["AET"]))
        if other != name:
            spelled = "" if title == entry["AET"] else f", spelled {title}"
            raise OrthancError(f"AE title {entry['AET']} is that of {other}{spelled}; {name} cannot have it too")
    return {name: entry for name, entry in wanted.items() if plain(present.get(name, {})) != entry}, remove


def as_text(entries):
    """Peers as lines for a diff: one a peer, in order of name."""
    lines = []
    for name, entry in sorted(entries.items()):
        may = [right for right, switches in RIGHTS.items() if all(entry.get(switch) for switch in switches)]
        lines.append(
            f"{name}: {entry['AET']} at {entry['Host']} port {entry['Port']} may {', '.join(may) or 'nothing'}\n"
        )
    return "".join(lines)


def path_of(name):
    """Path of a peer in the REST API."""
    return "/modalities/" + urllib.parse.quote(name, safe="")
