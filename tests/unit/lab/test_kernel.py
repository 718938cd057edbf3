from pathlib import Path

import pytest

from lab import kernel
from lab.podman import LabError


@pytest.fixture
def setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "max_user_instances"
    monkeypatch.setattr(kernel, "INOTIFY", path)
    return path


def test_a_low_limit_is_raised(setting: Path) -> None:
    setting.write_text("128\n")
    kernel.allow(20)
    assert int(setting.read_text()) == 368


def test_a_higher_limit_stays(setting: Path) -> None:
    setting.write_text("8192\n")
    kernel.allow(20)
    assert setting.read_text() == "8192\n"


def test_where_it_may_not_be_set_people_are_told_how(setting: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    setting.write_text("128\n")

    def refuse(*_arguments: object, **_more: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "write_text", refuse)
    with pytest.raises(LabError, match=r"sysctl fs\.inotify\.max_user_instances=368"):
        kernel.allow(20)
