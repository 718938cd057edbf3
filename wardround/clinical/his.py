"""Is this workstation's HIS or LIS client proved? A verdict over gathered answers; nothing is asked here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from wardround.clinical.verdict import NOT_ASKED, NotProved
from wardround.evidence.check import Check

Answers = Mapping[str, Any]
# GNU Health by the Tryton it is made of: client and server must be of one series.
GNU_HEALTH: Final = {"6.0": "4.4", "7.0": "5.0"}
DEMO: Final = "gnuhealth.org"  # the client's own default is a public demonstration server there


def judge(expected: Mapping[str, Any], answers: Answers) -> list[Check]:
    """The checks of a HIS or LIS client: version, profile, series, login, language, view (and screen, where wanted).

    expected: `version`, `server` (inventory name), `host` (address:port), `database`, `user`, `language`, `view` (the
    start view's name), `action` (the server's window that this name means; "" for the menu), `section` ("" for all);
    `screen`, whether the screen was to be read.
    answers: as the module `gnuhealth_probe` returns them in `answers`, and `screen` as `gnuhealth_screen` returns it.
    A missing or malformed answer is not proved; nothing raises.
    """
    server = expected.get("server")
    section = f", section {expected.get('section')}" if expected.get("section") else ""
    checks = [
        _check("version", str(expected.get("version")), answers, _version, expected),
        _check("profile", f"{server} at {expected.get('host')} and no other server", answers, _profile, expected),
        _check("series", f"client and {server} of one series", answers, _series, expected),
        _check("login", f"{expected.get('user')} in {expected.get('database')} of {server}", answers, _login, expected),
        _check("language", str(expected.get("language")), answers, _language, expected),
        _check("view", f"{expected.get('view')}{section}", answers, _view, expected),
    ]
    if expected.get("screen"):
        checks.append(
            _check("screen", f"{expected.get('view')} in {expected.get('language')}", answers, _screen, expected)
        )
    return checks


def _check(
    name: str,
    wanted: str,
    answers: Answers,
    verdict: Callable[[Answers, Mapping[str, Any], Answers], str],
    expected: Mapping[str, Any],
) -> Check:
    """`verdict` returns what was found, or raises NotProved."""
    answer = answers.get(name)
    seconds = answer.get("seconds") if isinstance(answer, Mapping) else None
    timed = float(seconds) if isinstance(seconds, int | float) and not isinstance(seconds, bool) else None
    try:
        if not isinstance(answer, Mapping) or not answer:
            raise NotProved(NOT_ASKED)
        if answer.get("error") or answer.get("failed"):
            raise NotProved(str(answer.get("error") or answer.get("msg") or "the question failed"))
        return Check(name, True, wanted, verdict(answer, expected, answers), timed)
    except NotProved as reason:
        return Check(name, False, wanted, str(reason), timed)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        return Check(name, False, wanted, f"malformed answer: {error!r}", timed)


def _version(answer: Answers, expected: Mapping[str, Any], _answers: Answers) -> str:
    """What users run counts before what would start: a client that is open keeps its release."""
    wanted, starts = expected.get("version"), str(answer["starts"])
    old = [client for client in answer["running"] if client["version"] != wanted]
    if old:
        first = old[0]
        raise NotProved(f"{first['version']}, which {first['user']} has open (process {first['pid']}); {starts} starts")
    if not wanted or starts != wanted:
        raise NotProved(starts)
    return starts


def _profile(answer: Answers, expected: Mapping[str, Any], _answers: Answers) -> str:
    profiles, login = answer["profiles"], answer["login"]
    hosts = [str(profile.get("host")) for profile in profiles.values()] + [str(login.get("host"))]
    demo = next((host for host in hosts if DEMO in host), None)
    if demo:
        raise NotProved(f"the client offers {demo}, a public demonstration server")
    strange = next((host for host in hosts if host != expected["host"]), None)
    if strange:
        raise NotProved(f"the client offers {strange}")
    if list(profiles) != [expected["server"]]:
        raise NotProved(f"profiles {', '.join(profiles) or 'none'}")
    profile = profiles[expected["server"]]
    for what, found in (("database", profile.get("database")), ("user", profile.get("username"))):
        if found != expected[what]:
            raise NotProved(f"the profile {expected['server']} has {what} {found}, {expected[what]} is wanted")
    if expected["host"] not in answer["tls_only"]:
        raise NotProved(f"the client would ask {expected['host']} without TLS if it had to")
    return f"{expected['server']} at {expected['host']}, TLS only"


def _series(answer: Answers, expected: Mapping[str, Any], _answers: Answers) -> str:
    runs = ".".join(str(answer["server"]).split(".")[:2])
    if answer["wants"] != runs:
        wanted = GNU_HEALTH.get(runs)
        speaks = f"{wanted} (Tryton {runs})" if wanted else f"Tryton {runs}"
        client = f"client {answer['client']} is for Tryton {answer['wants']}"
        raise NotProved(f"{client}, server {expected['server']} speaks {speaks}: client {wanted or '?'}.x is wanted")
    return f"client {answer['client']}, server {expected['server']} with Tryton {answer['server']}"


def _login(answer: Answers, expected: Mapping[str, Any], _answers: Answers) -> str:
    found = {"user": answer["user"], "database": answer["database"], "host": str(answer["url"]).partition("://")[2]}
    for what, value in found.items():
        if not value or value != expected[what]:
            raise NotProved(f"the desk's login is for {what} {value}, {expected[what]} is wanted")
    if not str(answer["url"]).startswith("https://"):
        raise NotProved(f"{answer['url']} is asked without TLS")
    return f"{answer['name']} ({answer['user']})"


def _language(answer: Answers, expected: Mapping[str, Any], answers: Answers) -> str:
    """The desk's setting, the client's own setting, and that the server really speaks the language."""
    wanted = expected["language"]
    if answer["language"] != wanted:
        raise NotProved(f"the desk is set to {answer['language']}")
    profile = answers.get("profile") or {}
    if profile.get("language") != wanted:
        raise NotProved(f"the client starts in {profile.get('language') or 'no language'}")
    if wanted not in answer["offered"]:
        raise NotProved(f"{expected['server']} has no {wanted}; it has {', '.join(answer['offered']) or 'none'}")
    names, translated = int(answer["names"]), int(answer["translated"])
    if not names:
        raise NotProved(f"{expected['server']} names nothing")
    if wanted != "en" and not translated:
        raise NotProved(f"{expected['server']} answers in English: its translations to {wanted} were not loaded")
    return wanted if wanted == "en" else f"{wanted}, {translated} of {names} names translated"


def _view(answer: Answers, expected: Mapping[str, Any], _answers: Answers) -> str:
    if answer["view"] != expected["view"]:
        raise NotProved(f"the desk opens {answer['view']}")
    # A name is only what the desk calls its window; the client opens the action.
    if answer["action"] != expected["action"]:
        opened, wanted = (side["action"] or "the menu" for side in (answer, expected))
        raise NotProved(f"the desk opens {opened}, {wanted} is wanted")
    if answer["section"] != expected["section"]:
        raise NotProved(f"the desk lists section {answer['section'] or 'all'}")
    if answer["view"] == "menu":
        return "menu"
    if not answer["title"]:
        raise NotProved(f"{expected['server']} gives the view no title")
    strange = [section for section in answer["sections"] if section != expected["section"]]
    if expected["section"] and strange:
        raise NotProved(f"section {', '.join(strange)} is listed too")
    return f"「{answer['title']}」, {answer['records']} listed" + (
        f" of {expected['section']}" * bool(expected["section"])
    )


def _screen(answer: Answers, expected: Mapping[str, Any], answers: Answers) -> str:
    """What the running client shows: the menu in the desk's language, and the start view in front."""
    menus, texts = answer["menus"], answer["texts"]
    if not answer["file_menu"] or answer["file_menu"] not in menus:
        raise NotProved(f"menus {', '.join(menus) or 'none'}; 「{answer['file_menu']}」 is wanted")
    view = answers.get("view") or {}
    title = view.get("title") if view.get("action") == expected["action"] else None  # not another window's
    if expected["view"] != "menu" and (not title or title not in texts):
        wanted = f"「{title}」" if title else expected["view"]
        raise NotProved(f"pages {', '.join(answer['tabs']) or 'none'}; {wanted} is wanted")
    return f"menu 「{answer['file_menu']}」" + (f", page 「{title}」" if title else "")
