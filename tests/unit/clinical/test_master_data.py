"""A hospital's data become records in an order in which every link finds what it names."""

from typing import Any

from wardround.clinical import master_data

INSTITUTION: dict[str, Any] = {
    "name": "示范医院",
    "code": "WR",
    "country": {"code": "CN", "code3": "CHN", "name": "China"},
    "timezone": "Asia/Shanghai",
    "currency": {"code": "CNY", "name": "Renminbi", "symbol": "¥"},
}
MED = {"login": "med", "family": "张", "name": "伟", "groups": ["Health Doctor"], "password": "s3cret"}
GLU = {"code": "GLU", "name": "Glucose", "unit": "mmol/L", "lower": 3.9, "upper": 6.1}


def found(model: str, *arguments: Any) -> list[dict[str, Any]]:
    return [record for record in master_data.records(INSTITUTION, *arguments) if record["model"] == model]


def test_links_name_records_that_come_before() -> None:
    study = {"code": "CT-CHEST", "name": "CT of the chest", "modality": "CT", "modality_name": "Computed Tomography"}
    test = {"code": "GLU", "name": "GLUCOSE", "analytes": [GLU]}
    user = {**MED, "health_professional": True}
    order = [record["model"] for record in master_data.records(INSTITUTION, [user], [test], [study])]
    for earlier, later in (
        ("country.country", "gnuhealth.federation.country.config"),
        ("party.party", "gnuhealth.institution"),
        ("currency.currency", "company.company"),
        ("company.company", "res.user"),
        ("gnuhealth.institution", "gnuhealth.healthprofessional"),
        ("product.template", "product.product"),
        ("product.product", "gnuhealth.lab.test_type"),
        ("gnuhealth.lab.test.units", "gnuhealth.lab.test_type"),
        ("gnuhealth.imaging.test.type", "gnuhealth.imaging.test"),
    ):
        assert order.index(earlier) < order.index(later), (earlier, later)


def test_a_user_works_for_the_hospital_with_just_its_groups() -> None:
    admin, med = found("res.user", [MED])
    assert admin["match"] == {"login": "admin"}
    assert med["password"] == "s3cret"
    assert "password" not in med["values"]
    assert (med["values"]["name"], med["values"]["groups"]) == ("张 伟", [{"name": "Health Doctor"}])
    assert med["values"]["company"] == {"party": {"ref": "INSTITUTION-WR"}}
    assert med["values"]["language"] == {"code": "en"}
    assert found("gnuhealth.healthprofessional", [MED]) == []


def test_a_health_professional_is_a_person_linked_to_the_user() -> None:
    user = {**MED, "health_professional": True, "language": "zh_CN"}
    _institution, person = found("party.party", [user])
    assert person["match"] == {"ref": "STAFF-med"}
    assert person["values"]["internal_user"] == {"login": "med"}
    assert person["values"]["create_target"] is False  # or GNU Health makes a patient of it
    assert found("gnuhealth.healthprofessional", [user])[0]["values"] == {"institution": {"code": "WR"}}
    assert found("res.user", [user])[1]["values"]["language"] == {"code": "zh_CN"}


def test_an_analyte_carries_its_reference_range() -> None:
    bare = {"code": "X", "name": "X", "unit": "mmol/L"}
    arguments = ([], [{"code": "GLU", "name": "GLUCOSE", "analytes": [GLU, bare]}])
    (test,) = found("gnuhealth.lab.test_type", *arguments)
    first, second = test["values"]["critearea"]
    assert [next(iter(analyte)) for analyte in (first, second)] == ["code"] * 2  # what a child is known by
    assert (first["normal_range"], first["lower_limit"], first["upper_limit"]) == ("3.9-6.1", 3.9, 6.1)
    assert second == {"code": "X", "name": "X", "units": {"name": "mmol/L"}, "sequence": 2}
    assert test["values"]["product_id"] == {"template": {"name": "GLUCOSE", "type": "service"}}
    assert [unit["match"] for unit in found("gnuhealth.lab.test.units", *arguments)] == [{"name": "mmol/L"}]


def test_an_imaging_study_is_of_its_modality() -> None:
    study = {"code": "ECG-12", "name": "12-lead ECG", "modality": "ECG", "modality_name": "Electrocardiography"}
    (kind,) = found("gnuhealth.imaging.test.type", [], [], [study])
    assert kind == {
        "model": "gnuhealth.imaging.test.type",
        "match": {"code": "ECG"},
        "values": {"name": "Electrocardiography"},
    }
    (test,) = found("gnuhealth.imaging.test", [], [], [study])
    assert test["values"]["test_type"] == {"code": "ECG"}
