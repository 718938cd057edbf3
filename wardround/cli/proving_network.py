"""What `wardround prove network` and `mutate network` share: the network, what can go wrong, a progress bar."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from wardround.cli import session
from wardround.exit_codes import BAD_INPUT, FAILED, LOCKED
from wardround.intent import Intent
from wardround.intent.network import Network
from wardround.network import tally
from wardround.network.compile import compile_network
from wardround.network.device import FirewallModel, SwitchModel
from wardround.network.digest import intent_sha256
from wardround.network.matrix import Expected, Probe, expectations
from wardround.network.wiring import Wiring, wire
from wardround.run import git, network_record
from wardround.run.netns import NetworkError
from wardround.run.network_proof import Models, Proof
from wardround.run.store import Store, StoreError
from wardround.run.twin import TwinBusyError

_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Subject:
    """A hospital's network, ready to be proved."""

    network: Network
    wiring: Wiring
    expected: Mapping[Probe, Expected]
    models: Models


def subject(intent: Intent, limit: str, as_json: bool) -> Subject:
    """The network of the zones that `limit` names, by commas; all if empty. Ends the command without a network."""
    network = intent.network
    if network is None:
        home = intent.directory / "group_vars/all/network.yml"
        session.end(BAD_INPUT, f"{home}: not there, so nothing says who may reach whom", as_json)
    zones = [zone.strip() for zone in limit.split(",") if zone.strip()]
    if unknown := [zone for zone in zones if zone not in network.zones]:
        known = ", ".join(network.zones)
        session.end(BAD_INPUT, f"--limit: {', '.join(unknown)}, no zone; allowed {known}", as_json)
    if len(zones) == 1:
        session.end(BAD_INPUT, f"--limit: {zones[0]} alone; allowed at least two zones, or none for all", as_json)
    try:
        wiring = wire(network, intent.hosts, zones)
    except ValueError as error:
        session.end(BAD_INPUT, str(error), as_json)
    devices = compile_network(network, intent.hosts)
    models = Models(
        {name: model for name, model in devices.items() if isinstance(model, SwitchModel)},
        {name: model for name, model in devices.items() if isinstance(model, FirewallModel)},
    )
    return Subject(network, wiring, expectations(network, wiring), models)


def record(
    store: Store, intent: Intent, asked: Subject, kind: network_record.Kind, limit: str, proof: Proof, as_json: bool
) -> None:
    """Write a proof down; ends the command where that cannot be."""
    wiring, services = asked.wiring, proof.services
    command = f"wardround prove network{' --live' if kind == 'live' else ''} -i {intent.directory}"
    command += f" --limit {limit}" if limit else ""
    revision, digest = git.revision(intent.directory), intent_sha256(asked.network, intent.hosts)
    tried = (len(wiring.outlets), len(wiring.cables)) if kind == "twin" else (0, 0)
    pairs = tally.pairs(wiring, asked.expected, services, proof.unproved)
    faults = tally.faults(wiring, services, proof.unproved, proof.blind, proof.leaks)
    bound = network_record.Bound(digest, revision, *tried)
    try:
        network_record.add_proof(store, kind, command, bound, proof.ok, pairs, faults, len(proof.leaks))
    except StoreError as error:
        session.end(FAILED, f"the proof is not recorded: {error}", as_json)


@contextlib.contextmanager
def told(as_json: bool) -> Iterator[None]:
    """What can go wrong with a twin, as sentences and exit codes."""
    try:
        yield
    except TwinBusyError as error:
        session.end(LOCKED, str(error), as_json)
    except NetworkError as error:
        session.end(FAILED, f"the twin cannot be built: {error}", as_json)
    except ValueError as error:
        session.end(BAD_INPUT, str(error), as_json)
    except KeyboardInterrupt:
        session.end(FAILED, "interrupted: the twin is taken down, nothing is proved", as_json)


class Bar:
    """A progress bar for each stage, on a terminal."""

    def __init__(self, console: Console) -> None:
        columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task: TaskID | None = None

    def __enter__(self) -> Bar:
        self._bar.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._bar.stop()

    def stage(self, title: str, total: int) -> None:
        if self._task is not None:
            self._bar.remove_task(self._task)
        self._task = self._bar.add_task(title, total=total)

    def done(self, count: int) -> None:
        assert self._task is not None
        self._bar.advance(self._task, count)


def list_wrong(console: Console, sentences: list[str]) -> None:
    for sentence in sentences[:_SHOWN]:
        console.print(Text(f"  ✗ {sentence}", "red"), soft_wrap=True)
    if len(sentences) > _SHOWN:
        console.print(Text(f"    and {len(sentences) - _SHOWN} more; --json lists all"), soft_wrap=True)
