"""A radiologist's page stays whole while the release under it changes, and shows names, ECGs and each department's
settings as they are.

The desk is taken to another release and back by the module itself, with intents of its own.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pydicom
import pytest
import yaml
from playwright.sync_api import Locator, Page
from pydicom.uid import generate_uid

from lab import browser, studies
from lab.machines import machine
from lab.podman import podman
from tests.integration.rehearsal import TestHospital

DESK, ROOT = "rad-ws-04", "/opt/wardround/pacs_client"
OLD, NEW = "3.12.0", "3.13.2"
NAME = "王小明"
SERIES = 4
CURRENT, EARLIER = "Four series", "An earlier one"  # Series Description (0008,103E), which each viewport shows
# A desk of each department that has the viewer: what its list is of, how many of four series a study opens with, and
# the windows behind the keys 1 and 2. Registration has none of its own: those are the viewer's.
DEPARTMENTS = {
    DESK: ({"CT", "CR", "MR", "ECG"}, 4, ("W:1500L:-600", "W:350L:40")),
    "reg-ws-01": ({"CT", "CR"}, 1, ("W:400L:40", "W:1500L:-600")),
}


def release(hospital: TestHospital, state: str, version: str, **more: str) -> None:
    path = hospital.root / "inventories/lab/group_vars/all/releases.yml"
    told = yaml.safe_load(path.read_text(encoding="utf-8"))["releases"]
    found = told["products"]["pacs_client"]["versions"][version]
    arguments = {"root": ROOT, "state": state, "version": version, "sha256": found["sha256"], **more}
    arguments["url"] = f"{told['share']}/{found['artifact']}"
    done = hospital.call("ansible", DESK, "-m", "wardround.hospital.release_install", "-a", json.dumps(arguments))
    assert done.returncode == 0, done.stdout + done.stderr


def switch(hospital: TestHospital, version: str) -> None:
    state = "previous" if version == OLD else "active"
    release(hospital, state, version, intent=f"test-{uuid.uuid4()}")
    assert served_by(hospital) == version


def served_by(hospital: TestHospital) -> str:
    return str(hospital.served(DESK))


@pytest.fixture(scope="module", autouse=True)
def both_releases(hospital: TestHospital) -> None:
    """The desk is on the old release, the new one lies beside it."""
    if served_by(hospital) != OLD:
        switch(hospital, OLD)
    release(hospital, "staged", NEW)


def in_release(path: str, version: str) -> bool:
    look = f"test -f {ROOT}/releases/{version}{path} && echo there || echo none"
    return podman("exec", machine(DESK).container, "sh", "-c", look).strip() == "there"


def open_the_study(page: Page) -> None:
    page.get_by_text(NAME).first.click()
    page.get_by_role("button", name="Basic Viewer").or_(page.get_by_role("button", name="基础查看器")).first.click()
    browser.wait_for_image(page, DESK, 60)


@pytest.fixture
def as_before(hospital: TestHospital) -> Iterator[None]:
    """The desk is on the old release again afterwards."""
    yield
    if served_by(hospital) != OLD:
        switch(hospital, OLD)


@pytest.mark.usefixtures("as_before")
@pytest.mark.parametrize(("before", "after"), [(OLD, NEW), pytest.param(NEW, OLD, marks=pytest.mark.long)])
def test_a_page_opened_before_a_switch_opens_a_study_after_it(hospital: TestHospital, before: str, after: str) -> None:
    if served_by(hospital) != before:
        switch(hospital, before)
    paths: list[str] = []
    with browser.opened(DESK) as page:
        page.goto(f"http://{browser.ADDRESS}/")
        page.get_by_text(NAME).first.wait_for(timeout=60_000)
        switch(hospital, after)
        page.on("response", lambda response: paths.append(urlsplit(response.url).path) if response.ok else None)
        open_the_study(page)
        assert "/viewer" in page.url
    # The test means something only when the page asked for parts that the release in use does not have.
    assert [path for path in paths if in_release(path, before) and not in_release(path, after)]


def test_the_list_opens_with_the_departments_studies_and_shows_the_name_as_it_is_written() -> None:
    with browser.opened(DESK) as page:
        page.goto(f"http://{browser.ADDRESS}/")
        page.get_by_text(NAME).first.wait_for(timeout=60_000)
        assert "modalities=CT" in page.url
        open_the_study(page)
        overlay = page.locator('[data-cy="viewport-overlay-top-left"]').first
        assert f"{NAME} Wang XiaoMing" in overlay.inner_text()


def test_an_ecg_is_drawn_to_scale_in_twelve_leads(tmp_path: Path) -> None:
    study = pydicom.dcmread(studies.TEMPLATES / "ecg.dcm")
    pacs, recorder = machine("pacs-01"), machine("ecg-01")
    send = ["storescu", "-v", "-R", "-aet", str(recorder.ae_title), "-aec", str(pacs.ae_title), pacs.clinical]
    sent = podman(
        "exec", recorder.container, "sh", "-c", '"$@" 2>&1', "sh", *send, str(studies.PORT), "/srv/templates/ecg.dcm"
    )
    assert "Received Store Response (Success)" in sent
    group = study.WaveformSequence[0]
    samples = np.frombuffer(group.WaveformData, "<i2").reshape(-1, group.NumberOfWaveformChannels)
    sensitivity = float(group.ChannelDefinitionSequence[1].ChannelSensitivity) / 1000  # microvolts
    with browser.opened(DESK) as page:
        page.goto(f"http://{browser.ADDRESS}/ecg.html?StudyInstanceUIDs={study.StudyInstanceUID}")
        page.locator("body[data-done]").wait_for(timeout=30_000)
        leads = page.locator("path[data-lead]").evaluate_all("all => all.map(one => ({...one.dataset}))")
        page.screenshot(path=tmp_path / "ecg.png")
    assert [lead["lead"] for lead in leads] == [
        *("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6", "II")
    ]
    second = next(lead for lead in leads if lead["lead"] == "II")
    assert float(second["highest"]) == pytest.approx(samples[:, 1].max() * sensitivity, abs=0.001)
    assert float(second["lowest"]) == pytest.approx(samples[:, 1].min() * sensitivity, abs=0.001)


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A study of four series that the CT has sent, and an earlier one of a single series; their UIDs.

    They are a test patient's: the next journey clears them away.
    """
    folder, study, earlier = tmp_path_factory.mktemp("series"), generate_uid(), generate_uid()
    for number in range(1, SERIES + 2):
        image = studies.ct_image()
        image.PatientName, image.PatientID, image.AccessionNumber = "Four^Series", "WRT-SERIES", ""
        image.StudyInstanceUID, image.SeriesInstanceUID, image.SOPInstanceUID = study, generate_uid(), generate_uid()
        image.file_meta.MediaStorageSOPInstanceUID, image.SeriesNumber = image.SOPInstanceUID, number
        image.SeriesDescription = CURRENT
        if number > SERIES:
            image.StudyInstanceUID, image.StudyDate, image.SeriesDescription = earlier, "20030119", EARLIER
        image.save_as(folder / f"{number}.dcm")
    pacs, scanner, there = machine("pacs-01"), machine("ct-01"), "/root/four_series"
    podman("cp", folder, f"{scanner.container}:{there}")
    try:
        send = ["storescu", "-v", "-aet", str(scanner.ae_title), "-aec", str(pacs.ae_title), "+sd", pacs.clinical]
        command = ["sh", "-c", '"$@" 2>&1', "sh", *send, str(studies.PORT), there]
        said = podman("exec", scanner.container, *command)
        assert said.count("Received Store Response (Success)") == SERIES + 1, said
        yield str(study), str(earlier)
    finally:
        podman("exec", scanner.container, "rm", "--recursive", there)


