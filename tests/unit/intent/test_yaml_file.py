from __future__ import annotations

import tempfile
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from wardround.intent.yaml_file import MAX_BYTES, Vaulted, YamlFile

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.dates() | st.text("abc é放:#'- 019")
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text("abcé放", min_size=1), inner))
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{key}: &{key} [{', '.join([f'*{below}'] * 9)}]\n" for below, key in zip("abcdefgh", "bcdefghi", strict=True)
)


def read(content: str | bytes) -> YamlFile:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "file.yml"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return YamlFile(path)


def messages(file: YamlFile) -> list[str]:
    return [f"{problem.line}: {problem.key}: {problem.found}" for problem in file.problems]


@given(st.binary(max_size=200) | st.text("{}[]:-&*!#|>%@ \n\t\"'a0<?,", max_size=60).map(str.encode))
@example(b"a: &a [*a]")
@example(b"- - - ? - [{: }")
@example(b"a: !!int x\nb: 2026-02-31\nc: \xed\xa0\x80")
@example(b"a: 0x_\nb: 0b_\nc: +_\nd: 1__:5")
def test_any_bytes_are_data_or_problems(content: bytes) -> None:
    file = read(content)
    assert isinstance(file.data, dict)
    assert all(problem.line >= 1 and str(problem) for problem in file.problems)


@given(st.dictionaries(st.text("abcé放", min_size=1), VALUES))
def test_same_values_as_pyyaml(data: dict[str, object]) -> None:
    text = yaml.safe_dump(data, allow_unicode=True)
    file = read(text)
    assert not file.problems
    assert file.data == yaml.safe_load(text)


@pytest.mark.parametrize(
    "content", [BOMB, "[" * 1_000_000, "a: " + "{a: " * 100_000, "- " * 1_000_000, "? " * 1_000_000, "&a [" * 100_000]
)
def test_bomb_is_refused_at_once(content: str) -> None:
    started = time.process_time()
    file = read(content)
    assert time.process_time() - started < 0.5  # milliseconds; the rest is for a loaded machine
    assert len(file.problems) == 1
    assert file.data == {}


def test_large_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.yml"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    assert messages(YamlFile(path)) == ["1: : 64 MiB"]


def test_directory_instead_of_a_file(tmp_path: Path) -> None:
    assert messages(YamlFile(tmp_path)) == ["1: : a directory"]


def test_missing_file(tmp_path: Path) -> None:
    assert messages(YamlFile(tmp_path / "none.yml")) == ["1: : no such file"]


def test_unreadable_file(tmp_path: Path) -> None:
    loop = tmp_path / "loop.yml"
    loop.symlink_to(loop)
    assert messages(YamlFile(loop)) == ["1: : a file that cannot be read (Too many levels of symbolic links)"]


def test_not_utf_8() -> None:
    assert messages(read(b"a: 1\nb: " + "放射科".encode("gb18030"))) == ["2: : the byte 0xb7, which is not UTF-8"]


def test_encrypted_file() -> None:
    assert messages(read("$ANSIBLE_VAULT;1.1;AES256\n3132\n")) == ["1: : an encrypted file"]


def test_tags_of_ansible() -> None:
    file = read("a: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  3132\nb: !unsafe '{{ x }}'\nc: !unsafe {d: ['{{ x }}']}\n")
    assert not file.problems
    assert file.data == {
        "a": Vaulted("$ANSIBLE_VAULT;1.1;AES256\n3132\n"),
        "b": "{{ x }}",
        "c": {"d": ["{{ x }}"]},
    }


@pytest.mark.parametrize("text", ['"\\x7b{ x }}"', "'{% x %}'", "|\n  {# x", '{"{{ x }}": 1}'])
def test_jinja_however_it_is_written(text: str) -> None:
    assert [problem.allowed for problem in read(f"a: {text}\n").problems] == [
        "plain values: hospital data is never a template"
    ]


def test_duplicate_key_names_both_lines() -> None:
    assert messages(read("a:\n  b: 1\n  c: 2\n  b: 3\n")) == ["4: a.b: the key again, first on line 2"]


@pytest.mark.parametrize("text", ["3.12: x", "on: x", "~: x", "2026-09-01: x"])
def test_keys_are_text(text: str) -> None:
    assert "in quotes" in read(text).problems[0].allowed


def test_lines() -> None:
    file = read("a:\n  b:\n    - x\n    - {c: 1,\n       d: 2}\n")
    assert file.line(("a", "b")) == 2
    assert file.line(("a", "b", 1, "d")) == 5
    assert file.line(("a", "b", 1, "missing")) == 4
    assert file.line(("a", "b", 2)) == 2
    assert file.line(("a", "b", 1, "d", "below a value")) == 5
    assert file.line(("nowhere",)) == 1


def test_lines_where_values_are_left_out_and_come_again() -> None:
    file = read("a: &a\n  b:\n    c: 1\n<<: *a\nd: *a\na:\n  f:\n    c: 3\n  b: 2\n")
    assert [file.line(path) for path in (("d",), ("d", "b", "c"), ("a", "b"), ("a", "f", "c"))] == [5, 3, 9, 8]
