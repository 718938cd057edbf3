"""`python -m lab`: bring the embedded hospital up and down."""

import sys

import click

from lab.images import bake
from lab.podman import LabError


@click.group()
def main() -> None:
    """The embedded hospital: systemd containers on this machine."""


@main.command()
@click.argument("names", nargs=-1)
def images(names: tuple[str, ...]) -> None:
    """Bake the images (or those named) where they are missing."""
    for name, reference in bake(*names).items():
        click.echo(f"{name}: {reference}")


if __name__ == "__main__":
    try:
        main()
    except LabError as problem:
        click.echo(f"lab: {problem}", err=True)
        sys.exit(1)
