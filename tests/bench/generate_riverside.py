"""Write `inventories/riverside`: `python -m tests.bench.generate_riverside [DIR]`. The same bytes every time.

Riverside is a hospital of two sites as an engineer would write it: 51 switches of four platforms, 2 firewalls, 12 zones
and 2,000 sockets. Its releases.yml, ansible.yml and settings of departments are written by hand.
"""

from __future__ import annotations

import ipaddress
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.riverside_words import DEPARTMENTS, FLOWS, OWNERS, PROFILES, SERVICES, ZONES, Department

SOCKETS = 2000
PER_SWITCH = 44  # of 48 ports: four stay free
IPV6 = "fd52:7e1a:9c00"
KIOSKS = {"reason": "Self-service kiosk; locked cabinet, port security", "owner": "front_office_it"}

PLATFORMS = {  # access ports, uplink ports of an access switch
    "cisco_ios": ("GigabitEthernet1/0/", 1, "TenGigabitEthernet1/1/1-4"),
    "huawei_vrp5": ("GigabitEthernet0/0/", 1, "XGigabitEthernet0/0/1-4"),
    "huawei_vrp8": ("GE1/0/", 1, "10GE1/0/1-4"),
    "h3c_comware7": ("GigabitEthernet1/0/", 1, "Ten-GigabitEthernet1/0/49-52"),
}
MIX = ("cisco_ios", "huawei_vrp5", "cisco_ios", "h3c_comware7", "cisco_ios", "huawei_vrp5", "huawei_vrp8")
CORES = {
    "core-main-01": ("cisco_ios", "main", "TenGigabitEthernet1/0/1-48", "FortyGigabitEthernet1/1/1-4"),
    "core-main-02": ("cisco_ios", "main", "TenGigabitEthernet1/0/1-48", "FortyGigabitEthernet1/1/1-4"),
    "core-hillside-01": ("huawei_vrp8", "hillside", "10GE1/0/1-48", "40GE1/0/1-6"),
    "core-hillside-02": ("huawei_vrp8", "hillside", "10GE1/0/1-48", "40GE1/0/1-6"),
}
FIREWALLS = {  # zone: interface; an interface "eth1" hangs on an access port, the others are behind the trunk on eth0
    "fw-main": [key for key in ZONES if not key.startswith("guest")],
    "fw-guest": ["guest", "guest_services", "management"],
}
# group, name, English, Chinese, letter of the socket's profile; one machine each
MACHINES = (
    *[("his_servers", f"his-0{n}", f"Hospital information system {n}", f"医院信息系统 {n}", "s") for n in (1, 2)],
    ("lis_servers", "lis-01", "Laboratory information system", "检验信息系统", "s"),
    *[("pacs_servers", f"pacs-0{n}", f"Image archive {n}", f"影像归档 {n}", "s") for n in (1, 2)],
    ("interface_engines", "engine-01", "Interface engine", "接口引擎", "s"),
    ("artifact_shares", "share-01", "Release share", "软件发布库", "s"),
    ("print_servers", "print-01", "Print server", "打印服务器", "s"),
    ("name_servers", "dns-01", "Name server", "域名服务器", "s"),
    ("time_servers", "time-01", "Time server", "时间服务器", "s"),
    ("backup_servers", "backup-01", "Backup server", "备份服务器", "s"),
    ("control_hosts", "control-01", "Wardround's control host", "控制主机", "n"),
    ("monitors", "monitor-01", "Monitoring and logs", "监控与日志", "n"),
    ("guest_servers", "proxy-01", "Guest proxy and portal", "访客代理与门户", "e"),
    ("guest_servers", "guest-dns-01", "Guest names and addresses", "访客域名与地址", "e"),
    ("telemedicine_servers", "tele-01", "Video server", "视频服务器", "t"),
    ("voice_servers", "pbx-01", "Telephone exchange", "电话交换机", "v"),
    ("building_servers", "bms-01", "Building management", "楼宇管理", "b"),
)
# kind of modality: English, Chinese, how many in imaging A and in imaging B
MODALITIES = {
    "CT": ("CT scanner", "CT 机", 3, 2),
    "MR": ("MRI scanner", "磁共振", 2, 1),
    "CR": ("Radiography room", "X 光机", 2, 2),
    "US": ("Ultrasound", "超声", 3, 3),
    "MG": ("Mammography", "乳腺机", 0, 1),
    "ECG": ("ECG recorder", "心电图机", 2, 2),
    "XA": ("Angiography", "血管造影机", 1, 1),
}


