"""`python3 -m lab.engine`: run the engine or a gateway, or look into the engine."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from lab.engine import service, status
from lab.engine.config import Config, load
from lab.engine.journal import Journal


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(prog="engine", description="The hospital's interface engine.")
    found.add_argument("--config", type=Path, default=status.default_path(), help="default: %(default)s")
    commands = found.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="poll, queue, deliver, take results")
    commands.add_parser("gateway", help="the gateway of one server").add_argument("server", choices=["his", "lis"])
    commands.add_parser("status", help="who answers, what waits, what was refused and why, as JSON")
    commands.add_parser("messages", help="what was made for a patient, as it is sent").add_argument("puid")
    for name, text in (("show", "a message"), ("resend", "send a refused message once more")):
        commands.add_parser(name, help=text).add_argument("control_id")
    return found


def main(arguments: list[str] | None = None) -> int:
    wanted = parser().parse_args(arguments)
    try:
        config = load(wanted.config)
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"engine: {wanted.config} could not be read: {error}", file=sys.stderr)
        return 2
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(message)s")
    try:
        return act(config, wanted)
    except OSError as error:
        print(f"engine: {error}", file=sys.stderr)
        return 1


def act(config: Config, wanted: argparse.Namespace) -> int:
    """Do what was asked for; 0 or 1."""
    if wanted.command == "run":
        service.run(config)
    elif wanted.command == "gateway":
        service.gateway(config, wanted.server)
    elif wanted.command == "status":
        print(status.told(status.status(config)))
    elif wanted.command == "messages":
        for text in status.messages(config, wanted.puid):
            sys.stdout.buffer.write(f"{text}\n".encode())
    elif wanted.command == "show":
        text = status.message(config, wanted.control_id)
        print(text if text is not None else f"the engine has no message {wanted.control_id}")
        return int(text is None)
    else:
        found = Journal(config.state / "engine.db").again(wanted.control_id)
        print(f"{found} messages wait again" if found else f"no refused message has the control id {wanted.control_id}")
        return int(not found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
