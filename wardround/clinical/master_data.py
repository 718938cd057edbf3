"""What a hospital says about itself, as the records that a GNU Health server must hold, in the order it needs them.

A record is {"model", "match", "values"}, and for a user "password", as the module `gnuhealth_record` takes it: a dict
for a link names the linked record, so nothing here knows a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Record = dict[str, Any]


def records(
    institution: Mapping[str, Any],
    users: Iterable[Mapping[str, Any]] = (),
    lab_test_types: Iterable[Mapping[str, Any]] = (),
    imaging_test_types: Iterable[Mapping[str, Any]] = (),
) -> list[Record]:
    """Every record, with users' passwords; the arguments are the options of the role gnuhealth_server.

    users: each with its `password` in plain text.
    """
    found = list(_institution(institution))
    for user in users:
        found += _user(institution, user)
    for test in lab_test_types:
        found += _lab_test_type(test)
    for study in imaging_test_types:
        found += _imaging_test_type(study)
    return found


def _record(model: str, match: Any, **values: Any) -> Record:
    return {
        "model": model,
        "match": match,
        "values": {name: value for name, value in values.items() if value is not None},
    }


def _institution(institution: Mapping[str, Any]) -> Iterable[Record]:
    country, currency = institution["country"], institution["currency"]
    yield _record("country.country", {"code3": country["code3"]}, code=country["code"], name=country["name"])
    # One record that is always there.
    yield _record("gnuhealth.federation.country.config", [], country={"code3": country["code3"]})
    yield _record(
        "currency.currency",
        {"code": currency["code"]},
        name=currency["name"],
        symbol=currency["symbol"],
        digits=2,
        rounding="0.01",
    )
    party = {"ref": f"INSTITUTION-{institution['code']}"}
    yield _record(
        "party.party",
        party,
        name=institution["name"],
        is_institution=True,
        is_person=False,
        fed_country=country["code3"],
    )
    yield _record(
        "gnuhealth.institution",
        {"code": institution["code"]},
        party=party,
        institution_type="hospital",
        public_level="public",
    )
    yield _record(
        "company.company", {"party": party}, currency={"code": currency["code"]}, timezone=institution["timezone"]
    )
    # Whoever keeps these data works for the company too: sequences and charges are a company's.
    yield _record("res.user", {"login": "admin"}, companies=[{"party": party}], company={"party": party})


def _user(institution: Mapping[str, Any], user: Mapping[str, Any]) -> Iterable[Record]:
    company = {"party": {"ref": f"INSTITUTION-{institution['code']}"}}
    login = _record(
        "res.user",
        {"login": user["login"]},
        name=" ".join(part for part in (user.get("family"), user["name"]) if part),
        groups=[{"name": name} for name in user["groups"]],
        companies=[company],
        company=company,
        language={"code": user.get("language") or "en"},
    )
    yield login | {"password": user["password"]}
    if user.get("health_professional"):
        party = {"ref": f"STAFF-{user['login']}"}
        yield _record(
            "party.party",
            party,
            name=user["name"],
            lastname=user.get("family"),
            is_person=True,
            is_healthprof=True,
            is_patient=False,
            create_target=False,
            gender="nd",
            fed_country=institution["country"]["code3"],
            internal_user={"login": user["login"]},
        )
        yield _record("gnuhealth.healthprofessional", {"party": party}, institution={"code": institution["code"]})


def _product(name: str) -> Iterable[Record]:
    """GNU Health wants a service that can be charged for each examination."""
    yield _record("product.template", {"name": name, "type": "service"}, default_uom={"name": "Unit"})
    yield _record("product.product", {"template": {"name": name, "type": "service"}})


def _lab_test_type(test: Mapping[str, Any]) -> Iterable[Record]:
    yield from _product(test["name"])
    for unit in dict.fromkeys(analyte["unit"] for analyte in test["analytes"]):
        yield _record("gnuhealth.lab.test.units", {"name": unit}, code=unit)
    yield _record(
        "gnuhealth.lab.test_type",
        {"code": test["code"]},
        name=test["name"],
        product_id={"template": {"name": test["name"], "type": "service"}},
        specimen_type=test.get("specimen"),
        category=test.get("category"),
        tags="",  # GNU Health 5.0 cannot write a test type without
        critearea=[_analyte(number, analyte) for number, analyte in enumerate(test["analytes"], 1)],
    )


def _analyte(number: int, analyte: Mapping[str, Any]) -> dict[str, Any]:
    lower, upper = analyte.get("lower"), analyte.get("upper")
    known = {"code": analyte["code"], "name": analyte["name"], "units": {"name": analyte["unit"]}, "sequence": number}
    if lower is not None and upper is not None:
        known["normal_range"] = f"{lower:g}-{upper:g}"
    return known | {
        name: value for name, value in (("lower_limit", lower), ("upper_limit", upper)) if value is not None
    }


def _imaging_test_type(study: Mapping[str, Any]) -> Iterable[Record]:
    yield from _product(study["name"])
    yield _record("gnuhealth.imaging.test.type", {"code": study["modality"]}, name=study["modality_name"])
    yield _record(
        "gnuhealth.imaging.test",
        {"code": study["code"]},
        name=study["name"],
        test_type={"code": study["modality"]},
        product={"template": {"name": study["name"], "type": "service"}},
    )
