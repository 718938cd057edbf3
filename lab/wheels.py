"""Python packages for the hospital's releases: pure wheels, pinned, unzipped.

What is downloaded is the same on every controller: wheels for any machine, for the Python of the targets, checked
against their SHA-256. Whatever needs a compiler comes from the target's own Debian packages.
"""

import sys
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from lab.paths import CACHE
from lab.podman import LabError, run
from lab.tarball import file_digest

TARGET_PYTHON = "3.13"
# Of a wheel's data scheme (PyPA, binary distribution format) only what is imported has a place in a tree.
IMPORTED = ("purelib", "platlib")


def fetch(pins: Mapping[str, str], folder: Path = CACHE / "wheels") -> list[Path]:
    """The wheels of `pins`, in its order; downloads what `folder` does not hold yet, with pip's own configuration.

    pins: requirement such as `gnuhealth==5.0.0` -> SHA-256 of its wheel in hexadecimal. LabError when a package cannot
    be had, has no wheel that runs everywhere, or is not what was pinned.
    """
    folder.mkdir(parents=True, exist_ok=True)
    held = {file_digest(path): path for path in sorted(folder.glob("*.whl"))}
    missing = {requirement: sha256 for requirement, sha256 in pins.items() if sha256 not in held}
    if missing:
        download(missing, folder)
        held = {file_digest(path): path for path in sorted(folder.glob("*.whl"))}
    return [held[sha256] for sha256 in pins.values()]


def download(pins: Mapping[str, str], folder: Path) -> None:
    """Bring wheels into `folder`, all or none."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        wanted = Path(name, "requirements.txt")
        lines = [f"{requirement} --hash=sha256:{sha256}\n" for requirement, sha256 in pins.items()]
        wanted.write_text("".join(lines), encoding="ascii")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--only-binary=:all:", "--platform=any", "--implementation=py", "--abi=none"]
        command += [
            f"--python-version={TARGET_PYTHON}",
            "--require-hashes",
            f"--requirement={wanted}",
            f"--dest={name}",
        ]
        run(command, what="downloading " + ", ".join(pins))
        for wheel in Path(name).glob("*.whl"):
            if not wheel.stem.endswith("-none-any"):
                raise LabError(f"{wheel.name} is made for one kind of machine; take it from a Debian package instead")
            wheel.replace(folder / wheel.name)


def tree(wheels: Iterable[Path], prefix: str = "lib/") -> dict[str, bytes]:
    """Path -> content of the wheels unzipped side by side below `prefix`; two with one file are a LabError."""
    files: dict[str, bytes] = {}
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            for member in archive.infolist():
                name = placed(member.filename)
                if member.is_dir() or name is None:
                    continue
                if prefix + name in files:
                    raise LabError(f"{wheel.name} has {name}, and so does another package of the release")
                files[prefix + name] = archive.read(member)
    return files


def placed(name: str) -> str | None:
    """Where a wheel's file goes below the import path, or None when it is not imported (scripts, headers, data)."""
    top, _sep, rest = name.partition("/")
    if not top.endswith(".data"):
        return name
    scheme, _sep, path = rest.partition("/")
    return path if scheme in IMPORTED else None
