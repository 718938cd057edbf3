"""How much memory each machine takes."""

from pathlib import Path

from lab.machines import Machine, machines
from lab.podman import containers, podman


def machines_and_memory() -> dict[Machine, float | None]:
    """Every machine of the inventory and its memory in MiB, None when it is down."""
    there = containers()
    return {machine: memory(machine.container) if machine.container in there else None for machine in machines()}


def memory(container: str) -> float | None:
    """Resident memory of all processes in a container, MiB, None when it does not run.

    The sum of proportional set sizes (proc(5), smaps_rollup), so a page shared by several processes counts once.
    """
    pid = podman("inspect", "--format", "{{.State.Pid}}", container)
    if pid == "0":
        return None
    space = Path(f"/proc/{pid}/ns/pid").readlink()
    return sum(proportional(process) for process in Path("/proc").glob("[0-9]*") if _namespace(process) == space)


def proportional(process: Path) -> float:
    """Proportional set size of a process of /proc in MiB, 0 if it has ended."""
    try:
        return int((process / "smaps_rollup").read_text(encoding="ascii").split("Pss:")[1].split()[0]) / 1024
    except (OSError, IndexError):
        return 0


def _namespace(process: Path) -> Path | None:
    try:
        return (process / "ns" / "pid").readlink()
    except OSError:
        return None  # it ended while we looked
