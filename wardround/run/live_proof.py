"""Runs the proof of a network from its own machines: questions out, one playbook, answers home."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from wardround.network.live import Answers
from wardround.run import clock, runner
from wardround.run.display import Display
from wardround.run.store import Store, state_dir

PLAYBOOK: Final = "prove_network.yml"
_KEPT: Final = 5


@dataclass(frozen=True)
class Asked:
    """answers: by host; missing: hosts that brought none home; output: what Ansible said."""

    answers: dict[str, Answers]
    missing: tuple[str, ...]
    output: Path


def ask(store: Store, inventory: Path, questions: Mapping[str, Mapping[str, Any]], display: Display) -> Asked:
    """Have every host ask its questions at the same time."""
    exchange = _exchange(state_dir() / "live")
    for host, own in questions.items():
        (exchange / "questions" / f"{host}.json").write_text(json.dumps(own), encoding="utf-8")
    job = runner.Job(
        f"playbooks/{PLAYBOOK}",
        (str(inventory),),
        hosts=tuple(questions),
        phase="manual",
        kind="prove",
        extra={"exchange": str(exchange)},
    )
    display.begin("the network, from its own machines", ())
    try:
        ended = runner.run(store, job, display.watch)
    finally:
        display.end()
    answers = dict(_answers(exchange / "answers.json"))
    return Asked(answers, tuple(host for host in questions if host not in answers), ended.output)


def _exchange(home: Path) -> Path:
    """A new directory for questions and answers; the oldest go."""
    made = home / clock.now().replace(":", "")
    (made / "questions").mkdir(parents=True, mode=0o700)
    for old in sorted(home.iterdir())[:-_KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    return made


def _answers(path: Path) -> Iterable[tuple[str, Answers]]:
    if not path.exists():  # the run was stopped before
        return
    for host, found in json.loads(path.read_text(encoding="utf-8")).items():
        with contextlib.suppress(KeyError, TypeError, AttributeError):  # no answers: as if it had brought nothing
            yield host, Answers.of(found)
