# Copyright: Wardround founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""VLANs and ports of a switch, changed in a way that undoes itself."""

from __future__ import annotations

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

try:
    # Here and not later: linear and free load this file once, before they fork, and netmiko takes a second to load.
    from wardround.network import switch_data
    from wardround.network.dialects import dialect_of
    from wardround.run import switch_change
    from wardround.run.device_session import Login, RejectedError, SessionError
    from wardround.run.switch_change import ChangeError, UnsavedError

    IMPORT_ERROR = None
except ImportError as error:
    IMPORT_ERROR = error

CHANGING = ["merged", "replaced", "overridden", "deleted"]


class ActionModule(ActionBase):
    """Adapter: gathers what Ansible knows and asks `wardround.run.switch_change`."""

    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        """Change a switch, or say what it is."""
        result = super().run(tmp, task_vars)
        if IMPORT_ERROR:
            raise AnsibleActionFail(f"install the Python package wardround beside Ansible: {IMPORT_ERROR}")
        _spec, args = self.validate_argument_spec(
            argument_spec={
                "config": {"type": "dict"},
                "state": {"type": "str", "default": "merged", "choices": [*CHANGING, "rendered", "gathered", "parsed"]},
                "platform": {"type": "str"},
                "running_config": {"type": "str"},
                "show_vlan": {"type": "str"},
                "confirm_seconds": {"type": "int", "default": 120},
                "consent_unsaved": {"type": "bool", "default": False},
                "known_hosts": {"type": "path"},
                "timeout": {"type": "float", "default": 30.0},
            },
            required_if=[
                *[("state", state, ["config"]) for state in [*CHANGING, "rendered"]],
                ("state", "parsed", ["running_config", "show_vlan"]),
            ],
        )
        try:
            result.update(self._answer(args, task_vars))
        except (ValueError, RejectedError, SessionError, UnsavedError, ChangeError) as error:
            raise AnsibleActionFail(str(error)) from error
        return result

    def _answer(self, args, task_vars):
        name = task_vars["inventory_hostname"]
        platform = args["platform"] or (args["config"] or {}).get("platform", "")
        dialect = dialect_of(platform)
        if args["state"] == "parsed":
            return {"parsed": switch_data.to_data(dialect.parse(args["running_config"], args["show_vlan"]))}
        if args["state"] == "gathered":
            return {"gathered": switch_data.to_data(switch_change.gather(self._login(args, task_vars), dialect))}
        want = switch_data.from_data(args["config"], name, platform)
        if args["state"] == "rendered":
            dialect.check(want)
            return {"rendered": dialect.render(want)}
        done = switch_change.change(
            self._login(args, task_vars),
            dialect,
            want,
            args["state"],
            args["confirm_seconds"],
            consent_unsaved=args["consent_unsaved"],
            act=not self._task.check_mode,
            # Beside the results, which a callback may write as one document.
            tell=lambda phase: self._display.display(f"{name}: {phase}", stderr=True),
        )
        texts = {"before": "\n".join(dialect.render(done.before)), "after": "\n".join(dialect.render(done.after))}
        return {
            "changed": bool(done.commands),
            "state": args["state"],
            "before": switch_data.to_data(done.before),
            "after": switch_data.to_data(done.after),
            "commands": list(done.commands),
            "unified_diff": done.diff,
            "rollback": done.mechanism,
            "diff": {key: f"{text}\n" for key, text in texts.items()} | {"before_header": name, "after_header": name},
        }

    def _login(self, args, task_vars):
        """Where the switch is and who logs in, from the variables of its connection; secrets are never arguments."""

        def said(*names):
            found = (self._templar.template(task_vars[name]) for name in names if task_vars.get(name) is not None)
            return next(found, None)

        user = said("ansible_user", "ansible_ssh_user")
        if not user:
            raise AnsibleActionFail("ansible_user is not set: who logs in to the switch?")
        return Login(
            host=said("ansible_host") or task_vars["inventory_hostname"],
            user=user,
            port=int(said("ansible_port") or 22),
            password=said("ansible_password", "ansible_ssh_pass"),
            secret=said("ansible_become_password"),
            key_file=said("ansible_ssh_private_key_file", "ansible_private_key_file"),
            known_hosts=args["known_hosts"],
            seconds=args["timeout"],
        )
