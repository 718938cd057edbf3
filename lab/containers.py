"""Machines come and go: each is a systemd container of its baked image, with fixed addresses, at its switch's port."""

import os
import subprocess
import time
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from lab import cabling, databases, kernel, keys, networks, releases, studies, switches, tls
from lab.engine import deploy
from lab.images import bake
from lab.machines import Machine, machines
from lab.mounts import volumes
from lab.paths import INVENTORY, SSH
from lab.podman import LABEL, LabError, exists, podman
from lab.podman import containers as existing
from lab.progress import step

CAPABILITIES = "NET_ADMIN,NET_RAW,SYS_ADMIN"  # systemd's mounts, and nftables inside a machine
READY_SECONDS = 90
# Images whose machines hold what a story changes.
SYSTEMS = ("analyser", "engine", "gnuhealth", "pacs", "printer", "workstation")
Result = TypeVar("Result")


def up(anew: Collection[str] = ()) -> None:
    """Bring the whole hospital up; machines that run the wanted image and answer are left as they are.

    anew: images whose machines are made anew, as they were baked: whatever was installed or stored on them is gone.
    """
    everyone = machines()
    kernel.allow(len(everyone))
    images = software()
    with step("keys and passwords"):
        keys.prepare(everyone)
        tls.prepare(everyone)
        deploy.prepare()
    studies.prepare()
    networks.create()

    def well(machine: Machine) -> bool:
        return machine.image not in anew and image_of(machine) == images[machine.image] and ready(machine)

    fine = in_parallel(well, everyone)
    recreate([machine for machine, kept in zip(everyone, fine, strict=True) if not kept], images)
    with step("switches and cables"):
        connect()


def software() -> dict[str, str]:
    """Make images, releases and databases where they are missing; image name -> reference.

    The databases are longest in the making, so they begin as soon as their image is there, beside the others.
    """

    def rest() -> None:
        releases.build()
        databases.build()

    bake("pacs", "gnuhealth")
    with ThreadPoolExecutor(1) as pool:
        made = pool.submit(rest)
        images = bake()
        made.result()
    return images


def connect(inventory: Path = INVENTORY) -> None:
    """Lay the cables that are missing, and start the switches; Open vSwitch finds a cable that is new only then.

    A machine that was started anew has a new port on the engineer's network too.
    """
    networks.keep_apart()
    everyone = machines(inventory)
    network, hosts = switches.intent(inventory)
    if cabling.lay(network, everyone):
        switches.stop()
    switches.start(network, hosts, everyone)


def recreate(chosen: list[Machine], images: dict[str, str]) -> None:
    """Replace these machines and wait until each answers over SSH; `connect` plugs them in."""
    if not chosen:
        return
    with step(f"{len(chosen)} machines: {' '.join(machine.name for machine in chosen)}"):
        in_parallel(lambda machine: start(machine, images[machine.image]), chosen)
        networks.reach()
        in_parallel(wait_ready, chosen)


def in_parallel(act: Callable[[Machine], Result], chosen: Iterable[Machine]) -> list[Result]:
    """Act on machines, as many at once as this computer has processors for; the first failure is raised."""
    with ThreadPoolExecutor(max_workers=(os.cpu_count() or 2) + 1) as pool:
        return list(pool.map(act, chosen))


def image_of(machine: Machine) -> str | None:
    """The image a machine's container runs, None when it does not run."""
    if not exists("container", machine.container):
        return None
    state, image = podman("inspect", "--format", "{{.State.Status}} {{.ImageName}}", machine.container).split()
    return image if state == "running" else None


def start(machine: Machine, image: str) -> None:
    """Replace a machine's container by a new one of this image."""
    podman("rm", "--force", "--time=2", "--ignore", machine.container, what=f"removing {machine.name}")
    networks.free(machine.management)
    command = ["run", "--detach", "--systemd=always", f"--cap-add={CAPABILITIES}", "--dns=none", f"--label={LABEL}"]
    command += [f"--name={machine.container}", f"--hostname={machine.name}"]
    command += [f"--network={networks.attachment(machine.management)}"]
    if machine.image == "firewall":  # whether it forwards is a setting of its own, as on a machine
        command += ["--security-opt=unmask=/proc/sys"]
    command += [f"--volume={here}:{there}:ro" for here, there in volumes(machine)]
    podman(*command, image, what=f"starting {machine.name}")


def ready(machine: Machine) -> bool:
    """Whether the machine has booted and lets the engineer in."""
    command = ["ssh", "-F", str(SSH / "config"), "-o", "ConnectTimeout=2", machine.name]
    command += ["systemctl", "is-system-running", "--wait"]
    return subprocess.run(command, text=True, capture_output=True, check=False).stdout.strip() == "running"


def wait_ready(machine: Machine) -> None:
    """Wait until the machine is ready; a LabError if it does not become so."""
    deadline = time.monotonic() + READY_SECONDS
    while not ready(machine):
        if time.monotonic() > deadline:
            raise LabError(
                f"{machine.name} is not ready after {READY_SECONDS} s: see `podman logs {machine.container}` and"
                f" `ssh -F .lab/ssh/config {machine.name} systemctl --failed`"
            )
        time.sleep(0.3)


def down() -> None:
    """Remove machines, switches and networks; images, keys and releases stay for the next time."""
    with step("removing the lab's machines and networks"):
        found = existing()
        if found:
            podman("rm", "--force", "--time=0", *found, what="removing the machines")
        switches.stop()
        cabling.remove()
        networks.remove()
