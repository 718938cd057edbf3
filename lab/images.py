"""Bake the lab's images: a Debian 13 root from the host's own sources, and a layer of packages for each kind.

An image is named by the hash of what it is made from (`localhost/wr-base:<hash>`), so an unchanged one is reused;
the tag `current` moves to the newest.
"""

import hashlib
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml

from lab.paths import CACHE, ROOT
from lab.podman import exists, podman, run
from lab.progress import step, step_beside_others
from lab.sources import debian_sources

SUITE = "trixie"
DEFINITIONS = ROOT / "lab" / "images"
BUILD = CACHE / "build"
MOUNT = "/run/lab-build"  # where a build sees it
# Documentation and translations are most of a minimal root's files and of no use in a lab.
DPKG_OPTIONS = tuple(f"path-exclude=/usr/share/{part}/*" for part in ("doc", "info", "locale", "man"))


def definitions() -> dict[str, dict[str, list[str]]]:
    """Image name -> its `packages` and services `disabled`; `base` comes first."""
    found: dict[str, dict[str, list[str]]] = yaml.safe_load((DEFINITIONS / "packages.yml").read_text(encoding="utf-8"))
    return found


def digest(*parts: str) -> str:
    """Twelve hexadecimal digits that name an image by what it is made from."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def references(sources: str) -> dict[str, str]:
    """Image name -> reference with its hash. A layer's hash covers the base below it."""
    images = definitions()
    customize = (DEFINITIONS / "customize.sh").read_text(encoding="utf-8")
    containerfile = (DEFINITIONS / "Containerfile").read_text(encoding="utf-8")
    base = digest(SUITE, sources, customize, *DPKG_OPTIONS, *images["base"]["packages"])
    found = {"base": f"localhost/wr-base:{base}"}
    for name in list(images)[1:]:
        layer = digest(base, containerfile, *images[name]["packages"], "disabled", *images[name].get("disabled", []))
        found[name] = f"localhost/wr-{name}:{layer}"
    return found


def bake(*names: str) -> dict[str, str]:
    """Make the named images, or all, where they are missing; returns name -> reference."""
    sources = debian_sources(SUITE)
    wanted = {name: ref for name, ref in references(sources).items() if not names or name in {"base", *names}}
    missing = {name: ref for name, ref in wanted.items() if not exists("image", ref)}
    if base := missing.pop("base", None):
        with step("image base"):
            bake_base(base, sources)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda name: bake_layer(name, missing[name], wanted["base"], sources), missing))
    for name, ref in wanted.items():
        podman("tag", ref, f"localhost/wr-{name}:current", what=f"naming the image {name}")
    return wanted


def remove() -> None:
    """Remove every image of the lab."""
    found = podman("images", "--quiet", "--no-trunc", "--filter", "reference=localhost/wr-*").split()
    if found:
        podman("rmi", "--force", *dict.fromkeys(found), what="removing the images")


def prepare(name: str, sources: str) -> Path:
    """Lay out in a folder what the host lends to one build: its download settings, CA bundle and a package cache."""
    lent = BUILD / name
    shutil.rmtree(lent, ignore_errors=True)
    for folder in ("lists/partial", "archives/partial"):
        (lent / folder).mkdir(parents=True)
    (lent / "sources.list").write_text(sources, encoding="utf-8")
    settings = run(["apt-config", "dump", "--no-empty", "Acquire"], what="reading apt's settings").stdout.splitlines()
    kept = [line for line in settings if not line.startswith(("Acquire::IndexTargets", "Acquire::Changelogs"))]
    (lent / "download.conf").write_text("\n".join(kept) + "\n", encoding="utf-8")
    bundle = Path(os.environ.get("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt"))
    if bundle.exists():
        shutil.copyfile(bundle, lent / "ca.crt")
        kept.append(f'Acquire::https::CAInfo "{MOUNT}/ca.crt";')
    kept += [f'Dir::State::lists "{MOUNT}/lists/";', f'Dir::Cache::archives "{MOUNT}/archives/";']
    kept += [f'Dir::Etc::sourcelist "{MOUNT}/sources.list";', 'APT::Sandbox::User "root";']
    (lent / "apt.conf").write_text("\n".join(kept) + "\n", encoding="utf-8")
    return lent


def bake_base(ref: str, sources: str) -> None:
    """A minimal Debian root with systemd and SSH, imported as an image."""
    lent = prepare("base", sources)
    tar = lent / "base.tar"
    command = ["mmdebstrap", "--quiet", "--variant=minbase", "--format=tar", f"--aptopt={lent / 'download.conf'}"]
    command += [f"--include={','.join(definitions()['base']['packages'])}"]
    command += [f"--dpkgopt={option}" for option in DPKG_OPTIONS]
    command += [f"--customize-hook={DEFINITIONS / 'customize.sh'}", SUITE, str(tar), "-"]
    run(command, what="making the Debian root", stdin=sources)
    podman("import", "--quiet", "--change", 'CMD ["/sbin/init"]', "--change", "STOPSIGNAL=SIGRTMIN+3", tar, ref)
    shutil.rmtree(lent)


def bake_layer(name: str, ref: str, base: str, sources: str) -> None:
    """The base image with the packages of one kind of machine."""
    image, lent = definitions()[name], prepare(name, sources)
    arguments = {"BASE": base, "PACKAGES": " ".join(image["packages"]), "DISABLED": " ".join(image.get("disabled", []))}
    build = ["build", "--quiet", "--pull=never", "--network=host", "--layers=false", f"--volume={lent}:{MOUNT}:rw"]
    build += [f"--build-arg={key}={value}" for key, value in arguments.items()]
    with step_beside_others(f"image {name}"):
        podman(*build, "--tag", ref, "--file", DEFINITIONS / "Containerfile", DEFINITIONS, what=f"building {name}")
    shutil.rmtree(lent)
