"""The project's tests, cheap before dear: stops at the first stage that fails and ends with `N passed, N failed`.

Usage: tests/run.py [--role ROLE] [--only CHECK] [STAGE...]   stages: lint unit sanity network images molecule
                                                              integration long bench
A check's output goes to .lab/logs/<check>.log and its end is printed when the check fails.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import takewhile
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOGS = ROOT / ".lab/logs"
BIN = Path(sys.executable).parent
WORKFLOWS = sorted(ROOT.glob(".github/workflows/*.yml"))
NETWORK = sorted(path.relative_to(ROOT) for path in ROOT.glob("tests/network/test_*.py"))
# What runs side by side, and how many checks at once: the first begin first, and the lab waits half of its time.
DEFAULT = (
    (("sanity", "lint"), 2),
    (("unit",), 1),
    (("images",), 1),
    (("network",), 2),  # real timers and real packets: nothing heavy beside them
    (("integration", "molecule"), 3),
)
DEAREST = ("his_server", "his_client", "intrusion_detection", "time_client")  # scenarios that begin first
# Scenarios with tests marked `long`, and those with no others: in `make test-long`; other scenarios run their roles.
LONG = ("gnuhealth_client", "gnuhealth_server", "his_client", "lis_server", "pacs_server")
LONG_WHOLE = {"gnuhealth_client", "gnuhealth_server", "lis_server"}
LIMIT = 3600  # seconds for one check: a hanging one must not hide the others' results
TOLD = 150  # lines of a failed check's log
TESTED = re.compile(r"::(\S+.* (?:PASSED|FAILED|ERROR)) ")  # pytest -v
REASONS = re.compile(r"^(CRITICAL|FAILED |ERROR |E  +\S|make: )|: error:")
CAUSES = re.compile(r"^E?\s*(fatal|failed): ")  # Ansible's own words, in a test a thousand lines above its end
TOLD_AGAIN, TOLD_OF_ONE = 6, 12  # reasons at the very end, and lines of one failed task
STEPPED = re.compile(r"> (\w+)\] Executed: (.+)")  # molecule
ENDED = threading.Event()  # set by Ctrl-C or SIGTERM


@dataclass(frozen=True)
class Check:
    """One command. `cases`: the JUnit file that a test runner leaves. `progress`: what to show of its lines.

    `variables`: more for its environment.
    """

    name: str
    command: list[str | Path]
    cases: Path | None = None
    progress: re.Pattern[str] | None = None
    variables: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Stage:
    name: str
    checks: list[Check]
    at_once: int = 1


@dataclass
class Tally:
    passed: int = 0
    failed: int = 0
    broken: list[str] = field(default_factory=list)


def stages(role: str | None) -> list[Stage]:
    scenarios = {role} if role else {path.parent.name for path in ROOT.glob("molecule/*/molecule.yml")} - LONG_WHOLE
    return [
        Stage(
            "lint",
            [
                Check("yamllint", [BIN / "yamllint", "--strict", "."]),
                Check("ansible-lint", [BIN / "ansible-lint", "--nocolor"]),
                Check("ruff", [BIN / "ruff", "check", "--quiet"]),
                Check("ruff-format", [BIN / "ruff", "format", "--check", "--quiet"]),
                Check("mypy", [BIN / "mypy"]),
                Check(
                    "workflows", [BIN / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", *WORKFLOWS]
                ),
                pytest("tree", "tests/lint"),
            ],
            at_once=2,
        ),
        # Three at once: those that play a roll-out wait half of their time.
        Stage("unit", [pytest("unit", "tests/unit", "tests/golden", "-n3", "--dist=worksteal", "--durations=25")]),
        Stage("sanity", [Check("ansible-test", [sys.executable, "tests/sanity.py"])]),
        Stage("network", [pytest(path.stem, str(path)) for path in NETWORK], at_once=2),
        Stage("images", [Check("software", [sys.executable, "-m", "lab", "software"])]),
        Stage(
            "molecule",
            [
                molecule(name, None if role else "not long")
                for name in sorted(scenarios, key=lambda name: (name not in DEAREST, name))
            ],
            at_once=3,  # they wait for each other's systemd as often as they compute
        ),
        Stage("integration", [integration("integration", "not long")]),
        Stage("long", [*(molecule(name, "long") for name in LONG), integration("integration-long", "long")]),
        Stage(
            "bench",
            [
                Check("bench-his", [sys.executable, "-m", "tests.bench.bench_his"]),  # the lab that `long` leaves
                pytest("bench", *(f"tests/bench/bench_{name}.py" for name in ("scale", "twin", "switches")), "-s"),
            ],
        ),
    ]


def together(known: list[Stage], names: tuple[str, ...], at_once: int) -> Stage:
    """Stages side by side, as one; their checks begin in the order of the names."""
    checks = [check for name in names for stage in known if stage.name == name for check in stage.checks]
    return Stage(" and ".join(names), checks, at_once)


def pytest(name: str, *arguments: str, progress: re.Pattern[str] | None = None) -> Check:
    cases = LOGS / f"{name}.xml"
    return Check(name, [sys.executable, "-m", "pytest", *arguments, f"--junit-xml={cases}"], cases, progress)


def integration(name: str, chosen: str) -> Check:
    return pytest(name, "tests/integration", "-v", "--durations=25", "-m", chosen, progress=TESTED)


def molecule(scenario: str, chosen: str | None) -> Check:
    """`chosen`: pytest's -m for the scenario's tests; without it all run, as .config/molecule/config.yml has it."""
    variables = {"WARDROUND_TESTS": chosen} if chosen else {}
    nice = ["nice", "-n", "5"]  # the tests on the lab beside it go first: they take longer and wait for each other
    return Check(f"molecule-{scenario}", [*nice, BIN / "molecule", "test", "-s", scenario], None, STEPPED, variables)


def environment() -> dict[str, str]:
    """This environment's programs first; none of the user's own Ansible settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "MOLECULE_"))}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    kept.setdefault("CONTAINERS_CONF", str(ROOT / ".lab/containers.conf"))  # as in the Makefile
    return kept | {"PATH": f"{BIN}:{kept['PATH']}", "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"}


