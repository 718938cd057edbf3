"""What a request does to a layout of releases, and the directory on disk."""

from __future__ import annotations

import hashlib
import http.server
import io
import json
import os
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.wardround.hospital.plugins.module_utils import release_archive
from ansible_collections.wardround.hospital.plugins.module_utils.release_archive import ReleaseError
from ansible_collections.wardround.hospital.plugins.module_utils.release_tree import Layout, Tree, decide, in_use

A, B, C = "3.12.0", "3.13.2", "3.14.0"
SHA = {A: "aa", B: "bb", C: "cc"}


def layout(linked: str | None = None, previous: str | None = None, releases: tuple[str, ...] = ()) -> Layout:
    return Layout(linked, previous, releases, {version: SHA[version] for version in releases})


def line(intent: str | None, old: str | None, new: str) -> dict[str, Any]:
    return {"time": "2026-11-23T09:00:00Z", "intent": intent, "from": old, "to": new}


def ask(before: Layout, state: str, version: str | None, intent: str | None = None, journal: Any = ()) -> Any:
    return decide(before, list(journal), state, version, SHA.get(version or ""), intent)


def test_present_installs_where_there_is_none() -> None:
    found = ask(layout(), "present", A)
    assert (found.stage, found.switch, found.after.linked, found.drift, found.changed) == (A, A, A, None, True)


def test_present_reports_drift_and_leaves_it() -> None:
    found = ask(layout(B, A, (A, B)), "present", A)
    assert not found.changed
    assert found.drift == {"wanted": A, "wanted_sha256": "aa", "installed": B, "installed_sha256": "bb"}


def test_present_reports_other_bytes_of_the_same_version_as_drift() -> None:
    found = decide(layout(A, None, (A,)), [], "present", A, "FF")
    assert not found.changed
    assert found.drift["installed_sha256"] == "aa"
    assert decide(layout(A, None, (A,)), [], "present", A, "AA").drift is None


def test_staged_touches_nothing_in_use() -> None:
    found = ask(layout(A, None, (A,)), "staged", B)
    assert (found.stage, found.switch, found.after.linked, found.after.releases) == (B, None, A, [A, B])
    assert not ask(layout(A, None, (A, B)), "staged", B).changed


def test_a_move_needs_an_intent() -> None:
    with pytest.raises(ReleaseError, match="no intent"):
        ask(layout(A, None, (A, B)), "active", B)
    with pytest.raises(ReleaseError, match="no intent"):
        ask(layout(B, A, (A, B)), "previous", None)


def test_active_switches_keeps_the_way_back_and_prunes_the_rest() -> None:
    found = ask(layout(B, A, (A, B, C)), "active", C, "i1")
    assert (found.switch, found.after.linked, found.after.previous, found.after.releases) == (C, C, B, [B, C])


def test_an_intent_is_a_no_op_while_its_switch_stands_and_refused_after_it_was_undone() -> None:
    journal = [line("i1", A, B)]
    assert not ask(layout(B, A, (A, B)), "active", B, "i1", journal).changed
    undone = [*journal, line("i2", B, A)]
    with pytest.raises(ReleaseError, match="not done twice"):
        ask(layout(A, None, (A, B)), "active", B, "i1", undone)


def test_a_switch_killed_after_its_line_is_made_good_without_a_second_line() -> None:
    found = ask(layout(A, None, (A, B)), "active", B, "i1", [line("i1", A, B)])
    assert found.switch == B
    assert found.journaled


def test_previous_goes_back_once_and_never_forward_again() -> None:
    found = ask(layout(B, A, (A, B)), "previous", None, "i2", [line("i1", A, B)])
    assert (found.switch, found.after.linked, found.after.previous) == (A, A, None)
    journal = [line("i1", A, B), line("i2", B, A)]
    assert not ask(found.after, "previous", None, "i2", journal).changed
    with pytest.raises(ReleaseError, match="no previous release"):
        ask(found.after, "previous", None, "i3", journal)


def test_previous_to_the_version_in_use_is_a_no_op_even_when_an_older_one_is_recorded() -> None:
    assert not ask(layout(B, A, (A, B)), "previous", B, "i1").changed


def test_previous_to_a_release_that_is_gone_says_what_is_there() -> None:
    with pytest.raises(ReleaseError, match=r"3\.12\.0 is not on this machine any more; it has: 3\.13\.2"):
        ask(layout(B, None, (B,)), "previous", A, "i1")


def test_other_bytes_never_replace_a_release_in_use() -> None:
    with pytest.raises(ReleaseError, match="other bytes"):
        decide(layout(A, None, (A,)), [], "staged", A, "ff")
    assert decide(layout(A, None, (A, B)), [], "staged", B, "ff").stage == B


@pytest.mark.parametrize("version", ["../evil", "", "a/b", ".hidden", "1\n"])
def test_a_version_is_a_plain_name(version: str) -> None:
    with pytest.raises(ReleaseError, match="no version"):
        decide(layout(), [], "present", version, "aa")


# The directory on disk


