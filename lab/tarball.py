"""Write a release: the same bytes for the same files on every machine."""

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path


def file_digest(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def pack(files: Mapping[str, bytes], product: str, version: str, target: Path, built: datetime) -> None:
    """A plain tar of path -> content and `release.json`, which says what it is.

    Sorted names, owner root, one time, no compression (no library's version shows). What is in `bin/` is executable.
    Names longer than USTAR allows are a ValueError.
    """
    files = {**files, "release.json": json.dumps({"product": product, "version": version}).encode() + b"\n"}
    folders = {str(parent) for name in files for parent in Path(name).parents} - {"."}
    partial = target.with_suffix(".part")
    with tarfile.open(partial, "w", format=tarfile.USTAR_FORMAT) as tar:
        for name in sorted(folders | files.keys()):
            entry = tarfile.TarInfo(name)
            entry.mtime = int(built.timestamp())
            entry.mode = 0o755 if name in folders or name.startswith("bin/") else 0o644
            entry.type = tarfile.DIRTYPE if name in folders else tarfile.REGTYPE
            entry.size = len(files.get(name, b""))
            tar.addfile(entry, io.BytesIO(files.get(name, b"")))
    partial.replace(target)