@dataclass
class Wall:
    """A socket: where it is, and what is plugged in. letter: of PROFILES."""

    department: Department
    room: tuple[str, str, str, str]
    name: str
    letter: str
    switch: str = ""
    port: str = ""
    host: str = ""


@dataclass
class Switch:
    name: str
    platform: str
    site: str
    ports: tuple[str, ...]
    uplink: str
    core: str = ""
    core_port: str = ""
    zones: set[str] = field(default_factory=set)


def walls() -> list[Wall]:
    """Every socket, in the order of departments and rooms; offices of the administration make 2,000 of them."""
    made: list[Wall] = []
    for department in DEPARTMENTS:
        number = 0
        for rooms in department.rooms:
            for count in range(1, rooms.count + 1):
                many = rooms.count > 1
                key = f"{rooms.key}_{count:02}" if many else rooms.key
                room = (key, *(f"{text} {count}" if many else text for text in (rooms.en, rooms.zh)), rooms.room_class)
                for letter in rooms.sockets:
                    number += 1
                    made.append(Wall(department, room, f"{department.prefix.upper()}-{number:03}", letter))
    assert len(made) == SOCKETS, len(made)
    return made


def wire(made: list[Wall]) -> list[Switch]:
    """Give every socket a port: closets are filled in order, the data centre has switches of its own."""
    switches: list[Switch] = []
    cores = Counter[str]()
    last: tuple[str, str] | None = None
    left = 0
    for wall in made:
        site = wall.department.site
        place = (site, "dc" if wall.room[0] == "data_centre" else "")
        if place != last or not left:
            last, left = place, PER_SWITCH
            number = sum(one.site == site for one in switches) + 1
            platform = MIX[len(switches) % len(MIX)]
            access, first, uplinks = PLATFORMS[platform]
            core = f"core-{site}-0{number % 2 + 1}"
            cores[core] += 1
            core_prefix = CORES[core][2].rpartition("/")[0]
            switches.append(
                Switch(
                    *(f"sw-{site}-{number:02}", platform, site, (f"{access}{first}-48", uplinks)),
                    uplink=uplinks.rpartition("-")[0],
                    core=core,
                    core_port=f"{core_prefix}/{cores[core]}",
                )
            )
        switch = switches[-1]
        wall.switch = switch.name
        wall.port = f"{PLATFORMS[switch.platform][0]}{PER_SWITCH - left + 1}"
        switch.zones |= set(profile(wall.letter).values())
        left -= 1
    return switches


def profile(letter: str) -> dict[str, str]:
    """Zone, and for telephones a second one, of a profile."""
    key = PROFILES[letter]
    zone = {
        "clinical_desk": "clinical",
        "office": "administration",
        "medical_device": "medical_devices",
        "server": "servers",
        "guest_service": "guest_services",
        "voice_server": "voice",
    }.get(key, key)
    return {"zone": zone, **({"voice": "voice"} if key in ("clinical_desk", "office") else {})}


class Hosts:
    """Machines by group, each with its address in the zone of its socket."""

    def __init__(self) -> None:
        self.groups: dict[str, list[tuple[str, dict[str, Any]]]] = {}
        self._used = Counter[str]()

    def add(self, group: str, name: str, words: tuple[str, str], zone: str, **more: Any) -> None:
        self._used[zone] += 1
        address = str(ipaddress.ip_network(ZONES[zone][1])[10 + self._used[zone]])
        values = {"ansible_host": address, "address": address, "display_name": f"{{en: {words[0]}, zh: {words[1]}}}"}
        self.groups.setdefault(group, []).append((name, values | more))

    def next_ipv6(self, zone: str) -> str:
        """The next machine's second address, which ends in the digits of its first one."""
        return f'"{IPV6}:{ZONES[zone][0]}::{11 + self._used[zone]}"'

    def text(self) -> str:
        """hosts.yml."""
        departments = [f"dept_{one.key}" for one in DEPARTMENTS]
        lines = ["---", "# Made by `python -m tests.bench.generate_riverside`.", "all:", "  children:"]
        for group, members in self.groups.items():
            lines += [f"    {group}:", "      hosts:"]
            for name, values in members:
                lines += [f"        {name}:", *(f"          {key}: {value}" for key, value in values.items())]
        lines += ["    workstations:", "      children:", *(f"        {name}:" for name in departments)]
        return "\n".join(lines) + "\n"


