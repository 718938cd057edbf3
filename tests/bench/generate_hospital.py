"""Write a hospital of any size: `python -m tests.bench.generate_hospital DIR --workstations 10000 --departments 50`.

The same arguments write the same bytes. Departments differ in size, each keeps about three quarters of its machines,
every fifth pair of neighbours is a redundancy set, and models and peripherals come in the mixes that wards have.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

MODELS = ("hp-z2-g9", "hp-elite-800", "optiplex-7010", "optiplex-5090", "m70q", "m90t", "esprimo-d7", "nuc-13")
PERIPHERALS = (
    "diagnostic-display",
    "dictation-microphone",
    "card-reader",
    "label-printer",
    "barcode-scanner",
    "foot-pedal",
)
ROLLOUT = "    soak_seconds: 3600\n    growth: 3\n"


def sizes(workstations: int, departments: int) -> list[int]:
    """Machines of each department, from small to large, none below two where there are enough."""
    weights = range(1, departments + 1)
    shares = [max(2, workstations * weight // sum(weights)) for weight in weights]
    shares[-1] += workstations - sum(shares)
    return shares


def kits(rng: random.Random) -> list[tuple[str, list[str]]]:
    """The two or three combinations of model and peripherals that one department buys."""
    kinds = range(rng.randint(2, 3))
    return [(rng.choice(MODELS), sorted(rng.sample(PERIPHERALS, rng.randint(1, 2)))) for _kind in kinds]


def generate(directory: Path, workstations: int, departments: int) -> None:
    """Write the inventory. Raises FileExistsError where there is one."""
    rng = random.Random(20260901)
    hosts = ["---", "all:", "  children:"]
    names = [f"d{number:03d}" for number in range(departments)]
    hospital = ["---", "hospital:", "  name: {en: Generated hospital, zh: 生成医院}", "  owners:"]
    hospital += ["    it: {name: Hospital IT, contact: ext. 4400}", "  departments:"]
    sets = ["  redundancy_sets:"]
    machine = 0
    for name, size in zip(names, sizes(workstations, departments), strict=True):
        hospital += [
            f"    {name}:",
            f"      display_name: {{en: Department {name}, zh: 科室 {name}}}",
            "      owner: it",
            f"      tier: {rng.randint(1, 4)}",
            f"      floor: {size * 3 // 4 if size > 3 else size - 1}",
            "      windows: always",
            f"      ae_title_pattern: {name.upper()}_{{n}}",
        ]
        hosts += [f"    dept_{name}:", "      hosts:"]
        bought = kits(rng)
        for number in range(1, size + 1):
            model, peripherals = rng.choices(bought, weights=range(len(bought), 0, -1))[0]
            low = f"{machine >> 16}.{machine >> 8 & 255}.{machine & 255}"
            machine += 1
            hosts += [
                f"        {name}-ws-{number:04d}:",
                f"          ansible_host: 10.{low}",
                f"          address: 11.{low}",
                f"          display_name: {{en: Desk {number}, zh: 工位 {number}}}",
                f"          model: {model}",
                "          os: debian-13",
                f"          peripherals: [{', '.join(peripherals)}]",
            ]
            if number % 10 == 2:
                sets += [
                    f"    {name}_{number}:",
                    f"      display_name: {{en: Pair {number} of {name}, zh: {name} 第 {number} 对}}",
                    f"      members: [{name}-ws-{number - 1:04d}, {name}-ws-{number:04d}]",
                    "      max_out: 1",
                ]
    hosts += ["    workstations:", "      children:", *(f"        dept_{name}:" for name in names)]
    hosts += ["    pacs_servers:", "      hosts:", "        pacs-01:"]
    hosts += ["          ansible_host: 10.255.0.1", "          address: 11.255.0.1", "          ae_title: PACS"]
    everyone = directory / "group_vars" / "all"
    everyone.mkdir(parents=True)
    write(directory / "hosts.yml", "\n".join(hosts) + "\n")
    write(everyone / "hospital.yml", "\n".join([*hospital, *sets, "  rollout:"]) + "\n" + ROLLOUT)
    (directory / "group_vars" / "workstations").mkdir()
    write(directory / "group_vars" / "workstations" / "workstation.yml", "---\nclients: [pacs_client]\n")
    write(everyone / "releases.yml", releases(names[-1]))
    for name in names:
        (directory / "group_vars" / f"dept_{name}").mkdir()
        write(directory / "group_vars" / f"dept_{name}" / "pacs_client.yml", "---\npacs_client_peers: [pacs-01]\n")


def releases(department: str) -> str:
    """releases.yml with one upgrade wanted: 3.12.0 to 3.13.2."""
    versions = "".join(
        f"        {version}:\n"
        f"          artifact: ohif-{version}.tar\n"
        f'          sha256: "{digit * 64}"\n'
        f"          approved: {{by: it, date: 2026-09-01, reference: VA-{digit}}}\n"
        "          hazards: []\n"
        f"          changes: {{{department}: {{en: A new release., zh: 新版本。}}}}\n"
        "          health_checks: [version, page, qido, frame, echo, find]\n"
        for version, digit in (("3.12.0", "1"), ("3.13.2", "2"))
    )
    return (
        "---\nreleases:\n  share: http://11.255.0.2/releases\n  products:\n    pacs_client:\n"
        "      display_name: {en: PACS viewer, zh: 影像浏览器}\n      current: 3.12.0\n      wanted: 3.13.2\n"
        f"      versions:\n{versions}"
    )


def write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--workstations", type=int, default=10_000)
    parser.add_argument("--departments", type=int, default=50)
    arguments = parser.parse_args()
    generate(arguments.directory, arguments.workstations, arguments.departments)
