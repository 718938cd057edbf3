"""`python -m lab`: bring the embedded hospital up and down."""

import shutil
import sys

import click

from lab import containers, images, releases, status, studies, switches
from lab.paths import LAB
from lab.podman import LabError


@click.group()
def main() -> None:
    """The embedded hospital: systemd containers on this machine."""


@main.command("images")
@click.argument("names", nargs=-1)
def bake(names: tuple[str, ...]) -> None:
    """Bake the images (or those named) where they are missing."""
    for name, reference in images.bake(*names).items():
        click.echo(f"{name}: {reference}")


@main.command("releases")
def package() -> None:
    """Make what the share offers, where it is missing."""
    releases.build()


@main.command("software")
def prepare() -> None:
    """Make images, releases and the databases that servers begin with, where they are missing."""
    containers.software()


@main.command()
def up() -> None:
    """Bring the hospital up: images, keys, releases, networks, machines."""
    containers.up()


@main.command()
def reset() -> None:
    """Make the systems and the workstations anew from their baked images."""
    containers.up(anew=containers.SYSTEMS)


@main.command("story")
def tell() -> None:
    """The main job: a roll-out that succeeds, one that is stopped, and the page."""
    from lab import story  # it brings a browser along

    story.tell()


@main.command()
def store() -> None:
    """The CT scanner sends its images to the PACS."""
    click.echo(f"{studies.store()} images are in the PACS")


@main.command("status")
def show() -> None:
    """The machines, their addresses and memory."""
    found = status.machines_and_memory()
    for machine, memory in found.items():
        taken = "down" if memory is None else f"{memory:.1f} MiB"
        click.echo(f"{machine.container:14} {machine.management:13} {machine.clinical:13} {taken:>10}")
    ours = switches.memory()
    click.echo(f"{'switches':14} {'':13} {'':13} {f'{ours:.1f} MiB':>10}")
    click.echo(f"resident in all: {sum(memory or 0 for memory in found.values()) + ours:.0f} MiB")


@main.command()
@click.option("--everything", is_flag=True, help="Images, keys, releases and the rest of .lab too.")
def down(everything: bool) -> None:
    """Remove the machines and networks."""
    containers.down()
    if everything:
        images.remove()
        shutil.rmtree(LAB)


if __name__ == "__main__":
    try:
        main()
    except LabError as problem:
        click.echo(f"lab: {problem}", err=True)
        sys.exit(1)
