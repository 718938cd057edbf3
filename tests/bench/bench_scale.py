"""What `wardround validate` and `plan` cost for a large hospital, and `compile network` and `validate` for Riverside's
network, beside `ansible-inventory` on the same data.

`python -m tests.bench.bench_scale [--workstations 10000 --departments 50]` generates the hospital, runs each command
on its own and prints wall seconds, CPU seconds and peak memory. Ends with 1 where a limit is missed. Limits are CPU
seconds of the machine in docs/measurements.md when it is idle: what the peer takes here says how fast this one is.
The peer is `--list --export`, which reads the same files; plain `--list` repeats all of `hospital` for every host.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

GENERATOR = Path(__file__).with_name("generate_hospital.py")
MAX_SECONDS, PEER_SECONDS = 5.0, 9.2  # wanted, and what the peer takes there
MAX_MIB = 500.0
RIVERSIDE = str(Path(__file__).parents[2] / "inventories/riverside")
COMPILE_SECONDS, VALIDATE_SECONDS = 2.0, 1.0  # of Riverside: 51 switches, 2,000 sockets
RIVERSIDE_PEER_SECONDS = 3.0


@dataclass(frozen=True)
class Cost:
    """Wall and CPU seconds of a command and its children, and the peak MiB of the largest process."""

    seconds: float
    cpu: float
    mib: float


def measure(arguments: list[str]) -> Cost:
    """Run a program of this environment. Raises SystemExit with its output where it fails."""
    with tempfile.TemporaryFile() as output:
        started = time.monotonic()
        command = [str(Path(sys.executable).parent / arguments[0]), *arguments[1:]]
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        _pid, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
        if os.waitstatus_to_exitcode(status):
            output.seek(0)
            raise SystemExit(f"{' '.join(arguments)} failed:\n{output.read().decode(errors='replace')[-4000:]}")
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def bench(workstations: int, departments: int) -> bool:
    """Print the table; True where validate and plan together keep the limits."""
    with tempfile.TemporaryDirectory() as scratch:
        hospital = str(Path(scratch) / "hospital")
        size = ["--workstations", str(workstations), "--departments", str(departments)]
        subprocess.run([sys.executable, str(GENERATOR), hospital, *size], check=True)
        plan_file = str(Path(scratch) / "scale.plan.json")
        ours = {
            "wardround validate": measure(["wardround", "validate", "-i", hospital]),
            "wardround plan": measure(["wardround", "plan", "upgrade", "pacs_client", "-i", hospital, "-o", plan_file]),
        }
        peer = measure(["ansible-inventory", "-i", hospital, "--list", "--export"])
    _table(f"{workstations} workstations in {departments} departments", ours, peer)
    seconds = sum(cost.cpu for cost in ours.values())
    mib = max(cost.mib for cost in ours.values())
    allowed = MAX_SECONDS * peer.cpu / PEER_SECONDS
    kept = seconds <= allowed and mib <= MAX_MIB
    verdict = "kept" if kept else "MISSED"
    print(f"validate and plan: {seconds:.2f} CPU s of {allowed:.2f}, {mib:.0f} MiB of {MAX_MIB:.0f}: {verdict}")
    return kept


def bench_riverside() -> bool:
    """Print the table; True where each command keeps its own limit."""
    with tempfile.TemporaryDirectory() as scratch:
        ours = {
            "wardround compile": measure(["wardround", "compile", "network", "-i", RIVERSIDE, "-o", scratch]),
            "wardround validate": measure(["wardround", "validate", "-i", RIVERSIDE]),
        }
        peer = measure(["ansible-inventory", "-i", RIVERSIDE, "--list", "--export"])
    _table("Riverside", ours, peer)
    scale = peer.cpu / RIVERSIDE_PEER_SECONDS
    limits = dict(zip(ours, (COMPILE_SECONDS * scale, VALIDATE_SECONDS * scale), strict=True))
    for name, limit in limits.items():
        print(f"{name}: {ours[name].cpu:.2f} CPU s of {limit:.2f}: {'kept' if ours[name].cpu <= limit else 'MISSED'}")
    return all(ours[name].cpu <= limit for name, limit in limits.items())


def _table(what: str, ours: dict[str, Cost], peer: Cost) -> None:
    print(f"{what}, {os.cpu_count()} cores")
    print(f"{'':<24}{'wall s':>8}{'CPU s':>8}{'MiB':>8}{'CPU x':>8}{'MiB x':>8}   (x: of ansible-inventory)")
    for name, cost in {**ours, "ansible-inventory": peer}.items():
        ratios = f"{cost.cpu / peer.cpu:>8.2f}{cost.mib / peer.mib:>8.2f}"
        print(f"{name:<24}{cost.seconds:>8.2f}{cost.cpu:>8.2f}{cost.mib:>8.0f}{ratios}")


def test_ten_thousand_workstations() -> None:
    assert bench(workstations=10_000, departments=50)


def test_riverside() -> None:
    assert bench_riverside()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workstations", type=int, default=10_000)
    parser.add_argument("--departments", type=int, default=50)
    given = parser.parse_args()
    kept = [bench(given.workstations, given.departments), bench_riverside()]
    sys.exit(0 if all(kept) else 1)
