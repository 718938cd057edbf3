"""`wardround mutate`: would the proof see a mistake?"""

from __future__ import annotations

import datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from wardround.cli import session
from wardround.cli.options import inventory_option, json_option, today_option
from wardround.cli.proving_network import Bar, list_wrong, subject, told
from wardround.cli.warn import load_and_warn
from wardround.exit_codes import BAD_INPUT, DONE, FAILED
from wardround.intent import IntentError
from wardround.network.mutants import Share, mutants, shares
from wardround.run import network_proof


@click.command()
@click.argument("what", type=click.Choice(["network"]))
@inventory_option
@click.option("--limit", default="", metavar="ZONES", help="Only these zones, by commas.")
@click.option("--each", default=10, show_default=True, type=click.IntRange(0), help="Of each kind; 0: all.")
@click.option("--seed", default=0, show_default=True, help="Which ones are drawn.")
@today_option
@json_option
def mutate(what: str, inventory: Path, limit: str, each: int, seed: int, today: datetime.date, as_json: bool) -> None:
    """Make wrong networks, one mistake each, prove each in the twin, and name those that the proof calls right."""
    try:
        intent = load_and_warn(inventory, today)
    except IntentError as error:
        session.end(BAD_INPUT, "\n".join(str(problem) for problem in error.problems), as_json)
    console = Console(stderr=as_json, highlight=False)
    asked = subject(intent, limit, as_json)
    made = mutants(asked.network, asked.wiring, *asked.models, each=each or None, seed=seed)
    if not made:
        session.end(BAD_INPUT, "no mistake can be made in this network: it has no firewall and no socket", as_json)
    with told(as_json), Bar(console) as progress:
        trial = network_proof.mutate(asked.wiring, asked.expected, asked.models, made, progress)
    if not trial.right.ok:
        if not as_json:
            list_wrong(console, trial.right.sentences)
        sentence = "the network itself is not proved, so no mutant was tried: see `wardround prove network`"
        session.end(FAILED, sentence, as_json, wrong=trial.right.sentences)
    counted = shares(trial.found, made)
    survivors = [name for share in counted for name in share.survivors]
    if not as_json:
        console.print(_table(counted))
        list_wrong(console, [f"survived: {name}" for name in survivors])
        list_wrong(console, trial.after.sentences)
    caught = len(made) - len(survivors)
    sentence = f"{caught} of {len(made)} mutants caught, {100 * caught // len(made)}%"
    if survivors:
        sentence += f"; survived: {'; '.join(survivors)}"
    if not trial.after.ok:
        sentence += "; the twin was not right again afterwards, so nothing of this counts"
    session.end(
        DONE if not survivors and trial.after.ok else FAILED,
        sentence,
        as_json,
        kinds={share.kind: {"made": share.made, "survivors": list(share.survivors)} for share in counted},
        caught_by={name: found for name, found in trial.found.items() if found},
        afterwards=trial.after.sentences,
    )


def _table(counted: list[Share]) -> Table:
    table = Table(box=None)
    for heading in ("mistake", "made", "caught"):
        table.add_column(heading)
    for share in counted:
        caught = f"{share.made - len(share.survivors)}" if share.made else "none can be made here"
        table.add_row(share.kind, str(share.made), caught)
    return table
