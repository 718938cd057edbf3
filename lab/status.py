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
    total = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "ns" / "pid").readlink() == space:
                total += int((process / "smaps_rollup").read_text(encoding="ascii").split("Pss:")[1].split()[0])
        except (OSError, IndexError):
            continue  # it ended while we looked
    return total / 1024
