"""What Riverside hospital says in words: its departments with their rooms, its zones, services and flows."""

from __future__ import annotations

from dataclasses import dataclass

PROFILES = {
    "d": "clinical_desk",
    "c": "clinical",
    "o": "office",
    "a": "imaging_a",
    "i": "imaging_b",
    "m": "medical_device",
    "t": "telemedicine",
    "b": "building",
    "g": "guest",
    "s": "server",
    "e": "guest_service",
    "n": "management",
    "v": "voice_server",
}
"""A letter for each profile, so that a room is a word."""


@dataclass(frozen=True)
class Rooms:
    """Rooms alike. sockets: a letter of PROFILES for each socket of one room."""

    key: str
    en: str
    zh: str
    room_class: str
    count: int
    sockets: str


@dataclass(frozen=True)
class Department:
    key: str
    prefix: str
    en: str
    zh: str
    site: str
    owner: str
    tier: int
    workstations: int
    rooms: tuple[Rooms, ...]


def _waiting(en: str, zh: str, sockets: int) -> Rooms:
    return Rooms("waiting", en, zh, "public", 1, "gb" * (sockets // 2))


def _ward(bays: int) -> tuple[Rooms, ...]:
    return (
        Rooms("nurses", "Nurses' station", "护士站", "staff", 2, "ddddddcoo"),
        Rooms("bay", "Bay", "病房", "clinical", bays, "dcmmmg"),
        Rooms("treatment", "Treatment room", "治疗室", "clinical", 2, "dcmm"),
    )


DEPARTMENTS = (
    Department(
        *("registration", "reg", "Registration and billing", "挂号收费处", "main", "front_office_it", 2, 24),
        (
            Rooms("hall", "Registration hall", "挂号大厅", "public", 1, "gbgbgbgbgbgb"),
            Rooms("windows", "Registration windows", "挂号窗口", "staff", 2, "ddddddddddddcc"),
            Rooms("back_office", "Back office", "办公室", "staff", 2, "oooooo"),
        ),
    ),
    Department(
        *("outpatient", "opd", "Outpatient clinics", "门诊部", "main", "ward_it", 2, 40),
        (
            Rooms("hall", "Outpatient hall", "门诊大厅", "public", 1, "ggggbbggggbbggggbbcc"),
            Rooms("consulting", "Consulting room", "诊室", "clinical", 30, "dcmt"),
            Rooms("nurses", "Nurses' station", "护士站", "staff", 3, "dddcoo"),
        ),
    ),
    Department(
        *("emergency", "emg", "Emergency", "急诊科", "main", "ward_it", 1, 24),
        (
            _waiting("Emergency waiting area", "急诊候诊区", 12),
            Rooms("triage", "Triage", "预检分诊", "clinical", 3, "ddcm"),
            Rooms("resuscitation", "Resuscitation room", "抢救室", "clinical", 4, "dcmmmmat"),
            Rooms("cubicle", "Cubicle", "诊位", "clinical", 16, "dcmm"),
        ),
    ),
    Department(
        *("internal_medicine", "med", "Internal medicine", "内科", "main", "ward_it", 2, 36),
        (_waiting("Ward lounge", "病区休息区", 8), *_ward(29)),
    ),
    Department(
        *("surgery", "sur", "Surgery", "外科", "main", "ward_it", 2, 32),
        (_waiting("Ward lounge", "病区休息区", 8), *_ward(27)),
    ),
    Department(
        *("operating_room", "or", "Operating rooms", "手术室", "main", "ward_it", 1, 16),
        (
            Rooms("theatre", "Theatre", "手术间", "clinical", 10, "ddcmmmmmai"),
            Rooms("recovery", "Recovery", "复苏室", "clinical", 2, "ddcmmmmmmmm"),
        ),
    ),
    Department(
        *("intensive_care", "icu", "Intensive care", "重症医学科", "main", "ward_it", 1, 14),
        (
            Rooms("bed", "Bed space", "床位", "clinical", 20, "dcmmmmm"),
            Rooms("nurses", "Nurses' station", "护士站", "staff", 1, "ddddddcoo"),
        ),
    ),
    Department(
        *("radiology", "rad", "Radiology", "放射科", "main", "radiology_it", 1, 24),
        (
            _waiting("Radiology waiting area", "放射候诊区", 8),
            Rooms("reading", "Reading room", "阅片室", "staff", 3, "ddddddddcc"),
            Rooms("scanner_a", "Scanner room A", "检查室甲", "clinical", 6, "daam"),
            Rooms("scanner_b", "Scanner room B", "检查室乙", "clinical", 6, "diim"),
        ),
    ),
    Department(
        *("cardiology", "car", "Cardiology", "心内科", "main", "ward_it", 2, 14),
        (
            Rooms("echo", "Echo room", "超声心动图室", "clinical", 6, "daim"),
            Rooms("ecg", "ECG room", "心电图室", "clinical", 4, "daim"),
            *_ward(10),
        ),
    ),
    Department(
        *("laboratory", "lab", "Laboratory", "检验科", "main", "laboratory_it", 2, 18),
        (
            Rooms("bench", "Bench", "检验工位", "technical", 12, "dmmmc"),
            Rooms("blood_draw", "Blood collection", "采血处", "clinical", 3, "ddc"),
        ),
    ),
    Department(
        *("pharmacy", "pha", "Pharmacy", "药剂科", "main", "front_office_it", 2, 12),
        (
            _waiting("Pharmacy waiting area", "取药候诊区", 6),
            Rooms("dispensary", "Dispensary", "发药处", "clinical", 2, "ddddddmmcoo"),
        ),
    ),
    Department(
        *("paediatrics", "ped", "Paediatrics", "儿科", "main", "ward_it", 2, 16),
        (_waiting("Play corner", "儿童活动区", 6), *_ward(16)),
    ),
    Department(
        *("obstetrics", "obs", "Obstetrics", "产科", "main", "ward_it", 2, 14),
        (*_ward(12), Rooms("delivery", "Delivery room", "分娩室", "clinical", 4, "dcmmmi")),
    ),
    Department(
        *("administration", "adm", "Administration", "行政部", "main", "front_office_it", 3, 20),
        (Rooms("office", "Office", "办公室", "staff", 14, "oooo"),),
    ),
    Department(
        *("information_technology", "it", "Information technology", "信息科", "main", "network_team", 3, 6),
        (
            Rooms(
                "data_centre",
                "Data centre",
                "数据中心",
                "technical",
                1,
                "s" * 24 + "eeee" + "nnnn" + "tt" + "vv" + "bb",
            ),
            Rooms("office", "IT office", "信息科办公室", "staff", 3, "oooooo"),
        ),
    ),
    Department(
        *("hillside_outpatient", "hop", "Hillside outpatient clinic", "山景院区门诊", "hillside", "ward_it", 2, 20),
        (
            _waiting("Hillside hall", "山景院区大厅", 16),
            Rooms("consulting", "Consulting room", "诊室", "clinical", 24, "dcmt"),
            Rooms("windows", "Registration windows", "挂号窗口", "staff", 1, "ddddddcc"),
        ),
    ),
    Department(
        *("hillside_ward", "hwd", "Hillside ward", "山景院区病房", "hillside", "ward_it", 2, 20),
        (_waiting("Hillside lounge", "山景院区休息区", 6), *_ward(26)),
    ),
    Department(
        *("hillside_radiology", "hrd", "Hillside radiology", "山景院区放射科", "hillside", "radiology_it", 2, 4),
        (Rooms("scanner", "Scanner room", "检查室", "clinical", 4, "daim"),),
    ),
)

OWNERS = {
    "radiology_it": ("Radiology IT", "ext. 4410"),
    "front_office_it": ("Front office IT", "ext. 4420"),
    "ward_it": ("Ward IT", "ext. 4430"),
    "laboratory_it": ("Laboratory IT", "ext. 4440"),
    "network_team": ("Network team", "ext. 4450"),
    "facilities": ("Facilities", "ext. 4460"),
    "medical_engineering": ("Medical engineering", "ext. 4470"),
}

# key: VLAN, IPv4, English, Chinese, classes of rooms
ZONES = {
    "clinical": (20, "10.20.0.0/20", "Clinical desks", "临床工作站", "staff, clinical, technical"),
    "administration": (24, "10.24.0.0/21", "Administration", "行政办公", "staff, clinical, technical"),
    "imaging_a": (30, "10.30.0.0/23", "Imaging devices A", "影像设备甲", "clinical, technical"),
    "imaging_b": (31, "10.31.0.0/23", "Imaging devices B", "影像设备乙", "clinical, technical"),
    "medical_devices": (40, "10.40.0.0/20", "Medical devices", "医疗设备", "clinical, technical"),
    "servers": (50, "10.50.0.0/23", "Servers", "服务器", "technical"),
    "telemedicine": (60, "10.60.0.0/22", "Telemedicine", "远程医疗", "staff, clinical, technical"),
    "voice": (70, "10.70.0.0/20", "Telephones", "电话", "public, staff, clinical, technical"),
    "building": (80, "10.80.0.0/22", "Building services", "楼宇设施", "public, staff, clinical, technical"),
    "guest": (90, "10.90.0.0/20", "Guests and patients", "访客", "public, staff, clinical"),
    "guest_services": (91, "10.91.0.0/24", "Guest portal and proxy", "访客服务", "technical"),
    "management": (99, "10.99.0.0/23", "Management", "管理", "technical"),
}

SERVICES = """\
  services:
    backup: {protocol: tcp, ports: [8000]}
    bacnet: {protocol: udp, ports: [47808]}
    dhcp: {protocol: udp, ports: [67]}
    dicom: {protocol: tcp, ports: [104, 11112]}
    dicom_web: {protocol: tcp, ports: [443, 8042]}
    dns: {protocol: udp, ports: [53]}
    dns_tcp: {protocol: tcp, ports: [53]}
    his: {protocol: tcp, ports: [8000, 8443]}
    hl7: {protocol: tcp, ports: [2575, 2576]}
    https: {protocol: tcp, ports: [443]}
    ipp: {protocol: tcp, ports: [631]}
    lis: {protocol: tcp, ports: [8010]}
    ntp: {protocol: udp, ports: [123]}
    ping: {protocol: icmp}
    proxy: {protocol: tcp, ports: [3128]}
    releases: {protocol: tcp, ports: [80]}
    sip: {protocol: tcp, ports: [5060, 5061]}
    snmp: {protocol: udp, ports: [161]}
    ssh: {protocol: tcp, ports: [22]}
    syslog: {protocol: tcp, ports: [6514]}
    video: {protocol: udp, ports: [3478, 10000]}
"""

# name: from, to, service, owner, reason, expires
FLOWS = (
    ("desks_his", "clinical", "his-01", "his", "front_office_it", "Registration, orders and notes", ""),
    ("desks_his_standby", "clinical", "his-02", "his", "front_office_it", "The standby takes over", ""),
    ("offices_his", "administration", "his-01", "his", "front_office_it", "Billing and planning", ""),
    ("offices_his_standby", "administration", "his-02", "his", "front_office_it", "The standby takes over", ""),
    ("desks_lis", "clinical", "lis-01", "lis", "laboratory_it", "Results and orders", ""),
    ("desks_pacs", "clinical", "pacs-01", "dicom_web", "radiology_it", "Images on every desk", ""),
    ("desks_pacs_second", "clinical", "pacs-02", "dicom_web", "radiology_it", "The second archive node", ""),
    ("desks_pacs_dicom", "clinical", "pacs-01", "dicom", "radiology_it", "Reading desks query and retrieve", ""),
    ("desks_pacs_second_dicom", "clinical", "pacs-02", "dicom", "radiology_it", "The second archive node", ""),
    ("pacs_desks", "pacs-01", "clinical", "dicom", "radiology_it", "C-MOVE sends images to desks", ""),
    ("pacs_second_desks", "pacs-02", "clinical", "dicom", "radiology_it", "C-MOVE sends images to desks", ""),
    ("imaging_a_pacs", "imaging_a", "pacs-01", "dicom", "radiology_it", "Images and worklist", ""),
    ("imaging_a_pacs_second", "imaging_a", "pacs-02", "dicom", "radiology_it", "The second archive node", ""),
    ("imaging_b_pacs", "imaging_b", "pacs-01", "dicom", "radiology_it", "Images and worklist", ""),
    ("imaging_b_pacs_second", "imaging_b", "pacs-02", "dicom", "radiology_it", "The second archive node", ""),
    ("devices_engine", "medical_devices", "engine-01", "hl7", "medical_engineering", "Results of analysers", ""),
    ("engine_devices", "engine-01", "medical_devices", "hl7", "medical_engineering", "Orders to analysers", ""),
    ("desks_print", "clinical", "print-01", "ipp", "front_office_it", "Labels, receipts and wristbands", ""),
    ("offices_print", "administration", "print-01", "ipp", "front_office_it", "Letters", ""),
    ("desks_releases", "clinical", "share-01", "releases", "front_office_it", "Clinical releases", ""),
    ("desks_dns", "clinical", "dns-01", "dns", "network_team", "Names", ""),
    ("desks_dns_tcp", "clinical", "dns-01", "dns_tcp", "network_team", "Names in long answers", ""),
    ("offices_dns", "administration", "dns-01", "dns", "network_team", "Names", ""),
    ("imaging_a_dns", "imaging_a", "dns-01", "dns", "network_team", "Names", ""),
    ("imaging_b_dns", "imaging_b", "dns-01", "dns", "network_team", "Names", ""),
    ("devices_dns", "medical_devices", "dns-01", "dns", "network_team", "Names", ""),
    ("telemedicine_dns", "telemedicine", "dns-01", "dns", "network_team", "Names", ""),
    ("desks_time", "clinical", "time-01", "ntp", "network_team", "Clocks agree", ""),
    ("offices_time", "administration", "time-01", "ntp", "network_team", "Clocks agree", ""),
    ("imaging_a_time", "imaging_a", "time-01", "ntp", "radiology_it", "Images sort by time", ""),
    ("imaging_b_time", "imaging_b", "time-01", "ntp", "radiology_it", "Images sort by time", ""),
    ("devices_time", "medical_devices", "time-01", "ntp", "medical_engineering", "Results sort by time", ""),
    ("voice_time", "voice", "time-01", "ntp", "network_team", "Clocks of telephones", ""),
    ("building_time", "building", "time-01", "ntp", "facilities", "Clocks of doors and alarms", ""),
    ("telemedicine_his", "telemedicine", "his-01", "https", "ward_it", "Appointments of remote visits", ""),
    ("desks_video", "clinical", "tele-01", "video", "ward_it", "Remote consultations at the desk", ""),
    ("servers_video", "engine-01", "tele-01", "https", "ward_it", "Appointments become video rooms", ""),
    ("facilities_building", "administration", "bms-01", "https", "facilities", "Facilities watch the plant", ""),
    ("bms_bacnet", "bms-01", "medical_devices", "bacnet", "facilities", "Isolation room pressure", "2031-03-31"),
    ("offices_sip", "administration", "pbx-01", "sip", "network_team", "Soft telephones", ""),
    ("desks_ssh", "management", "clinical", "ssh", "network_team", "Ansible", ""),
    ("offices_ssh", "management", "administration", "ssh", "network_team", "Ansible", ""),
    ("servers_ssh", "management", "servers", "ssh", "network_team", "Ansible", ""),
    ("telemedicine_ssh", "management", "telemedicine", "ssh", "network_team", "Ansible", ""),
    ("devices_snmp", "management", "medical_devices", "snmp", "medical_engineering", "Monitoring", "2030-12-31"),
    ("building_snmp", "management", "building", "snmp", "facilities", "Monitoring", ""),
    ("servers_ping", "management", "servers", "ping", "network_team", "Reachability", ""),
    ("desks_ping", "management", "clinical", "ping", "network_team", "Reachability", ""),
    ("servers_syslog", "servers", "monitor-01", "syslog", "network_team", "Logs", ""),
    ("building_syslog", "building", "monitor-01", "syslog", "facilities", "Logs of doors", ""),
    ("devices_backup", "medical_devices", "backup-01", "backup", "medical_engineering", "Old analysers", "2030-06-30"),
    ("vendor_ct", "tele-01", "imaging_a", "https", "radiology_it", "Vendor's remote service of CT", "2030-09-30"),
    ("guest_proxy", "guest", "proxy-01", "proxy", "network_team", "The internet, filtered", ""),
    ("guest_portal", "guest", "proxy-01", "https", "network_team", "The page to sign in", ""),
    ("guest_dns", "guest", "guest-dns-01", "dns", "network_team", "Names for guests", ""),
    ("guest_dhcp", "guest", "guest-dns-01", "dhcp", "network_team", "Addresses for guests", ""),
)
