"""See a workstation's viewer as a clinician does: Debian's Chromium, headless, driven by Playwright.

The browser runs in the workstation's own network: the viewer answers nobody else.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, sync_playwright

from lab.machines import machine
from lab.podman import LabError, podman
from lab.studies import ct_image

CHROMIUM = "/usr/bin/chromium"  # Playwright never downloads a browser of its own
# So that the browser itself asks for nothing (updates, suggestions); software rendering needs no graphics card.
QUIET = (
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
)
# How many different grey values each canvas of the viewport shows, sampled as the screen would be.
GREYS = """() => Math.max(0, ...[...document.querySelectorAll('canvas.cornerstone-canvas')].map(canvas => {
  const copy = document.createElement('canvas');
  copy.width = 128; copy.height = 128;
  const context = copy.getContext('2d');
  context.drawImage(canvas, 0, 0, 128, 128);
  const pixels = context.getImageData(0, 0, 128, 128).data;
  const greys = new Set();
  for (let i = 0; i < pixels.length; i += 4) greys.add(pixels[i]);
  return greys.size;
}))"""
ADDRESS = "127.0.0.1"
ENOUGH_GREYS = 24  # an empty viewport with its overlay lines shows a handful


@dataclass(frozen=True)
class Rendered:
    """What the browser met: the page's title, grey values on the image, hosts it asked, the picture."""

    title: str
    greys: int
    hosts: tuple[str, ...]
    picture: Path


def screenshot(host: str, picture: Path, seconds: float = 60) -> Rendered:
    """Open the CT study in a workstation's viewer and wait until it is on the screen; a LabError if it does not come.

    Every request is held to the workstation itself: one to anywhere else is a LabError too.
    """
    study = ct_image().StudyInstanceUID
    asked: set[str] = set()
    with opened(host) as page:
        page.on("request", lambda request: asked.add(urlsplit(request.url).hostname or ""))
        page.goto(f"http://{ADDRESS}/viewer?StudyInstanceUIDs={study}", timeout=seconds * 1000)
        greys = wait_for_image(page, host, seconds)
        skip = page.get_by_text("Skip all")  # the viewer's tour for a first visit
        if skip.is_visible():
            skip.click()
        picture.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=picture)
        title = page.title()
    strangers = sorted(asked - {ADDRESS, ""})  # blob: and data: have no host
    if strangers:
        raise LabError(f"the viewer of {host} asked {', '.join(strangers)}, which is not the workstation")
    return Rendered(title, greys, tuple(sorted(asked - {""})), picture)


@contextmanager
def opened(host: str) -> Iterator[Page]:
    """An empty page of a workstation's browser, with a profile of its own that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch_persistent_context(
            f"{folder}/profile",
            executable_path=inside(host, Path(folder)),
            headless=True,
            chromium_sandbox=False,
            args=list(QUIET),
            viewport={"width": 1280, "height": 800},
        )
        try:
            yield browser.new_page()
        finally:
            browser.close()


def inside(host: str, folder: Path) -> Path:
    """A program that starts Chromium in the network namespace of a workstation."""
    process = podman("inspect", "--format", "{{.State.Pid}}", machine(host).container)
    program = folder / "chromium"
    program.write_text(f'#!/bin/sh\nexec nsenter --net=/proc/{process}/ns/net {CHROMIUM} "$@"\n')
    program.chmod(0o755)
    return program


def wait_for_image(page: Page, host: str, seconds: float) -> int:
    """Wait until a viewport shows an image, and return how many grey values it has."""
    waited = 0.0
    while waited < seconds:
        greys = int(page.evaluate(GREYS))
        if greys >= ENOUGH_GREYS:
            return greys
        page.wait_for_timeout(500)
        waited += 0.5
    raise LabError(f"no image on the screen of {host} within {seconds:.0f} s")
