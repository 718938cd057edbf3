"""The lab itself: known hosts only, networks that lead nowhere else, faults that heal, images without secrets."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import faults, keys, releases, status, studies, switches
from lab.machines import machine, machines
from lab.paths import SSH
from lab.podman import podman

pytestmark = pytest.mark.usefixtures("hospital")

MEMORY_LIMIT = 2048  # MiB
DESK = "reg-ws-02"
SHARE = f"http://{machine('share-01').clinical}/releases"


def ssh(name: str, *command: str) -> subprocess.CompletedProcess[str]:
    connect = ["ssh", "-F", str(SSH / "config"), "-o", "ConnectTimeout=2", name]
    return subprocess.run([*connect, *command], text=True, capture_output=True, check=False)


def test_machines_do_not_reach_each_other_over_the_engineers_network() -> None:
    archive = machine("pacs-01").management
    for port in (22, 4242):
        with socket.create_connection((archive, port), timeout=5):  # from here, so that something does listen
            pass
        asked = ssh("gst-01", f"timeout 3 bash -c '</dev/tcp/{archive}/{port}'; echo ended with $?")
        assert asked.stdout == "ended with 124\n", asked


@pytest.mark.parametrize("name", [each.name for each in machines()])
def test_each_machine_runs_under_its_name_and_addresses(name: str) -> None:
    told = ssh(name, "hostname; systemctl is-system-running; ip -brief -4 address").stdout
    assert told.split()[:2] == [name, "running"]
    assert f"{machine(name).management}/24" in told
    assert f"{machine(name).clinical}/24" in told


@pytest.fixture
def impostor(tmp_path: Path) -> Iterator[None]:
    """The desk shows a host key that the lab's authority did not sign."""
    folder = keys.host_keys(machine(DESK))
    shutil.copytree(folder, tmp_path / "kept")
    for path in folder.glob("host_key*"):
        path.unlink()
    keys.keygen(folder / "host_key", DESK)
    restart_ssh()
    yield
    shutil.copytree(tmp_path / "kept", folder, dirs_exist_ok=True)
    restart_ssh()


def restart_ssh() -> None:
    podman("exec", machine(DESK).container, "systemctl", "restart", "ssh")


@pytest.mark.usefixtures("impostor")
def test_a_host_key_that_nobody_signed_is_refused() -> None:
    refused = ssh(DESK, "true")
    assert refused.returncode == 255
    assert "no matching host key type found" in refused.stderr


def test_the_key_of_another_machine_is_refused() -> None:
    refused = ssh(machine("reg-ws-01").management, "-o", f"HostKeyAlias={DESK}", "true")
    assert refused.returncode == 255
    assert "name is not a listed principal" in refused.stderr


@pytest.mark.parametrize(("name", "way"), [("pacs-01", "10.87.20.1"), (DESK, "10.87.22.1"), ("fw-01", None)])
def test_there_is_no_way_out_of_the_lab(name: str, way: str | None) -> None:
    """All ways lead to the firewall, which knows the zones and nothing else."""
    route = podman("exec", machine(name).container, "ip", "route", "show", "default").strip()
    assert route == (f"default via {way} dev clinical" if way else "")


@pytest.mark.parametrize("artifact", releases.approved())
def test_the_share_offers_what_was_approved(artifact: str) -> None:
    told = podman("exec", machine(DESK).container, "sh", "-c", f"curl -fsS {SHARE}/{artifact} | sha256sum")
    assert told.split()[0] == releases.approved()[artifact]


def test_a_cut_machine_is_unreachable_for_the_engineer_only_and_heals() -> None:
    faults.cut(DESK)
    try:
        assert ssh(DESK, "true").returncode == 255
        podman("exec", machine(DESK).container, "curl", "-fsS", f"{SHARE}/")
    finally:
        faults.heal(DESK)
    assert ssh(DESK, "hostname").stdout.strip() == DESK


def test_sending_twice_stores_once() -> None:
    sent = studies.store()
    held = studies_held()
    assert studies.store() == sent == 2
    assert studies_held() == held >= sent


def studies_held() -> int:
    """How many studies a reading desk finds in the archive."""
    find = ["findscu", "-v", "-S", "-aet", "RAD_1", "-aec", "WR_PACS", machine("pacs-01").clinical, str(studies.PORT)]
    find += ["-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID"]
    told = podman("exec", machine("rad-ws-01").container, "sh", "-c", '"$@" 2>&1', "sh", *find)
    assert "Received Final Find Response (Success)" in told, told
    return told.count("(Pending)")


@pytest.mark.parametrize("image", ["base", "workstation", "pacs", "modality", "share"])
def test_an_image_holds_no_keys_no_identity_and_nothing_of_this_host(image: str) -> None:
    look = "ls /etc/ssh/ssh_host_* /etc/apt/apt.conf.d/99* /run/lab-build/*; cat /etc/machine-id /etc/resolv.conf"
    command = ["run", "--rm", "--network=none", f"localhost/wr-{image}:current", "sh", "-c", f"({look}) 2>&- || :"]
    assert podman(*command) == ""


def test_the_whole_lab_fits_in_memory() -> None:
    taken = status.machines_and_memory()
    assert None not in taken.values()
    assert sum(memory or 0 for memory in taken.values()) + switches.memory() <= MEMORY_LIMIT
