"""What a hospital says about itself: departments, releases, hosts. Every key is known, or it is an error."""

from __future__ import annotations

import datetime
import ipaddress
import re
from collections.abc import Callable, Sized
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from wardround.intent.ae_title import check as check_ae_title
from wardround.intent.ae_title import check_pattern as check_ae_pattern
from wardround.intent.hosts_file import HOST_NAME

Items = TypeVar("Items", bound=Sized)


def _check(pattern: str, allowed: str) -> AfterValidator:
    """Text that matches the whole pattern; `allowed` tells people what would."""
    compiled = re.compile(pattern)

    def matches(text: str) -> str:
        if not compiled.fullmatch(text):
            raise PydanticCustomError("wrong", "{allowed}", {"allowed": allowed})
        return text

    return AfterValidator(matches)


def _rule(rule: Callable[[str], str]) -> AfterValidator:
    """Text that `rule` accepts; what it raises, ValueError, tells people what is allowed."""

    def follows(text: str) -> str:
        try:
            return rule(text)
        except ValueError as error:
            raise PydanticCustomError("wrong", "{allowed}", {"allowed": str(error)}) from None

    return AfterValidator(follows)


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise ValueError("an IPv4 or IPv6 address") from None


def _ipv6_address(text: str) -> str:
    try:
        return str(ipaddress.IPv6Address(text))
    except ValueError:
        raise ValueError("an IPv6 address") from None


def _reachable(text: str) -> str:
    if HOST_NAME.fullmatch(text):
        return text
    try:
        return _address(text)
    except ValueError:
        raise ValueError("an IP address or a plain host name") from None


def _at_least(count: int) -> AfterValidator:
    """A list or mapping with so many items; told only when the items themselves are right."""

    def enough(items: Items) -> Items:
        if len(items) < count:
            raise PydanticCustomError("wrong", "{allowed}", {"allowed": f"at least {count}"})
        return items

    return AfterValidator(enough)


Text = Annotated[str, _check(r"(?=.*\S)[^\x00-\x1f\x7f]{1,200}", "1 to 200 characters on one line")]
Key = Annotated[str, _check(r"[a-z][a-z0-9_]{0,62}", "lower-case letters, digits and _, a letter first")]
Version = Annotated[
    str, _check(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}", 'a version of letters, digits and . _ + -, such as "3.13.2"')
]
Whole = Annotated[int, Field(strict=True, ge=0)]
Positive = Annotated[int, Field(strict=True, ge=1)]
HostName = Annotated[str, _check(HOST_NAME.pattern, "a host name")]
TimeOfDay = Annotated[str, _check(r"([01][0-9]|2[0-3]):[0-5][0-9]", 'a time of day in quotes, such as "22:00"')]


Label = Annotated[str, _check(r"[a-z0-9][a-z0-9._-]{0,62}", "lower-case letters, digits and . _ -")]


class Model(BaseModel):
    """Base of all: unknown keys are refused, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LocalName(Model):
    """What people say, in English and in Chinese."""

    en: Text
    zh: Text


class Owner(Model):
    """Who answers for a department or approves a release."""

    name: Text
    contact: Text


class Window(Model):
    """When a department's machines may be touched; past midnight where `to` is earlier than `from`."""

    day: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    start: TimeOfDay = Field(alias="from")
    end: TimeOfDay = Field(alias="to")


class Department(Model):
    """tier: 1 is the most critical. floor: machines in service in every wave."""

    display_name: LocalName
    owner: Key
    tier: Positive
    floor: Whole
    windows: (
        Annotated[Annotated[str, _check("always", "always, or a list of windows with day, from and to")], Tag("always")]
        | Annotated[Annotated[tuple[Window, ...], _at_least(1)], Tag("list")]
    ) = Field(discriminator=Discriminator(lambda value: "list" if isinstance(value, list | tuple) else "always"))
    ae_title_pattern: Annotated[str, _rule(check_ae_pattern)] | None = None


class RedundancySet(Model):
    """Machines that stand in for each other: no more than `max_out` of them go in one wave."""

    display_name: LocalName
    members: Annotated[tuple[HostName, ...], _at_least(2)]
    max_out: Positive


class Rollout(Model):
    """soak_seconds: time between waves. growth: a wave holds at most this many times the machines of the one before.

    A machine in use is staged and asked again every idle_poll_seconds; restart_deadline_minutes after it was staged
    its wave holds.
    """

    soak_seconds: Whole
    growth: Annotated[float, Field(ge=1, allow_inf_nan=False, strict=True)]
    restart_deadline_minutes: Whole = 240
    idle_poll_seconds: Positive = 60


class Hospital(Model):
    name: LocalName
    owners: dict[Key, Owner]
    departments: dict[Key, Department]
    redundancy_sets: dict[Key, RedundancySet] = {}
    rollout: Rollout


class Approval(Model):
    by: Key
    date: Annotated[datetime.date, Field(strict=True)]
    reference: Text


class Release(Model):
    """One version of a product: its file on the hospital's share, and what is known about it."""

    artifact: Annotated[str, _check(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,127}", "a file name on the share, without a path")]
    sha256: Annotated[str, _check(r"[0-9a-f]{64}", "64 hexadecimal digits in lower case, in quotes")]
    approved: Approval
    hazards: tuple[LocalName, ...]
    changes: dict[Key, LocalName]
    health_checks: Annotated[tuple[Key, ...], _at_least(1)]


class Product(Model):
    """current: what a bare machine gets and plans start from. wanted: where plans go. versions: oldest first."""

    display_name: LocalName
    current: Version
    wanted: Version
    versions: Annotated[dict[Version, Release], _at_least(1)]


class Releases(Model):
    share: Annotated[str, _check(r"https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~/-]*)?", "an http or https address")]
    products: dict[Key, Product]


class HostVars(Model):
    """What is known about one machine. Workstations need all of the first four, and their clients.

    clients: the products of releases.yml that the machine has. address_ipv6: its second one, where it has both.
    """

    address: Annotated[str, _rule(_address)] | None = None
    address_ipv6: Annotated[str, _rule(_ipv6_address)] | None = None
    ansible_host: Annotated[str, _rule(_reachable)] | None = None
    model: Label | None = None
    os: Annotated[str, _check(r"[a-z]+-[a-z0-9.]+", "family-version, such as debian-13")] | None = None
    peripherals: tuple[Label, ...] = ()
    ae_title: Annotated[str, _rule(check_ae_title)] | None = None
    display_name: LocalName | None = None
    clients: tuple[Key, ...] | None = None


def known(model: type[BaseModel]) -> dict[str, Any]:
    """Keys that a mapping of this model may have."""
    return {field.alias or name: field for name, field in model.model_fields.items()}
