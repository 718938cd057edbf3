"""`wardround classify`: whose fault a failure was."""

from __future__ import annotations

import click

from wardround.cli import session
from wardround.cli.options import json_option
from wardround.exit_codes import BAD_INPUT, DONE
from wardround.run import journal, rollouts


@click.command()
@click.argument("host")
@click.option("--as", "cause", type=click.Choice(["release", "machine"]), required=True, help="Whose fault it was.")
@click.option("--reason", required=True, help="Why you think so; it is recorded.")
@json_option
def classify(host: str, cause: str, reason: str, as_json: bool) -> None:
    """Say whether a failure of HOST was the release's (the roll-out ends) or the machine's own (it is left alone)."""
    store = session.open_store(as_json)
    found = [one for one in rollouts.unfinished(store) if one.causes(host)]
    if not found:
        session.end(BAD_INPUT, f"no unfinished roll-out has a failure of {host} to classify", as_json)
    if cause not in found[-1].causes(host):
        sentence = f"{host} is staged, waiting for restart: nothing has failed; only --as machine leaves it alone"
        session.end(BAD_INPUT, sentence, as_json)
    journal.classify(store, found[-1].id, host, cause, reason)
    nxt = "ends here; `wardround rollback PLAN`" if cause == "release" else "may go on; `wardround apply PLAN`"
    session.end(DONE, f"{host}: the {cause}'s fault. The roll-out to {found[-1].plan.to_version} {nxt}", as_json)
