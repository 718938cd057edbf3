"""`wardround`: one module a command, imported only when it is asked for."""

from __future__ import annotations

import importlib

import click

_COMMANDS = {
    "validate": "check a hospital's data and explain what is wrong and where",
    "explain": "say where a machine's settings come from",
    "compile": "derive switches, firewalls and what intrusion detection alerts on",
    "plan": "compute the waves of an upgrade",
    "apply": "run the next waves of an approved plan",
    "prove": "ask a product's clinical questions, walk the patient's journey, or ask the network's twin",
    "mutate": "make mistakes in the network and see whether its proof catches them",
    "halt": "stop every roll-out before the next host",
    "resume": "lift a halt",
    "status": "show where a roll-out stands",
    "classify": "say whether a failure is the release's or the machine's own",
    "rollback": "take hosts back the recorded way",
    "report": "write the page",
}


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"wardround.cli.{cmd_name}")
        command = getattr(module, cmd_name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.command(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="wardround")
def main() -> None:
    """Hospital IT as code: intend, plan, apply, prove, record."""
