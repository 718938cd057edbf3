"""Take the images of an Orthanc archive with a SQLite index over into the running Orthanc, and count them.

Usage: import_archive.py OLD [CONFIG]    OLD: the old storage directory with its `index`; nothing in it is changed but
the file `imported`, which says that all images were taken. Safe to repeat: an image that is there already stays one.
"""

import base64
import json
import sqlite3
import sys
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

CONFIG = "/etc/wardround/pacs_server/orthanc.json"
DICOM, ZLIB = 1, 2  # Orthanc's FileContentType and CompressionType


def images(old: Path) -> Iterator[tuple[str, bytes]]:
    """(identifier, DICOM file) of every image that the old index knows; a file that is not there is an OSError."""
    with closing(sqlite3.connect(f"file:{old / 'index'}?mode=ro&immutable=1", uri=True)) as index:
        query = "SELECT uuid, compressionType FROM AttachedFiles WHERE fileType = ? ORDER BY id"
        for name, compression in index.execute(query, (DICOM,)).fetchall():
            data = (old / name[:2] / name[2:4] / name).read_bytes()
            # Orthanc writes the length in eight bytes before what zlib made.
            yield name, zlib.decompress(data[8:]) if compression == ZLIB else data


def send(data: bytes, base: str, authorization: str) -> dict[str, Any]:
    """Orthanc's answer to one image; raises urllib.error.URLError."""
    request = urllib.request.Request(f"{base}/instances", data=data, headers={"Authorization": authorization})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=60) as answer:
        found: dict[str, Any] = json.loads(answer.read())
        return found


def main() -> int:
    old = Path(sys.argv[1])
    settings = json.loads(Path(sys.argv[2] if len(sys.argv) > 2 else CONFIG).read_text(encoding="utf-8"))
    user, password = next(iter(settings["RegisteredUsers"].items()))
    authorization = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    taken = 0
    try:
        for name, data in images(old):
            status = send(data, f"http://127.0.0.1:{settings['HttpPort']}", authorization).get("Status")
            if status not in ("Success", "AlreadyStored"):
                print(f"image {name} of {old} was not taken: Orthanc answered {status}", file=sys.stderr)
                return 1
            taken += 1
    except (OSError, urllib.error.URLError, sqlite3.Error, zlib.error) as error:
        print(f"{taken} images of {old} were taken, then: {error}; nothing is lost, try again", file=sys.stderr)
        return 1
    (old / "imported").write_text(f"{taken} images\n", encoding="utf-8")
    print(f"{taken} images taken over; {old} may be deleted when the archive was looked at")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
