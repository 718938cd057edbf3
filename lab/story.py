"""The main job: a hospital at work, its HIS client upgraded in waves, a viewer stopped by its canary, and a page."""

import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.rule import Rule

from lab import browser, containers, patient, screen, seat, status, studies, switches
from lab.engine import deploy
from lab.hospital import Hospital
from lab.paths import LAB

VIEWER, DEFECTIVE = "3.12.0", "3.13.3-lab.1"
CLIENT_OLD, CLIENT_NEW = "5.0.0", "5.0.2"
DESKS = ("rad-ws-02", "reg-ws-01")
OCCUPIED, WHO = "sur-ws-01", "nurse1"  # of the last wave
REPORT = LAB / "report"
BIN = Path(sys.executable).parent
HELD = 3


def tell() -> None:
    """Run it all. Raises LabError at the first thing that is not as it should be."""
    console = Console(highlight=False)
    start = time.monotonic()
    times: list[tuple[str, float]] = []
    hospital = Hospital()

    def chapter(title: str, act: Callable[[], None]) -> None:
        console.print(Rule(title, align="left", style="bold"))
        began = time.monotonic()
        act()
        times.append((title, time.monotonic() - began))
        console.print(f"  [{time.monotonic() - start:.0f} s]", style="dim", markup=False)

    def machines() -> None:
        containers.up(anew=containers.SYSTEMS)
        hospital.make()

    def converge() -> None:
        hospital.run("wardround", "validate")
        hospital.run("ansible-playbook", "playbooks/converge.yml")
        deploy.start()
        print(f"  {studies.store()} images sent from the CT scanner to the PACS")
        patient.register(hospital)

    def walk() -> None:
        # The HIS client and the viewer are proved before they move, below.
        for question in ("lis_client", "print_client", "time_client", "clinical"):
            hospital.run("wardround", "prove", question)

    def reach() -> None:
        hospital.run("wardround", "prove", "network", "--live")

    def clients() -> None:
        hospital.set_version("his_client", "wanted", CLIENT_NEW)
        plan = str(hospital.plan_and_commit("his_client", CLIENT_NEW, f"Roll out the HIS client {CLIENT_NEW}"))
        seat.sit_down(OCCUPIED, WHO, "his_client")
        print(f"  {WHO} sits down at {OCCUPIED} and opens the HIS")
        hospital.run("wardround", "apply", plan, "--no-wait", expect=HELD)
        seat.stand_up(OCCUPIED)
        print(f"  {WHO} has gone")
        hospital.run("wardround", "apply", plan)

    def look() -> None:
        REPORT.mkdir(parents=True, exist_ok=True)
        for desk in DESKS:
            browser.screenshot(desk, REPORT / f"{desk}.png")
        screen.screenshot("reg-ws-02", REPORT / "reg-ws-02.png", patient.PUID)

    def defective() -> None:
        hospital.set_version("pacs_client", "wanted", DEFECTIVE)
        plan = hospital.plan_and_commit("pacs_client", DEFECTIVE, f"Roll out the PACS viewer {DEFECTIVE}")
        hospital.run("wardround", "apply", str(plan), expect=HELD)

    def report() -> None:
        page = REPORT / "index.html"
        hospital.run("wardround", "report", "-o", str(page), "--screenshots", str(REPORT))

    shutil.rmtree(REPORT, ignore_errors=True)
    chapter("The hospital: machines, switches and a firewall", machines)
    chapter("Converge: HIS, LIS, PACS, devices, and every desk with what its department wants", converge)
    chapter("The patient's journey, from the registration hall to the reading desk", walk)
    chapter("Who reaches whom: zone by zone, asked from the machines themselves", reach)
    chapter(f"Roll out the HIS client {CLIENT_NEW} in waves; one desk is in use", clients)
    chapter("A CT on the screen of one desk a department", look)
    chapter(f"Roll out the viewer {DEFECTIVE}: a defect that only an image shows", defective)
    chapter("The page", report)
    for title, seconds in times:
        console.print(f"{seconds:6.0f} s  {title}", markup=False, soft_wrap=True)
    memory = sum(taken or 0 for taken in status.machines_and_memory().values()) + switches.memory()
    console.print(
        f"Done in {time.monotonic() - start:.0f} s, {memory:.0f} MiB resident.\n"
        f"Proved: a patient's journey through HIS, LIS and PACS before and after every wave;\n"
        f"        the HIS client {CLIENT_OLD} -> {CLIENT_NEW}, {OCCUPIED} only when {WHO} had gone;\n"
        f"        the viewer {VIEWER} -> {DEFECTIVE}, held at the canary and taken back.\n"
        f"The page: {REPORT / 'index.html'}\n"
        f"By hand:  cd {hospital.root} && export WARDROUND_STATE={hospital.state} PATH={BIN}:$PATH",
        markup=False,
        soft_wrap=True,
    )