@pytest.mark.parametrize("desk", DEPARTMENTS)
def test_a_departments_settings_are_seen_in_its_viewer(desk: str, sent: tuple[str, str]) -> None:
    modalities, opened, windows = DEPARTMENTS[desk]
    with browser.opened(desk) as page:
        page.goto(f"http://{browser.ADDRESS}/")
        page.get_by_text(NAME).first.wait_for(timeout=60_000)
        asked = parse_qs(urlsplit(page.url).query)["modalities"]
        assert {modality for value in asked for modality in value.split(",")} == modalities
        words = page.locator("body").inner_text()
        assert [word for word in ("检查列表", "患者姓名", "检查日期") if word not in words] == [], words
        assert "Patient Name" not in words
        page.goto(f"http://{browser.ADDRESS}/viewer?StudyInstanceUIDs={sent[0]}")
        browser.wait_for_image(page, desk, 60)
        viewports = page.locator('[data-cy="viewport-pane"]')
        viewports.nth(opened - 1).wait_for(timeout=30_000)
        assert viewports.count() == opened
        for key, window in zip("12", windows, strict=True):
            page.keyboard.press(key)
            overlay = page.locator('[data-cy="viewport-overlay-bottom-left"]').filter(has_text=window)
            overlay.first.wait_for(timeout=30_000)


@contextmanager
def comparing(hospital: TestHospital) -> Iterator[None]:
    """The desk is one of a department that compares studies; afterwards it is its own department's again."""
    role = ("ansible", DESK, "-m", "ansible.builtin.include_role", "-a", "name=wardround.hospital.pacs_client")
    try:
        done = hospital.call(*role, "-e", "pacs_client_hanging_preset=compare")
        assert done.returncode == 0, done.stdout + done.stderr
        yield
    finally:
        done = hospital.call(*role)
        assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def both(sent: tuple[str, str]) -> Iterator[list[Locator]]:
    """The viewer with both studies; what is written in each of its panes."""
    with browser.opened(DESK) as page:
        page.goto(f"http://{browser.ADDRESS}/viewer?StudyInstanceUIDs={','.join(sent)}")
        browser.wait_for_image(page, DESK, 60)
        panes = page.locator('[data-cy="viewport-pane"]')
        yield [panes.nth(number).locator('[data-cy="viewport-overlay-top-left"]') for number in range(2)]


@pytest.mark.long  # two runs of the role
def test_a_department_that_compares_sees_a_study_beside_an_earlier_one(
    hospital: TestHospital, sent: tuple[str, str]
) -> None:
    with both(sent) as (first, second):
        first.filter(has_text=CURRENT).first.wait_for(timeout=30_000)
        assert second.filter(has_text=EARLIER).count() == 0, "its own department does not compare"
    with comparing(hospital), both(sent) as (first, second):
        first.filter(has_text=CURRENT).first.wait_for(timeout=30_000)
        second.filter(has_text=EARLIER).first.wait_for(timeout=30_000)