def populate(made: list[Wall], switches: list[Switch]) -> Hosts:
    """Workstations, servers, modalities and the network's own devices."""
    hosts = Hosts()
    models = ("hp-z2-g9", "optiplex-7010", "m70q")
    for department in DEPARTMENTS:
        desks = [wall for wall in made if wall.department is department and wall.letter in "do" and not wall.host]
        step = max(1, len(desks) // department.workstations)
        for number, wall in enumerate(desks[::step][: department.workstations], 1):
            wall.host = f"{department.prefix}-ws-{number:03}"
            more = {
                "model": models[0] if "radiology" in department.key else models[number % 2 + 1],
                "os": "debian-13",
                "peripherals": "[diagnostic-display]" if "radiology" in department.key else "[card-reader]",
            }
            words = (f"{wall.room[1]} desk {number}", f"{wall.room[2]} {number} 号")
            hosts.add(f"dept_{department.key}", wall.host, words, profile(wall.letter)["zone"], **more)
    free = {letter: [wall for wall in made if wall.letter == letter and not wall.host] for letter in PROFILES}
    centre = {key: [one for one in walls if one.room[0] == "data_centre"] for key, walls in free.items()}
    for group, name, en, zh, letter in MACHINES:
        wall = centre[letter].pop(0)
        wall.host = name
        zone = profile(letter)["zone"]
        more = {"os": "debian-13"} | ({"ae_title": name.upper().replace("-", "_")} if "pacs" in name else {})
        if letter == "s":
            more["address_ipv6"] = hosts.next_ipv6(zone)
        hosts.add(group, name, (en, zh), zone, **more)
    for kind, (en, zh, in_a, in_b) in MODALITIES.items():
        for number in range(1, in_a + in_b + 1):
            letter = "a" if number <= in_a else "i"
            wall = free[letter].pop(0)
            wall.host = f"{kind.lower()}-{number:02}"
            more = {"os": "vendor-1", "ae_title": f"{kind}_{number}", "modality_link_worklist_modality": kind}
            hosts.add("modalities", wall.host, (f"{en} {number}", f"{zh} {number}"), profile(letter)["zone"], **more)
    for name in (*CORES, *(one.name for one in switches)):
        hosts.add("switches", name, (f"Switch {name}", f"交换机 {name}"), "management")
    for name in FIREWALLS:
        hosts.add("firewalls", name, (f"Firewall {name}", f"防火墙 {name}"), "management")
    return hosts


def hospital() -> str:
    """hospital.yml: a department keeps about three quarters of its desks in every wave."""
    lines = ["---", "hospital:", "  name: {en: Riverside hospital, zh: 河畔医院}", "  owners:"]
    lines += [f'    {key}: {{name: {name}, contact: "{contact}"}}' for key, (name, contact) in OWNERS.items()]
    lines.append("  departments:")
    for one in DEPARTMENTS:
        lines += [
            f"    {one.key}:",
            f"      display_name: {{en: {one.en}, zh: {one.zh}}}",
            f"      owner: {one.owner}",
            f"      tier: {one.tier}",
            f"      floor: {one.workstations * 3 // 4}",
            "      windows: always",
            f"      ae_title_pattern: {one.prefix.upper()}_{{n}}",
        ]
    lines.append("  redundancy_sets:")
    for key, en, zh in (("rad", "Primary reading desks", "主阅片台"), ("reg", "Registration windows", "挂号窗口")):
        lines += [
            f"    {key}_pair:",
            f"      display_name: {{en: {en}, zh: {zh}}}",
            f"      members: [{key}-ws-001, {key}-ws-002]",
            "      max_out: 1",
        ]
    return "\n".join([*lines, "  rollout:", "    soak_seconds: 3600", "    growth: 3"]) + "\n"


def network(made: list[Wall], switches: list[Switch]) -> Iterator[str]:
    """Lines of network.yml."""
    yield from ("---", "# Made by `python -m tests.bench.generate_riverside`.", "network:", "  management: management")
    yield "  models: tests/golden/network/riverside"
    yield "  zones:"
    for key, (vlan, ipv4, en, zh, rooms) in ZONES.items():
        yield f"    {key}:"
        yield f"      display_name: {{en: {en}, zh: {zh}}}"
        yield f"      vlan: {vlan}"
        yield f"      ipv4: {ipv4}"
        yield f'      ipv6: "{IPV6}:{vlan}::/64"'
        yield f"      rooms: [{rooms}]"
    yield "  profiles:"
    for letter, key in PROFILES.items():
        yield f"    {key}: {{{', '.join(f'{name}: {zone}' for name, zone in profile(letter).items())}}}"
    yield SERVICES.rstrip()
    yield "  flows:"
    for name, source, destination, service, owner, reason, expires in FLOWS:
        yield f"    {name}:"
        yield f"      {{from: {source}, to: {destination}, service: {service}, owner: {owner},"
        yield f'       reason: "{reason}"{f", expires: {expires}" if expires else ""}}}'
    yield "  switches:"
    for core, (platform, site, ports, uplinks) in CORES.items():
        yield from (f"    {core}:", f"      platform: {platform}", f"      site: {site}")
        yield f"      ports: [{ports}, {uplinks}]"
        if core != "core-main-01":
            yield f"      uplink: {uplinks.rpartition('-')[0]}"
    for one in switches:
        yield f"    {one.name}:"
        yield from (f"      platform: {one.platform}", f"      site: {one.site}")
        yield from (f"      ports: [{', '.join(one.ports)}]", f"      uplink: {one.uplink}")
    yield from _firewalls()
    yield from _trunks(switches)
    yield from _departments(made)


def _firewalls() -> Iterator[str]:
    yield "  firewalls:"
    for name, zones in FIREWALLS.items():
        yield f"    {name}:"
        yield "      site: main"
        yield "      interfaces:"
        for zone in zones:
            more = f"name: eth0.{ZONES[zone][0]}"
            if zone == "guest_services":
                more = "name: eth1, switch: core-main-02, port: TenGigabitEthernet1/0/47"
            if (name, zone) == ("fw-guest", "management"):
                more += f', ipv4: 10.99.0.2, ipv6: "{IPV6}:99::2"'
            yield f"        {zone}: {{{more}}}"


def _trunks(switches: list[Switch]) -> Iterator[str]:
    def trunk(key: str, a: str, b: str, zones: set[str] | None) -> Iterator[str]:
        yield f"    {key}:"
        for side, end in (("a", a), ("b", b)):
            device, _unused, port = end.partition(" ")
            yield f"      {side}: {{device: {device}, port: {port}}}"
        if zones is not None:
            yield "      zones:"
            yield from (f"        - {key}" for key in ZONES if key in zones)

    far = {"management"}.union(*(one.zones for one in switches if one.site == "hillside"))
    yield "  trunks:"
    yield from trunk("cores", "core-main-01 FortyGigabitEthernet1/1/1", "core-main-02 FortyGigabitEthernet1/1/1", None)
    yield from trunk("dark_fibre", "core-main-01 FortyGigabitEthernet1/1/2", "core-hillside-01 40GE1/0/1", far)
    yield from trunk("hillside_cores", "core-hillside-01 40GE1/0/2", "core-hillside-02 40GE1/0/1", far)
    main, guest = set(FIREWALLS["fw-main"]), {"guest", "management"}
    yield from trunk("fw_main", "core-main-01 TenGigabitEthernet1/0/48", "fw-main eth0", main)
    yield from trunk("fw_guest", "core-main-02 TenGigabitEthernet1/0/48", "fw-guest eth0", guest)
    for one in switches:
        key = one.name.replace("-", "_")
        yield from trunk(key, f"{one.core} {one.core_port}", f"{one.name} {one.uplink}", one.zones | {"management"})


def _departments(made: list[Wall]) -> Iterator[str]:
    yield "  departments:"
    department: Department | None = None
    room = ""
    for wall in made:
        if wall.department is not department:
            department, room = wall.department, ""
            yield f"    {department.key}:"
            yield "      rooms:"
        if wall.room[0] != room:
            room = wall.room[0]
            yield f"        {room}:"
            yield f"          display_name: {{en: {wall.room[1]}, zh: {wall.room[2]}}}"
            yield f"          class: {wall.room[3]}"
            yield "          sockets:"
        fields = f"switch: {wall.switch}, port: {wall.port}, profile: {PROFILES[wall.letter]}"
        fields += f", host: {wall.host}" if wall.host else ""
        if wall.room[3] == "public" and wall.letter == "c":
            yield f"            {wall.name}:"
            yield f"              {{{fields},"
            yield f'               accepted: {{owner: {KIOSKS["owner"]}, reason: "{KIOSKS["reason"]}"}}}}'
        else:
            yield f"            {wall.name}: {{{fields}}}"


def generate(directory: Path) -> None:
    """Write hosts.yml, hospital.yml and network.yml over those that are there."""
    made = walls()
    switches = wire(made)
    hosts = populate(made, switches)
    everyone = directory / "group_vars" / "all"
    everyone.mkdir(parents=True, exist_ok=True)
    (directory / "hosts.yml").write_text(hosts.text(), encoding="utf-8")
    (everyone / "hospital.yml").write_text(hospital(), encoding="utf-8")
    (everyone / "network.yml").write_text("\n".join(network(made, switches)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    generate(Path(sys.argv[1] if len(sys.argv) > 1 else "inventories/riverside"))
