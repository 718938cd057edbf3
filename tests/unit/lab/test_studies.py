from pathlib import Path

import pydicom
import yaml

from lab import studies
from lab.paths import INVENTORY


def test_the_inventory_expects_what_the_scanner_sends() -> None:
    path = INVENTORY / "group_vars" / "workstations" / "pacs_client.yml"
    expected = yaml.safe_load(path.read_text(encoding="utf-8"))["pacs_client_probe"]
    assert studies.probe(studies.ct_image()) == expected


def test_the_files_are_the_same_each_time_and_keep_the_chinese_name(tmp_path: Path) -> None:
    studies.prepare(tmp_path)
    first = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    studies.prepare(tmp_path)
    assert first == {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    image = pydicom.dcmread(tmp_path / "ct.dcm")
    assert str(image.PatientName.ideographic) == "王^小明"
    assert "Wang^XiaoMing=王^小明".encode() in first["ct.dcm"]
    assert image.SpecificCharacterSet == "ISO_IR 192"


def test_the_pixels_are_those_that_pydicom_ships() -> None:
    assert studies.ct_image().PixelData == studies.shipped("CT_small.dcm").PixelData
