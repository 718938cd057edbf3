"""The Debian archive as this machine reaches it: its own mirrors, for another release's suite."""

import re
from collections.abc import Iterator
from pathlib import Path

from lab.podman import LabError

APT = Path("/etc/apt")
SUITE = re.compile(r"(?:bookworm|trixie|stable|oldstable)(-updates|-security)?")
ONE_LINE = re.compile(r"deb\s+(?:\[(?P<options>[^]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<components>.+)")


def debian_sources(suite: str, apt: Path = APT) -> str:
    """The text of a sources.list for `suite`, from deb822 and one-line files; other archives are left out."""
    files = [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*"))]
    entries: dict[str, None] = {}
    for path in files:
        if path.suffix in {".list", ".sources"} and path.is_file():
            text = path.read_text(encoding="utf-8")
            for uri, found, components, signed_by in deb822(text) if path.suffix == ".sources" else one_line(text):
                match = SUITE.fullmatch(found)
                if match and "main" in components and (not signed_by or "debian-archive" in signed_by):
                    entries[f"deb {uri} {suite}{match[1] or ''} main"] = None
    if not any(line.endswith(f" {suite} main") for line in entries):
        raise LabError(f"no Debian archive in {apt}/sources.list or {apt}/sources.list.d: the images are built from it")
    return "\n".join(entries) + "\n"


def one_line(text: str) -> Iterator[tuple[str, str, list[str], str]]:
    """URI, suite, components and signer of each `deb` line."""
    for line in text.splitlines():
        match = ONE_LINE.fullmatch(line.split("#")[0].strip())
        if match:
            signed_by = re.search(r"signed-by=(\S+)", match["options"] or "")
            yield match["uri"], match["suite"], match["components"].split(), signed_by[1] if signed_by else ""


def deb822(text: str) -> Iterator[tuple[str, str, list[str], str]]:
    """URI, suite, components and signer of each enabled stanza's combinations (sources.list(5), deb822 style)."""
    kept = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for stanza in re.split(r"\n\s*\n", kept):
        folded = re.sub(r"\n[ \t]+", " ", stanza)
        lines = (line.partition(":") for line in folded.splitlines())
        fields = {key.lower(): value.strip() for key, _colon, value in lines}
        if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes").lower() == "no":
            continue
        for uri in fields.get("uris", "").split():
            for suite in fields.get("suites", "").split():
                yield uri, suite, fields.get("components", "").split(), fields.get("signed-by", "")
