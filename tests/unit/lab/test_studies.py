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
    folders = [(tmp_path / run / "studies", tmp_path / run / "templates") for run in ("one", "two")]
    for made in folders:
        studies.prepare(*made)
    first, second = (
        [{path.name: path.read_bytes() for path in folder.iterdir()} for folder in made] for made in folders
    )
    assert first == second
    image = pydicom.dcmread(folders[0][0] / "ct.dcm")
    assert str(image.PatientName.ideographic) == "王^小明"
    assert "Wang^XiaoMing=王^小明".encode() in first[0]["ct.dcm"]
    assert image.SpecificCharacterSet == "ISO_IR 192"


def test_the_pixels_are_those_that_pydicom_ships() -> None:
    assert studies.ct_image().PixelData == studies.shipped("CT_small.dcm").PixelData


def test_a_template_is_of_nobody_and_has_its_devices_kind(tmp_path: Path) -> None:
    studies.prepare(tmp_path, tmp_path)
    found = {name: pydicom.dcmread(tmp_path / f"{name}.dcm") for name in ("ct", "ecg", "xr")}
    assert {str(image.PatientID) for image in found.values()} == {"TEMPLATE"}
    assert len({image.SOPInstanceUID for image in found.values()}) == 3
    assert [found[name].Modality for name in ("ct", "ecg", "xr")] == ["CT", "ECG", "CR"]
    assert found["xr"].file_meta.TransferSyntaxUID == pydicom.uid.ImplicitVRLittleEndian
    assert found["xr"].pixel_array.shape == (512, 448)
    assert b"Galliera" not in (tmp_path / "ecg.dcm").read_bytes()


def test_the_ecg_has_twelve_leads_in_the_codes_of_scp_ecg() -> None:
    rhythm = studies.ecg().WaveformSequence[0]
    codes = [channel.ChannelSourceSequence[0].CodeValue for channel in rhythm.ChannelDefinitionSequence]
    assert codes == [f"5.6.3-9-{lead}" for lead in (1, 2, 61, 62, 63, 64, 3, 4, 5, 6, 7, 8)]
    assert rhythm.NumberOfWaveformSamples / rhythm.SamplingFrequency == 10
