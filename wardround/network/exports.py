"""A firewall's rules in other vendors' languages, rendered by Aerleon, which is an optional package.

Written from Aerleon 1.18 as it is; not verified on hardware. See docs/network.md for what each file takes for granted.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, cast

from wardround.network.aerleon_policy import PING_STANDS_IN, Policy, by_zone, by_zone_pair
from wardround.network.device import FirewallModel


class ExportError(ValueError):
    """A firewall that cannot be exported; the sentence names it, and the rule where it is one."""


@dataclass(frozen=True, slots=True)
class Format:
    """suffix: of the file. policy: the model for Aerleon. longest: characters that the device takes for a rule's name.

    finish: what Aerleon's text wants to be right; raises ValueError where it is not as expected.
    """

    suffix: str
    policy: Callable[[FirewallModel], Policy]
    longest: int
    finish: Callable[[str, Policy], str]


def _ios(text: str, _policy: Policy) -> str:
    """ICMP for IPv6 by its name: IOS takes no type after a protocol that is a number (58)."""
    return re.sub(r"(?m)^ permit 58 ", " permit icmp ", text)


def _fortigate(text: str, policy: Policy) -> str:
    """Ping's services, which Aerleon cannot write beside others, and by IPv6 not at all: it would allow everything."""
    for name, version in policy.pings.items():
        port = policy.services[PING_STANDS_IN][1]
        stand_in = f"    edit {name}\n        set tcp-portrange {port}\n    next\n"
        if text.count(stand_in) != 1:
            raise ValueError(f"rule {name}: found no service of Aerleon's to make ping of")
        protocol, kind = ("ICMP", 8) if version == 4 else ("ICMP6", 128)
        text = text.replace(
            stand_in, f"    edit {name}\n        set protocol {protocol}\n        set icmptype {kind}\n    next\n"
        )
    note = "# For an empty policy table: a policy of the same number that is there already would be mixed with these.\n"
    return note + text


def _as_it_is(text: str, _policy: Policy) -> str:
    return text


FORMATS: Final = {
    "cisco_ios_acl": Format(".cisco_ios_acl.cfg", lambda model: by_zone(model, "cisco"), 100, _ios),
    # Aerleon denies there by leaving the action out, so a deny that is loaded over an accepting policy of the same
    # number would accept. None is written: the device's own last policy denies and cannot be taken away.
    "fortigate": Format(
        ".fortigate.cfg", lambda model: by_zone_pair(model, "fortigate", deny=False, ping=False), 35, _fortigate
    ),
    "paloalto": Format(".paloalto.xml", lambda model: by_zone_pair(model, "paloalto"), 63, _as_it_is),
    "srx": Format(".srx.conf", lambda model: by_zone_pair(model, "srx", "noverbose"), 63, _as_it_is),
}
"""What `wardround compile network --export` offers."""


def export(model: FirewallModel, name: str) -> str:
    """The file in one of FORMATS. Same model, same bytes.

    Raises ExportError for what Aerleon would leave out or open, and where Aerleon is not installed.
    """
    form = FORMATS[name]
    try:
        policy = form.policy(model)
    except ValueError as error:
        raise ExportError(str(error)) from None
    for term in (term for one in policy.filters for term in one["terms"]):
        if len(term["name"]) > form.longest:
            found = f"found a name of {len(term['name'])} characters; {name} takes {form.longest}"
            raise ExportError(f"{model.name}: rule {term['name']}: {found}")
    made = _render(model, name, policy) if policy.filters else ""
    try:
        return form.finish("\n".join([*filter(str.strip, made.splitlines()), ""]), policy)
    except ValueError as error:
        raise ExportError(f"{model.name}: {error}") from None


def _render(model: FirewallModel, name: str, policy: Policy) -> str:
    try:
        from aerleon import api
        from aerleon.aclgen import ACLGeneratorError, ACLParserError
        from aerleon.lib.naming import Naming
        from aerleon.lib.policy_builder import PolicyDict
    except ImportError as error:
        raise ExportError(f"--export {name} wants Aerleon: pip install 'wardround[export]' ({error})") from None
    said: list[str] = []

    def keep(record: logging.LogRecord) -> bool:
        said.append(" ".join(record.getMessage().split()))
        return False

    log = logging.getLogger("absl")
    log.addFilter(keep)
    try:
        definitions = Naming()
        definitions.ParseDefinitionsObject(policy.definitions(), "")
        made = api.Generate([cast(PolicyDict, policy.data())], definitions) or {}
    except (ACLGeneratorError, ACLParserError, ValueError) as error:
        raise ExportError(f"{model.name}: Aerleon refuses it for {name}: {' '.join(str(error).split())}") from None
    finally:
        log.removeFilter(keep)
    if said:  # it warns of what it leaves out, and goes on
        raise ExportError(f"{model.name}: Aerleon would not write all of it for {name}: {said[0]}")
    if len(made) != 1:
        raise ExportError(f"{model.name}: found {len(made)} files of Aerleon for {name}; allowed is one")
    return str(next(iter(made.values())))