def tar_of(path: Path, files: dict[str, bytes]) -> str:
    with tarfile.open(path, "w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def share(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    folder = tmp_path / "share"
    folder.mkdir()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(folder))

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def install(tree: Tree, share: tuple[Path, str], version: str, intent: str | None = None) -> None:
    folder, url = share
    digest = tar_of(folder / f"{version}.tar", {"./release.json": json.dumps({"version": version}).encode()})
    with tree.lock(1, "test"):
        before = tree.layout()
        decision = decide(before, tree.journal(), "active", version, digest, intent)
        if decision.stage:
            tree.stage(version, f"{url}/{version}.tar", digest, 10)
        tree.switch(before, decision, intent)
        tree.prune(decision.after)


def test_releases_come_and_go_on_disk(tmp_path: Path, share: tuple[Path, str]) -> None:
    tree = Tree(tmp_path / "product")
    for number, version in enumerate((A, B, C)):
        install(tree, share, version, f"i{number}")
    found = tree.layout()
    assert (found.linked, found.previous, found.releases) == (C, B, [B, C])
    assert (tmp_path / "product" / "current").readlink() == Path("releases", C)
    assert json.loads((tmp_path / "product" / "current" / "release.json").read_text()) == {"version": C}
    assert [(entry["from"], entry["to"]) for entry in tree.journal()] == [(None, A), (A, B), (B, C)]
    assert not list((tmp_path / "product").glob(".new-*"))


def test_a_wrong_checksum_leaves_nothing(tmp_path: Path, share: tuple[Path, str]) -> None:
    folder, url = share
    tar_of(folder / "x.tar", {"index.html": b"x"})
    tree = Tree(tmp_path / "product")
    with tree.lock(1, "test"), pytest.raises(ReleaseError, match=r"wrong checksum of .*expected SHA-256 ff, found"):
        tree.stage(A, f"{url}/x.tar", "ff", 10)
    assert tree.layout().releases == []
    assert [path.name for path in (tmp_path / "product").iterdir() if path.name.startswith(".new")] == []


def test_a_release_that_names_another_version_is_refused(tmp_path: Path, share: tuple[Path, str]) -> None:
    folder, url = share
    digest = tar_of(folder / "x.tar", {"release.json": b'{"version": "9.9"}'})
    tree = Tree(tmp_path / "product")
    with tree.lock(1, "test"), pytest.raises(ReleaseError, match=r"holds version 9\.9, not 3\.12\.0"):
        tree.stage(A, f"{url}/x.tar", digest, 10)
    assert tree.layout().releases == []


def test_what_a_killed_run_left_is_removed(tmp_path: Path, share: tuple[Path, str]) -> None:
    tree = Tree(tmp_path / "product")
    install(tree, share, A)
    (tree.releases / f"{B}.partial").mkdir()
    (tree.root / ".new-current").symlink_to("releases/nowhere")
    (tree.root / "journal.jsonl").open("a").write('{"time": "cut')
    assert tree.layout().releases == [A]
    with tree.lock(1, "test"):
        tree.clean()
    install(tree, share, B, "i1")
    assert [entry["to"] for entry in tree.journal()] == [A, B]
    assert sorted(path.name for path in tree.releases.iterdir()) == [A, B]


def test_the_lock_names_its_holder(tmp_path: Path) -> None:
    tree = Tree(tmp_path / "product")
    with (
        tree.lock(0, "intent i7"),
        pytest.raises(ReleaseError, match=f"process {os.getpid()}, intent i7"),
        Tree(tmp_path / "product").lock(0.2, "intent i8"),
    ):
        pass
    with tree.lock(0, "intent i9"):
        pass


def test_a_directory_in_place_of_the_link_is_said(tmp_path: Path) -> None:
    (tmp_path / "current").mkdir()
    with pytest.raises(ReleaseError, match="is a directory, not a link"):
        Tree(tmp_path).layout()


def test_a_link_to_elsewhere_is_said(tmp_path: Path) -> None:
    (tmp_path / "current").symlink_to("/srv/viewer")
    with pytest.raises(ReleaseError, match="points to /srv/viewer"):
        Tree(tmp_path).layout()


def test_the_products_in_use_are_found_among_other_things(tmp_path: Path, share: tuple[Path, str]) -> None:
    assert in_use(tmp_path / "none") == {}
    parent = tmp_path / "opt"
    install(Tree(parent / "note"), share, "1.0")
    (parent / "vendor").mkdir()
    (parent / "vendor.log").touch()
    (parent / "broken").mkdir()
    (parent / "broken/current").symlink_to("releases/2.0")
    assert in_use(parent) == {"note": "1.0"}


def test_a_full_disk_is_refused_before_downloading(
    tmp_path: Path, share: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, url = share
    digest = tar_of(folder / "x.tar", {"index.html": b"x"})
    monkeypatch.setattr(release_archive, "MARGIN", 1 << 60)
    tree = Tree(tmp_path / "product")
    with tree.lock(1, "test"), pytest.raises(ReleaseError, match=r"disk full: .* MB needed"):
        tree.stage(A, f"{url}/x.tar", digest, 10)
