"""How a switch is told to misbehave."""

from pathlib import Path

import pytest

from lab.switch.faults import Faults, FaultsError, read


def test_lines_are_matched_by_expression() -> None:
    fault = Faults.of({"reject": "vlan 3[0-9]", "hang": "^shutdown"})
    assert fault.rejects("switchport access vlan 30") and not fault.rejects("vlan 20")
    assert fault.hangs("shutdown") and not fault.hangs("no shutdown")


def test_no_file_is_no_fault(tmp_path: Path) -> None:
    assert read(tmp_path / "faults.json") == Faults()
    (tmp_path / "faults.json").write_text('{"cut_after": 3, "slow": 5}')
    assert read(tmp_path / "faults.json") == Faults(cut_after=3, slow=5)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"rejects": "x"}', "reject, hang, cut_after, slow"),
        ('{"reject": "("}', "no regular expression"),
        ('{"cut_after": -1}', "0 or more"),
        ('{"slow": true}', "0 or more"),
        ("[]", "a mapping"),
        ("{", "faults.json"),
    ],
)
def test_a_bad_file_is_named_with_what_is_wrong(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "faults.json"
    path.write_text(text)
    with pytest.raises(FaultsError, match=words) as error:
        read(path)
    assert str(path) in str(error.value)
