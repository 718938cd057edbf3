"""Content read from what dcmdump prints; the files are those that pydicom ships."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.wardround.hospital.plugins.module_utils import dicom_content
from hypothesis import given
from hypothesis import strategies as st


def words(data: bytes) -> bytes:
    """OW as dcmdump writes it: words, the high byte first."""
    return b"\\".join(b"%02x%02x" % (data[n + 1], data[n]) for n in range(0, len(data), 2))


@given(st.binary(min_size=1, max_size=40))
def test_words_and_bytes_are_the_same_content(data: bytes) -> None:
    data = data * 2  # OW has an even length
    assert dicom_content._bytes(b"OW", words(data)) == data
    assert dicom_content._bytes(b"OB", b"\\".join(b"%02x" % byte for byte in data)) == data


@pytest.fixture
def dcmdump(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    program = tmp_path / "dcmdump"
    program.write_text(f'#!/bin/sh\ncat "{tmp_path}/printed"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return tmp_path / "printed"


def test_a_waveform_inside_its_sequence_counts(dcmdump: Path) -> None:
    dcmdump.write_text("    (5400,1010) OW 0201\\0403      #   4, 1 WaveformData\n")
    assert dicom_content.content("ecg.dcm", 5) == {
        "bytes": 4,
        "sha256": "9f64a747e1b97f131fabb6b447296c9b6f0201e79fb3c5356e6c77e89b6a806a",
    }


def test_compressed_pixels_and_other_objects_have_none(dcmdump: Path) -> None:
    dcmdump.write_text("(7fe0,0010) OB (PixelSequence #=2)      # u/l, 1 PixelData\n")
    assert dicom_content.content("x.dcm", 5) is None
