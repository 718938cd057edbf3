"""What engine-01 and ana-01 run on, made from the inventory and the lab's secrets: settings under `.lab/engine`."""

import importlib.util
import json
import shutil
from pathlib import Path
from typing import Any

import yaml

from lab.machines import Machine, machines, of_image
from lab.paths import INVENTORY, LAB, ROOT, SECRETS, TLS
from lab.podman import podman

SETTINGS = LAB / "engine"
CODE = "/opt/engine"  # where a machine sees the code, as PYTHONPATH
UNITS = "/etc/systemd/system"
APPLICATION, FACILITY = "ENGINE", "WARDROUND"
PORTS = {"results": 2575, "lis": 2576, "his": 2577}
DEVICE_PORT = FEED_PORT = 2575
MODALITIES = {"CT": "CT", "ECG": "ECG", "XR": "CR"}  # first part of an examination's code -> DICOM's modality
MEASURING_SECONDS = 0.5
SERVICES = {"engine": ("engine", "gateway-his", "gateway-lis"), "analyser": ("analyser",)}


def prepare() -> None:
    """Write the settings; the same inventory gives the same files."""
    everyone = {found.name: found for found in machines()}
    write("engine", engine(everyone))
    write("analyser", analyser(everyone))
    shutil.copyfile(TLS / "ca.crt", SETTINGS / "engine" / "ca.crt")


def start() -> None:
    """Start the engine, once the HIS and the LIS are converged: before, each look would be a wrong password to them."""
    container = of_image("engine")[0].container
    podman("exec", container, "systemctl", "start", *SERVICES["engine"], what="starting the engine")


def write(name: str, settings: dict[str, Any]) -> None:
    """One machine's settings, for root alone."""
    folder = SETTINGS / name
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / "config.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(settings, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def engine(everyone: dict[str, Machine]) -> dict[str, Any]:
    """Settings of the engine: see `lab/engine/config.py`."""
    here = "127.0.0.1"
    journey = hospital("journey")
    return {
        "application": APPLICATION,
        "facility": FACILITY,
        "state": "/var/lib/engine",
        "listen": {name: ["0.0.0.0", port] for name, port in PORTS.items()},
        "destinations": {
            "lis": peer(here, PORTS["lis"], "LIS", "LABORATORY"),
            "his": peer(here, PORTS["his"], "HIS", "WARDS"),
            "analyser": peer(only("analyser", everyone).clinical, DEVICE_PORT, "ANALYSER", "LABORATORY"),
            "pacs": peer(only("pacs", everyone).clinical, FEED_PORT, "WORKLIST", "RADIOLOGY"),
        },
        "servers": {"his": server(everyone[journey["his"]], "his"), "lis": server(everyone[journey["lis"]], "lis")},
        "examinations": {
            found["test"]: {
                "station": everyone[found["device"]].ae_title,
                "modality": MODALITIES[found["test"].split("-")[0]],
            }
            for found in journey["examinations"]
        },
    }


def analyser(everyone: dict[str, Machine]) -> dict[str, Any]:
    """Settings of the analyser."""
    return {
        "application": "ANALYSER",
        "facility": "LABORATORY",
        "state": "/var/lib/analyser",
        "listen": ["0.0.0.0", DEVICE_PORT],
        "seconds": MEASURING_SECONDS,
        "engine": peer(only("engine", everyone).clinical, PORTS["results"], APPLICATION, FACILITY),
    }


def peer(host: str, port: int, application: str, facility: str) -> dict[str, Any]:
    """A destination of messages."""
    return {"host": host, "port": port, "application": application, "facility": facility}


def only(image: str, everyone: dict[str, Machine]) -> Machine:
    """The one machine of an image; StopIteration without any."""
    return next(found for found in everyone.values() if found.image == image)


def server(found: Machine, kind: str) -> dict[str, str]:
    """What a session with a GNU Health server needs."""
    password = (SECRETS / f"{kind}_interface_password").read_text(encoding="ascii").strip()
    settings = {"url": f"https://{found.clinical}", "database": "health", "user": "interface", "password": password}
    return settings | {"ca_file": "/etc/engine/ca.crt"}


def hospital(key: str) -> Any:
    """One key of the hospital's data."""
    path = INVENTORY / "group_vars" / "all" / f"{key}.yml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))[key]


def volumes(found: Machine) -> list[tuple[Path, str]]:
    """What a machine of image `engine` or `analyser` sees: the code, hl7apy, its settings and its services."""
    hl7apy = importlib.util.find_spec("hl7apy")
    if hl7apy is None or hl7apy.origin is None:
        raise ModuleNotFoundError("hl7apy is not in this environment: run `make setup`")
    parts = [(ROOT / "lab" / part, f"{CODE}/lab/{part}") for part in ("engine", "devices")]
    shared = "plugins/module_utils"
    parts.append((ROOT / shared, f"{CODE}/ansible_collections/wardround/hospital/{shared}"))
    parts.append((Path(hl7apy.origin).parent, f"{CODE}/hl7apy"))
    parts.append((SETTINGS / found.image, f"/etc/{found.image}"))
    units = ROOT / "lab" / "engine" / "units"
    parts += [(units / f"{name}.service", f"{UNITS}/{name}.service") for name in SERVICES[found.image]]
    if found.image == "analyser":  # the engine is started when the systems know its accounts
        parts.append((units / "analyser.conf", f"{UNITS}/multi-user.target.d/analyser.conf"))
    parts.append((units / found.image, f"/usr/local/bin/{found.image}"))
    return parts
