"""A hospital of two desks beside the lab, with a product that Wardround has never heard of (bring_your_own/)."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import io
import json
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import yaml

from lab import seat
from lab.images import bake
from lab.podman import LABEL, podman
from tests.integration.rehearsal import TestHospital

EXAMPLE = Path(__file__).parent / "bring_your_own"
DESKS = ("byo-ws-01", "byo-ws-02")
# What each release shows; ward 3A is missing in one.
BEDS = {
    "1.0.0": {"3A": ["1", "2"]},
    "1.1.0": {"3A": ["1", "2", "3"]},
    "1.2.0": {"3B": ["1"]},
    "1.3.0": {"3A": ["1"]},
}


class Ward(TestHospital):
    """The engineer's clone with a role of the hospital's own, and an inventory that lists its releases."""

    __test__ = False

    def __init__(self) -> None:
        super().__init__("byo-hospital")
        self.share = self.root.with_name("byo-share")
        self.releases = self.root / "inventories/example/group_vars/all/releases.yml"

    def make(self) -> None:
        super().make()
        shutil.copytree(EXAMPLE, self.root, dirs_exist_ok=True)
        shutil.rmtree(self.share, ignore_errors=True)
        self.share.mkdir()
        told = yaml.safe_load(self.releases.read_text(encoding="utf-8"))
        told["releases"]["products"]["bed_board"]["versions"] = {version: self._release(version) for version in BEDS}
        text = yaml.safe_dump(told, allow_unicode=True, sort_keys=False)
        self.releases.write_text(text.replace("'@2026-11-02'", "2026-11-02"), encoding="utf-8")
        self.commit("A product of our own")

    def _release(self, version: str) -> dict[str, object]:
        """Put a release on the share; what releases.yml says of it."""
        files = {"release.json": {"product": "bed_board", "version": version}, "beds.json": BEDS[version]}
        path = self.share / f"bed_board-{version}.tar"
        with tarfile.open(path, "w") as tar:
            for name, content in files.items():
                body = json.dumps(content).encode()
                entry = tarfile.TarInfo(name)
                entry.size = len(body)
                tar.addfile(entry, io.BytesIO(body))
        return {
            "artifact": path.name,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "approved": {"by": "ward_it", "date": "@2026-11-02", "reference": "VA-1"},
            "hazards": [],
            "changes": {},
            "health_checks": ["version", "beds"],
        }

    def commit(self, message: str) -> None:
        self._git(self.root, "add", "roles", "inventories", "plans")
        self._git(self.root, "commit", "--quiet", "-m", message)

    def want(self, version: str) -> str:
        """Plan the way to a release and have it approved; the plan's path."""
        text = self.releases.read_text(encoding="utf-8")
        was = yaml.safe_load(text)["releases"]["products"]["bed_board"]["wanted"]
        self.releases.write_text(text.replace(f"wanted: {was}", f"wanted: {version}"), encoding="utf-8")
        plan = f"plans/bed_board-{version}.plan.json"
        done = self.wardround("plan", "upgrade", "bed_board", "-o", plan)
        assert done.returncode == 0, done.stderr
        self.commit(f"Roll out the bed board {version}")
        return plan

    def canary(self, plan: str) -> str:
        """The one desk of the first wave."""
        [host] = json.loads((self.root / plan).read_text(encoding="utf-8"))["waves"][0]["hosts"]
        return str(host["name"])

    def wardround(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.call("wardround", *words, "-i", "inventories/example")

    def install(self) -> None:
        """Run the product's role on both desks, as converge would."""
        role = ("-m", "ansible.builtin.include_role", "-a", "name=wardround.hospital.bed_board")
        done = self.call("ansible", "workstations", "-i", "inventories/example", *role)
        assert done.returncode == 0, done.stdout + done.stderr

    def beds(self, desk: str) -> tuple[str, dict[str, list[str]]]:
        """Version and beds that a desk's own port serves."""
        told = [
            podman("exec", f"wr-{desk}", "curl", "-fsS", f"127.0.0.1:8090/{name}.json") for name in ("release", "beds")
        ]
        release, beds = map(json.loads, told)
        return release["version"], beds


def booted(name: str) -> bool:
    told = podman("exec", name, "sh", "-c", "systemctl is-system-running 2>&1 || true")
    return told in ("running", "degraded")


@contextlib.contextmanager
def ward_of_our_own() -> Iterator[Ward]:
    """Two desks of the workstations' image, each with the hospital's share on its own loopback."""
    ward = Ward()
    ward.make()
    image = bake("workstation")["workstation"]
    names = [f"wr-{desk}" for desk in DESKS]
    try:
        for name in names:
            command = ["run", "--detach", "--replace", "--systemd=always", "--cap-add=NET_ADMIN,NET_RAW,SYS_ADMIN"]
            command += [f"--label={LABEL}", f"--name={name}", f"--hostname={name}", "--network=none"]
            podman(*command, f"--volume={ward.share}:/srv/share:ro", image, what=f"starting {name}")
        for name in names:
            seat.wait(functools.partial(booted, name), f"{name} has not booted")
            serve = ["systemd-run", "--unit=share", "python3", "-m", "http.server", "-d", "/srv/share", "8099"]
            podman("exec", name, *serve, what=f"starting the share of {name}")
        yield ward
    finally:
        podman("rm", "--force", "--ignore", "--time=2", *names)