def run(check: Check, tally: Tally) -> None:
    if ENDED.is_set():
        return
    if check.cases:
        check.cases.unlink(missing_ok=True)
    log = LOGS / f"{check.name}.log"
    start = time.monotonic()
    with log.open("w") as output:  # a file, not a pipe: what a check leaves running would hold a pipe open
        process = subprocess.Popen(
            check.command,
            cwd=ROOT,
            env=environment() | check.variables,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        code = watch(process, check, log, start)
    seconds = time.monotonic() - start
    passed, failed = count(check, code)
    tally.passed += passed
    tally.failed += failed
    if failed:
        tally.broken.append(check.name)
        told = log.read_text(errors="replace").splitlines()[-TOLD:]
        say("\n".join([f"  FAILED {check.name} after {seconds:.0f} s; the end of {log.relative_to(ROOT)}:", *told]))
    else:
        say(f"  ok {check.name} ({passed}) {seconds:.0f} s")


def watch(process: subprocess.Popen[bytes], check: Check, log: Path, start: float) -> int:
    """Wait for the check and show its progress lines; end its process group at the limit or when we are ended."""
    with log.open(errors="replace") as output:
        line = ""
        while process.poll() is None:
            time.sleep(0.2)
            *lines, line = (line + output.read()).split("\n")
            for match in map(check.progress.search, lines) if check.progress else ():
                if match:
                    say(f"    {check.name}: {' '.join(match.groups())}")
            if ENDED.is_set() or time.monotonic() - start > LIMIT:
                say(f"  {check.name}: ended by us")
                return end(process) or 1
    return process.returncode


def end(process: subprocess.Popen[bytes]) -> int:
    """End a check's process group, with time to tell what it found so far and to clear away; its exit code."""
    for ending, patience in ((signal.SIGINT, 60), (signal.SIGTERM, 10), (signal.SIGKILL, None)):
        os.killpg(process.pid, ending)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(patience)
    raise AssertionError("a killed process ends")


def count(check: Check, code: int) -> tuple[int, int]:
    """Passed and failed test cases; a command that is no test runner, or died before its report, is one case."""
    if not check.cases or not check.cases.exists():
        return (1, 0) if code == 0 else (0, 1)
    suites = ET.parse(check.cases).getroot().findall("testsuite")
    total, failed = (sum(int(suite.get(key, 0)) for suite in suites) for key in ("tests", "failures"))
    errors, skipped = (sum(int(suite.get(key, 0)) for suite in suites) for key in ("errors", "skipped"))
    return total - failed - errors - skipped, max(failed + errors, int(code != 0))


def work_tree() -> str:
    """What identifies the work tree's state: tracked files' changes and the list of files git does not know."""
    commands = (["git", "diff", "HEAD"], ["git", "status", "--porcelain"])
    found = [subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout for command in commands]
    return hashlib.sha256(b"\0".join(found)).hexdigest()


def say(text: str) -> None:
    print(text, flush=True)


def run_stages(chosen: Iterable[Stage], tally: Tally) -> None:
    for stage in chosen:
        say(f"{stage.name}: {', '.join(check.name for check in stage.checks)}")
        start = time.monotonic()
        with ThreadPoolExecutor(stage.at_once) as pool:
            list(pool.map(lambda check: run(check, tally), stage.checks))
        say(f"{stage.name}: {'FAILED' if tally.broken else 'passed'} in {time.monotonic() - start:.0f} s")
        if tally.broken:
            say(f"stopped at stage {stage.name}; failed: {', '.join(tally.broken)}")
            for name in tally.broken:
                said = (LOGS / f"{name}.log").read_text(errors="replace").splitlines()
                reasons = (list(filter(REASONS.search, said)) or said)[-TOLD_AGAIN:]
                say("\n".join([f"  {name}:", *(f"    {line[:900]}" for line in [*causes(said), *reasons])]))
            return


def causes(said: list[str]) -> list[str]:
    """The lines in which Ansible tells of failed tasks, the first few of them and each once."""
    begin = (said[at : at + TOLD_OF_ONE] for at, line in enumerate(said) if CAUSES.search(line))
    told = dict.fromkeys(tuple(takewhile(lambda line: line.strip(" E"), lines)) for lines in begin)
    return [line for lines in list(told)[:TOLD_AGAIN] for line in lines]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage", nargs="*", help="only these stages; long and bench run only when named")
    parser.add_argument("--role", help="only this role's Molecule scenario")
    parser.add_argument("--only", help="only this check of the stages; what a pre-commit hook runs")
    wanted = parser.parse_args()
    known = stages(wanted.role)
    unknown = set(wanted.stage) - {stage.name for stage in known}
    if unknown:
        parser.error(f"no stage {', '.join(sorted(unknown))}")
    chosen = [stage for name in wanted.stage for stage in known if stage.name == name]
    chosen = chosen or [together(known, names, at_once) for names, at_once in DEFAULT]
    if wanted.only:
        chosen = [replace(stage, checks=[one for one in stage.checks if one.name == wanted.only]) for stage in chosen]
        chosen = [stage for stage in chosen if stage.checks]
        if not chosen:
            parser.error(f"no check {wanted.only} in these stages")
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, lambda *_: ENDED.set())
    LOGS.mkdir(parents=True, exist_ok=True)
    before, start, tally = work_tree(), time.monotonic(), Tally()
    run_stages(chosen, tally)
    if work_tree() != before:
        say("the work tree changed during the run: see `git status`")
        tally.failed += 1
    say(f"{time.monotonic() - start:.0f} s")
    say(f"{tally.passed} passed, {tally.failed} failed")
    return int(tally.failed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
