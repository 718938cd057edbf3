"""A good hospital and what may be wrong with it: `bad/*.txt` each hold a change and the messages it must lead to.

`@ FILE` names the file. Lines from `-` are replaced by those from `+`; `+` alone is added at the end, which makes a
file where there is none; `@ FILE removed` takes it away. Lines from `>` are the messages, all of them, in order.
Cases named network_* change the good hospital with a network: good_network/ over good/.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
CASES = sorted(path.stem for path in (HERE / "bad").glob("*.txt"))
INVENTORY = Path("inventory")

_ARGUMENT_SPECS = """
argument_specs:
  main:
    options:
      pacs_client_ae_title: {type: str}
      pacs_client_peers: {type: list, elements: str}
      pacs_client_web_workers: {type: int}
      pacs_client_mode: {type: str, choices: [fast, small]}
      pacs_client_probe: {type: dict, options: {rows: {type: int, required: true}}}
"""
_MODALITY_LINK = """
argument_specs:
  main:
    options:
      modality_link_ae_title: {type: str}
      modality_link_worklist_modality: {type: str}
"""
_META = "galaxy_info: {platforms: [{name: Debian, versions: [trixie, bookworm]}]}\n"


def write_good(repository: Path) -> Path:
    """A repository with one role and the good hospital; returns the hospital's directory."""
    meta = repository / "roles" / "pacs_client" / "meta"
    meta.mkdir(parents=True)
    (repository / "galaxy.yml").touch()
    (meta / "argument_specs.yml").write_text(_ARGUMENT_SPECS, encoding="utf-8")
    (meta / "product.yml").write_text("health_checks: [version, page, qido, frame, echo, find]\n", encoding="utf-8")
    (meta / "main.yml").write_text(_META, encoding="utf-8")
    shutil.copytree(HERE / "good", repository / INVENTORY)
    return repository / INVENTORY


def write_good_network(repository: Path) -> Path:
    """The good hospital with a network of two switches and a firewall; returns the hospital's directory."""
    inventory = write_good(repository)
    meta = repository / "roles" / "modality_link" / "meta"
    meta.mkdir(parents=True)
    (meta / "argument_specs.yml").write_text(_MODALITY_LINK, encoding="utf-8")
    shutil.copytree(HERE / "good_network", inventory, dirs_exist_ok=True)
    return inventory


def write_bad(repository: Path, case: str) -> list[str]:
    """The good hospital with the case's change; returns the messages that it must lead to."""
    inventory = write_good_network(repository) if case.startswith("network_") else write_good(repository)
    lines = (HERE / "bad" / f"{case}.txt").read_text(encoding="utf-8").splitlines()
    change = _Change(inventory)
    for line in lines:
        mark, text = line[:2], line[2:]
        if mark == "@ ":
            change.apply()
            change = _Change(inventory, text)
        elif mark == "- ":
            if change.new:
                change.apply()
                change = _Change(inventory, change.file)
            change.old.append(text)
        elif mark == "+ ":
            change.new.append(text)
    change.apply()
    return [line[2:] for line in lines if line.startswith("> ")]


@dataclass
class _Change:
    inventory: Path
    file: str = ""
    old: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)

    def apply(self) -> None:
        path = self.inventory / self.file.removesuffix(" removed")
        if self.file.endswith(" removed"):
            path.unlink()
        elif self.old or self.new:
            path.parent.mkdir(parents=True, exist_ok=True)
            text = path.read_text(encoding="utf-8") if path.exists() else ""
            old, new = ("".join(f"{line}\n" for line in lines) for lines in (self.old, self.new))
            if old:
                assert text.count(old) == 1, f"{self.old} stands {text.count(old)} times in {path}"
            path.write_text(text.replace(old, new) if old else text + new, encoding="utf-8")
