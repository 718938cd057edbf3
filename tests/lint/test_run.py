"""What a red run says at its very end, where whoever reads it looks first."""

from __future__ import annotations

from tests import run

PLAY = """
TASK [The archive answers] ***
fatal: [pacs-01]: FAILED! =>
    changed: false
    msg: no answer within 30 s
ok: [his-01]

TASK [Next] ***
fatal: [mon-01]: UNREACHABLE! => timed out
"""


def test_ansibles_own_words_are_told_once_however_often_tests_repeat_them() -> None:
    as_pytest_says = [f"E         {line}" if line else "E" for line in PLAY.splitlines()]
    told = run.causes([*PLAY.splitlines(), "1 failed"])
    assert told[:3] == ["fatal: [pacs-01]: FAILED! =>", "    changed: false", "    msg: no answer within 30 s"]
    assert "fatal: [mon-01]: UNREACHABLE! => timed out" in told
    assert "TASK [Next] ***" not in told
    assert run.causes(as_pytest_says * 2) == run.causes(as_pytest_says)
    assert run.causes(["ok: [his-01]", "2 passed, 0 failed"]) == []
