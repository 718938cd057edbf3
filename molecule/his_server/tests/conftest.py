"""The server under test, and gnuhealth_record as a desk with its own login would call it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.on_target import Target

PASSWORDS = {"reg": "reg $ecret 1", "med": "med $ecret 2", "admin": 'a "quoted" $ecret'}


@pytest.fixture(scope="session")
def target() -> Target:
    return Target("wr-mol-his-server")


@pytest.fixture(scope="session")
def host(target: Target) -> Any:
    return target.host


@pytest.fixture(scope="session")
def login(target: Target) -> Callable[..., str]:
    """Path of the settings file of a desk's user, changed as asked."""

    def write(user: str, **changed: str) -> str:
        settings = {"url": "https://127.0.0.1", "database": "health", "user": user, "password": PASSWORDS[user]}
        settings |= {"ca_file": "/etc/wardround/his_server/ca.crt", **changed}
        return target.write(f"/root/{user}.json", json.dumps(settings))

    return write


@pytest.fixture(scope="session")
def record(target: Target, login: Any) -> Callable[..., dict[str, Any]]:
    """Call gnuhealth_record as `user`."""

    def call(user: str, **arguments: Any) -> dict[str, Any]:
        if "settings" not in arguments:
            arguments["settings"] = login(user)
        return target.module("gnuhealth_record", **arguments)

    return call
