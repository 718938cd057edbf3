"""A release is downloaded, verified and unpacked, or refused in a sentence."""

import io
import tarfile
from pathlib import Path

import pytest
from ansible_collections.wardround.hospital.plugins.module_utils import release_archive
from ansible_collections.wardround.hospital.plugins.module_utils.release_archive import ReleaseError


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", mode: int = 0o644) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname, entry.mode = kind, link, mode
    entry.size = 4 if kind == tarfile.REGTYPE else 0
    return entry


def archive(folder: Path, *members: tarfile.TarInfo) -> Path:
    path = folder / "release.tar"
    with tarfile.open(path, "w") as tar:
        for entry in members:
            tar.addfile(entry, io.BytesIO(b"data") if entry.isreg() else None)
    return path


def test_files_and_directories_are_unpacked_with_plain_modes(tmp_path: Path) -> None:
    path = archive(tmp_path, member("./", tarfile.DIRTYPE), member("./a/b.js", mode=0o600), member("run", mode=0o4755))
    target = tmp_path / "release"
    release_archive.unpack(path, target)
    assert (target / "a" / "b.js").read_bytes() == b"data"
    assert [oct((target / name).stat().st_mode & 0o7777) for name in ("a/b.js", "run")] == ["0o644", "0o755"]


@pytest.mark.parametrize(
    "bad",
    [
        member("../evil"),
        member("a/../../evil"),
        member("/etc/evil"),
        member("out", tarfile.SYMTYPE, "/etc"),
        member("in", tarfile.SYMTYPE, "a"),
        member("hard", tarfile.LNKTYPE, "../x"),
        member("pipe", tarfile.FIFOTYPE),
        member("disk", tarfile.BLKTYPE),
    ],
    ids=lambda entry: entry.name,
)
def test_what_could_reach_outside_is_refused_before_anything_is_written(tmp_path: Path, bad: tarfile.TarInfo) -> None:
    path = archive(tmp_path, member("index.html"), bad)
    with pytest.raises(ReleaseError, match="unsafe release"):
        release_archive.unpack(path, tmp_path / "release")
    assert sorted(found.name for found in tmp_path.iterdir()) == ["release.tar"]


def test_a_file_that_is_no_tar_is_said(tmp_path: Path) -> None:
    path = tmp_path / "release.tar"
    path.write_bytes(b"<html>not found</html>")
    with pytest.raises(ReleaseError, match=r"release\.tar is no readable tar file"):
        release_archive.unpack(path, tmp_path / "release")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://share/x.tar", "x.tar"])
def test_only_http_is_fetched(tmp_path: Path, url: str) -> None:
    with pytest.raises(ReleaseError, match="no http or https address"):
        release_archive.download(url, tmp_path / "x", "aa", 1)


def test_a_share_that_does_not_answer_is_said(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="the share does not answer"):
        release_archive.download("http://127.0.0.1:9/x.tar", tmp_path / "x", "aa", 1)


@pytest.mark.parametrize("text", ["", "[]", '{"version": 3}', '{"product": "x"}'])
def test_a_release_that_names_no_version(text: str) -> None:
    assert release_archive.named_version(text) is None


def test_the_served_version_is_unknown_with_a_reason() -> None:
    version, reason = release_archive.served_version("http://127.0.0.1:9/release.json", 1)
    assert version == "unknown"
    assert reason is not None
    assert "does not answer" in reason
