# Copyright: Wardround founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The links to check, the verdict on each, and how they all stand."""

from __future__ import annotations

import os
from pathlib import Path

from ansible import context
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

try:
    from wardround import intent
    from wardround.intent.link_checks import Link
    from wardround.intent.problem import one_of
    from wardround.network import link_health
    from wardround.run import clock, link_history
    from wardround.run.lock import LockedError
    from wardround.run.store import Store, StoreError

    IMPORT_ERROR = None
except ImportError as error:
    IMPORT_ERROR = error


class ActionModule(ActionBase):
    """Adapter to `wardround.network.link_health` and `wardround.run.link_history`."""

    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        """Begin the check of the links, judge one, or end it."""
        result = super().run(tmp, task_vars)
        if IMPORT_ERROR:
            raise AnsibleActionFail(f"install the Python package wardround beside Ansible: {IMPORT_ERROR}")
        _spec, args = self.validate_argument_spec(
            argument_spec={
                "state": {"type": "str", "required": True, "choices": ["begun", "checked", "ended"]},
                "only": {"type": "list", "elements": "str", "default": []},
                "accept": {"type": "str"},
                "link": {"type": "dict"},
                "opened": {"type": "dict", "default": {}},
                "measured": {"type": "dict", "default": {}},
            },
            required_if=[("state", "checked", ["link"])],
        )
        try:
            result.update(getattr(self, f"_{args['state']}")(args))
        except (intent.IntentError, LockedError, StoreError, link_history.HistoryError) as error:
            raise AnsibleActionFail(str(error)) from error
        return result

    def _begun(self, args):
        """The links of the hospital, those of `only` where it names any, each with what a task needs to know."""
        links = [link for source in context.CLIARGS["inventory"] if Path(source).is_dir() for link in _links(source)]
        names = [link["name"] for link in links]
        if not links:
            raise AnsibleActionFail(
                "no link to check: name them in group_vars/all/link_checks.yml, docs/check_links.md"
            )
        for name in args["only"]:
            if name not in names:
                raise AnsibleActionFail(f"no link '{name}': -e link=NAME, one of {one_of(name, names)}")
        if args["accept"] is not None and not (args["only"] and args["accept"].strip()):
            raise AnsibleActionFail("an acceptance needs its link and its reason: -e link=NAME -e accept='REASON'")
        if not self._task.check_mode:
            link_history.begin(Store.open(), os.getppid())
        chosen = [link for link in links if link["name"] in (args["only"] or names)]
        return {"links": chosen, "hosts": sorted({link[end] for link in chosen for end in ("from", "to")})}

    def _checked(self, args):
        asked = args["link"]
        link = Link.model_validate({key: asked[key] for key in asked if key in Link.model_json_schema()["properties"]})
        if self._task.check_mode:
            return {"msg": f"nothing is measured in check mode, {asked['told']} otherwise"}
        fault = link_health.opening_fault(link.source, link.destination, args["opened"], args["measured"])
        figures, faults = ({}, [fault]) if fault else (args["measured"]["figures"], args["measured"]["faults"])
        history, now = link_history.read(asked["name"]), clock.now()
        check = link_health.judge(asked["name"], link, history, now, figures, faults, args["accept"])
        told = link_health.sentence(link_history.add(check))
        if args["accept"] and check.accepted is None:
            told += "; it is not accepted, because not everything was measured"
        return {"good": check.good, "msg": told, **({} if check.good else {"warnings": [told]})}

    def _ended(self, args):
        if self._task.check_mode:
            return {"told": [], "worse": []}
        link_history.end(Store.open(), os.getppid())
        histories = [link_history.read(name) for name in args["only"]]
        told = [(history[-1].good, link_health.sentence(history)) for history in histories if history]
        worse = [sentence for good, sentence in told if not good]
        return {"told": [sentence for good, sentence in told if good] + worse, "worse": worse}


def _links(source):
    """The links of one inventory directory, defaults filled in, with the addresses of their ends."""
    hospital = intent.load(Path(source))
    checks = hospital.link_checks
    return [
        {
            "name": name,
            **link.model_dump(by_alias=True, mode="json"),
            "source": hospital.hosts[link.source].address,
            "address": hospital.hosts[link.destination].address,
            "port": checks.port,
            "deadline": link_health.deadline(link),
            "told": link_health.plan(name, link),
        }
        for name, link in (checks.links.items() if checks else ())
    ]
