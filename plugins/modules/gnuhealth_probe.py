#!/usr/bin/python
# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: gnuhealth_probe
short_description: Ask a desk's HIS or LIS client what its user would meet
version_added: 1.0.0
description:
  - Asks from the workstation itself, with its own settings and login, what runs, what would start, and what the server
    answers this desk. Nothing is judged here, and no question stops the ones after it.
  - The client's version is what it prints when it is really started on a virtual screen, and the release its users'
    processes come from; exit codes and links are no evidence.
author: Wardround founders (@wardround)
options:
  product:
    description: V(his_client) or V(lis_client); the settings are those in O(settings).
    type: str
    required: true
  settings:
    description: Directory with the desk's C(desk.json) and C(login.json); C(/etc/wardround/<product>) by default.
    type: path
  questions:
    description: What to ask. V(version) needs no server.
    type: list
    elements: str
    choices: [version, profile, series, login, language, view]
    default: [version, profile, series, login, language, view]
  deadline:
    description: Seconds that the client's start and each question to the server may take.
    type: float
    default: 10
attributes:
  check_mode:
    support: full
    description: Asks also in check mode, because asking changes nothing.
  diff_mode:
    support: none
    description: Nothing changes.
requirements:
  - the role P(wardround.hospital.gnuhealth_client#role) on the target, whose launcher and user it starts
"""

EXAMPLES = r"""
- name: Ask the HIS client of this desk
  wardround.hospital.gnuhealth_probe:
    product: his_client

- name: Ask what runs
  wardround.hospital.gnuhealth_probe:
    product: his_client
    questions: [version]
"""

RETURN = r"""
answers:
  description:
    - One entry a question. Each has RV(ignore:seconds), and RV(ignore:error), one sentence, where it was not answered.
    - C(version) has C(running) (pid, user and version of each client) and C(starts) (what the launcher starts).
    - C(profile) has C(profiles), C(login), C(language) and C(tls_only) as laid out for a new user.
    - C(series) has C(client) and C(server), and C(wants), the series of Tryton that the client is for.
    - C(login) has C(user), C(name), C(database) and C(url).
    - C(language) has C(language), the C(offered) ones, and C(names) and C(translated), how many model names the server
      has and says otherwise than in English.
    - C(view) has C(view), the C(action) that the client opens for it, its C(title), C(model) and C(records), C(section)
      and the C(sections) of the records listed.
  returned: success
  type: dict
  sample: {"version": {"running": [], "starts": "5.0.2", "seconds": 0.6}}
"""

import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.wardround.hospital.plugins.module_utils import gnuhealth_desk as desk_questions
from ansible_collections.wardround.hospital.plugins.module_utils.gnuhealth_desk import DeskError
from ansible_collections.wardround.hospital.plugins.module_utils.proc import ProcError
from ansible_collections.wardround.hospital.plugins.module_utils.tryton import TrytonError

QUESTIONS = ["version", "profile", "series", "login", "language", "view"]


def timed(question):
    """The dict that a question answers, with how long it took; or why it was not answered."""
    started = time.monotonic()
    try:
        answer = question()
    except (DeskError, TrytonError, ProcError) as error:
        answer = {"error": str(error)}
    except OSError as error:
        answer = {"error": f"{error.filename or 'the desk'}: {error.strerror or error}"}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        answer = {"error": f"an answer nobody expected: {error!r}"}
    return dict(answer, seconds=round(time.monotonic() - started, 3))


def at_the_desk(desk, deadline):
    """Answers that need no server: version and profile."""
    answers = {}

    def version():
        answers["version"], answers["profile"] = desk_questions.version_of(desk, deadline)
        return answers["version"]

    answers["version"] = timed(version)
    answers.setdefault("profile", {"error": answers["version"].get("error", "the client was not started")})
    return answers


def at_the_server(desk, login_file, deadline):
    """Answers that the server gives this desk: series, login, language, view."""
    answers = {}
    state = {}

    def series():
        version, wants = desk_questions.client_series(desk["root"])
        login = desk_questions.load_login(login_file)
        state["session"], state["error"] = desk_questions.connect(login, wants, deadline)
        if state["session"].version is None:
            raise DeskError(state["error"])
        return {"client": version, "wants": wants, "server": str(state["session"].version)}

    def login():
        session = inside()
        # Not by the preferences: the first who asks for them lets the server draw an avatar, which two at once cannot.
        found = session.call("model.res.user.search_read", [["login", "=", session.user]], 0, 1, None, ["name"])
        return {"user": session.user, "name": found[0]["name"], "database": session.database, "url": session.url}

    def inside():
        if state.get("error") or "session" not in state:
            raise DeskError(state.get("error") or answers["series"]["error"])
        return state["session"]

    try:
        answers["series"] = timed(series)
        answers["login"] = timed(login)
        answers["language"] = timed(lambda: desk_questions.language_of(inside(), desk["language"]))
        answers["view"] = timed(lambda: desk_questions.view_of(inside(), desk))
    finally:
        if "session" in state:
            state["session"].logout()
    return answers


def run(params):
    """The answers to the questions asked; raises DeskError where the desk has no settings."""
    folder = params["settings"] or "/etc/wardround/" + params["product"]
    desk = desk_questions.read_settings(folder + "/desk.json")
    asked, answers = params["questions"], {}
    if {"version", "profile"} & set(asked):
        answers.update(at_the_desk(desk, params["deadline"]))
    if set(asked) - {"version", "profile"}:
        answers.update(at_the_server(desk, folder + "/login.json", params["deadline"]))
    return {"answers": {question: answers[question] for question in QUESTIONS if question in asked}}


def main():
    module = AnsibleModule(
        argument_spec={
            "product": {"type": "str", "required": True},
            "settings": {"type": "path"},
            "questions": {"type": "list", "elements": "str", "choices": QUESTIONS, "default": QUESTIONS},
            "deadline": {"type": "float", "default": 10.0},
        },
        supports_check_mode=True,
    )
    try:
        result = run(module.params)
    except DeskError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
