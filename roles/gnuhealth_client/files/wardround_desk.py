"""The desk's language and start view, laid over what the server keeps for the user.

The client takes both from the user's preferences on the server, which follow the user and not the desk. It imports
this file as one of its plugins, before anybody is logged in (gnuhealth/plugins/__init__.py), and every question it
asks goes through `gnuhealth.rpc.execute`: there the answers about preferences become the desk's. Nothing is written
to the server. Without WARDROUND_DESK, the path of the desk's settings, nothing is changed.
"""

import ast
import json
import os
import sys
import urllib.error
import urllib.parse
from pathlib import Path

PREFERENCES = ("model", "res.user", "get_preferences")
ACTION = ("model", "ir.action", "get_action_value")
# How numbers and dates are written in a language: fields of ir.lang, as res.user hands them to a client.
GROUPINGS = ("grouping", "mon_grouping")
LOCALE = (
    "date",
    "decimal_point",
    "thousands_sep",
    "mon_decimal_point",
    "mon_thousands_sep",
    "p_sign_posn",
    "n_sign_posn",
    "positive_sign",
    "negative_sign",
    "p_cs_precedes",
    "n_cs_precedes",
    "p_sep_by_space",
    "n_sep_by_space",
)
# Names in a date are left out or become numbers, as the server does (trytond/res/user.py).
DATE_NAMES = {"%a": "", "%A": "", "%b": "%m", "%B": "%m", "%j": "", "%U": "", "%w": "", "%W": ""}


class Desk:
    """Stands between the client and the server. `ask` is the client's own way; `open_url` opens a page in it."""

    def __init__(self, ask, desk, patient="", open_url=None):
        self.ask = ask
        self.desk = desk
        self.patient = patient
        self.open_url = open_url
        self.action = None

    def execute(self, *arguments):
        """One question; only the answers about preferences and the start view are changed."""
        answer = self.ask(*arguments)
        if arguments[:3] == PREFERENCES and isinstance(answer, dict):
            answer = dict(answer)
            context = dict(arguments[-1], language=self.desk["language"])
            for overlay in (self.language, self.view, self.record):
                try:
                    overlay(answer, context)
                except Exception as error:  # a desk whose view or language the server lacks still opens
                    print(f"a setting of the desk could not be used: {error}", file=sys.stderr)
        elif arguments[:3] == ACTION and arguments[3] == self.action and self.desk["domain"]:
            answer = dict(answer, pyson_domain=json.dumps(self.desk["domain"]))
        return answer

    def language(self, answer, context):
        """Let the client speak the desk's language, and write numbers and dates as it does."""
        fields = [*LOCALE, *GROUPINGS, "direction"]
        found = self.search("ir.lang", [["code", "=", self.desk["language"]]], fields, context)
        if not found:
            raise LookupError(f"the server has no language {self.desk['language']}")
        locale = {name: found[name] for name in LOCALE}
        locale.update((name, ast.literal_eval(found[name])) for name in GROUPINGS)
        for name, number in DATE_NAMES.items():
            locale["date"] = locale["date"].replace(name, number)
        answer.update(language=self.desk["language"], language_direction=found["direction"], locale=locale)

    def view(self, answer, context):
        """Let the client open the desk's view, after the user's own ones, so that it is in front."""
        if not self.desk["action"] or "actions" not in answer:  # without, the client asked for its context alone
            return
        module, _dot, name = self.desk["action"].partition(".")
        found = self.search("ir.model.data", [["module", "=", module], ["fs_id", "=", name]], ["db_id"], context)
        if not found:
            raise LookupError(f"the server has no view {self.desk['action']}")
        self.action = found["db_id"]
        answer["actions"] = [action for action in answer["actions"] if action != self.action] + [self.action]

    def record(self, answer, context):
        """Open the record of the patient that was asked for, once."""
        if not self.patient or "actions" not in answer:
            return
        patient, self.patient = self.patient, ""
        found = self.search("gnuhealth.patient", [["puid", "=", patient]], ["id"], context)
        if not found:
            raise LookupError(f"the server has no patient {patient}")
        database = urllib.parse.quote(self.desk["database"])
        self.open_url(f"gnuhealth://{self.desk['host']}/{database}/model/gnuhealth.patient/{found['id']}")

    def search(self, model, domain, fields, context):
        """The first record of a domain, or None."""
        found = self.ask("model", model, "search_read", domain, 0, 1, None, fields, context)
        return found[0] if found else None


def over_tls(urlopen):
    """The client's way to the server's bus, kept on TLS.

    It asks for `//bus`, is told to ask for `http://.../bus` instead, and would send the session's token there in clear
    (gnuhealth/bus.py).
    """

    def ask(request, *arguments, **options):
        scheme, _sep, place = request.full_url.partition("://")
        if scheme != "https":
            raise urllib.error.URLError(f"{request.full_url} is not asked without TLS")
        request.full_url = "https://" + place.replace("//", "/")
        return urlopen(request, *arguments, **options)

    return ask


def install(path):
    """Put the desk between this client and its server."""
    from gnuhealth import bus, rpc
    from gnuhealth.gui import Main

    bus.urlopen = over_tls(bus.urlopen)
    desk = json.loads(Path(path).read_text(encoding="utf-8"))
    rpc.execute = Desk(
        rpc.execute, desk, os.environ.get("WARDROUND_PATIENT", ""), lambda url: Main().open_url(url)
    ).execute


if os.environ.get("WARDROUND_DESK"):
    install(os.environ["WARDROUND_DESK"])
