"""The workstation under test, and the module that installs its releases."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.on_target import Target

CONTAINER = "wr-mol-pacs-client"
ROOT = "/opt/wardround/pacs_client"
Install = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def target() -> Target:
    return Target(CONTAINER)


@pytest.fixture(scope="session")
def host(target: Target) -> Any:
    return target.host


@pytest.fixture
def install(target: Target, host: Any) -> Install:
    """Call release_install on the workstation: state, version, more arguments."""

    def call(state: str, version: str | None = None, check: bool = False, **more: Any) -> dict[str, Any]:
        arguments: dict[str, Any] = {"root": ROOT, "state": state, "served_url": "http://127.0.0.1/release.json"}
        if version:
            digest = host.check_output(f"sha256sum /srv/share/{version}.tar").split()[0]
            arguments |= {"version": version, "url": f"http://127.0.0.1:8042/{version}.tar", "sha256": digest}
        return target.module("release_install", check=check, **(arguments | more))

    return call


@pytest.fixture(scope="session")
def converged(host: Any) -> str:
    """A copy of the releases as the converge left them."""
    host.check_output(f"rm -rf /srv/converged && cp -a {ROOT} /srv/converged")
    return "/srv/converged"


@pytest.fixture(autouse=True)
def as_converged(host: Any, converged: str) -> None:
    """Every test begins as after the converge: 1.0 in use, nothing else there."""
    host.check_output(f"rm -rf {ROOT} && cp -a {converged} {ROOT}")
