from pathlib import Path

from lab import images

SOURCES = "deb http://mirror.example/debian trixie main\n"


def test_a_reference_is_the_same_each_time_and_base_comes_first() -> None:
    first = images.references(SOURCES)
    assert first == images.references(SOURCES)
    assert len(first) == 11
    assert list(first) == ["base", *list(images.definitions())[1:]]


def test_other_sources_make_other_images() -> None:
    first, second = images.references(SOURCES), images.references("deb http://other.example/debian trixie main\n")
    assert all(first[name] != second[name] for name in first)


def test_a_new_package_changes_its_own_layer_only(tmp_path: Path, monkeypatch) -> None:
    before = images.references(SOURCES)
    for path in images.DEFINITIONS.iterdir():
        text = path.read_text(encoding="utf-8")
        (tmp_path / path.name).write_text(text.replace("- at-spi2-core", "- at-spi2-core\n    - lpr"), encoding="utf-8")
    monkeypatch.setattr(images, "DEFINITIONS", tmp_path)
    after = images.references(SOURCES)
    assert {name for name in before if before[name] != after[name]} == {"workstation"}


def test_services_that_roles_start_are_off_in_the_image() -> None:
    found = images.definitions()
    assert found["workstation"]["disabled"] == ["chrony", "cups", "nginx"]
    assert found["pacs"]["disabled"] == ["orthanc", "postgresql"]
