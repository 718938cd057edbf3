# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
"""Records of a Tryton server made as a playbook says, through a session; and read back after every change."""

from __future__ import annotations

import time

from ansible_collections.wardround.hospital.plugins.module_utils.tryton import TrytonError
from ansible_collections.wardround.hospital.plugins.module_utils.tryton_values import (
    TO_MANY,
    domain,
    flat,
    is_command_list,
    plain,
    same,
    scalar,
)

HIDDEN = "********"  # in a diff, instead of a password


class Records:
    """One model through one session. `check`: say what would change, change nothing.

    made: models of which records may be missing in check mode, because they would have been made before; None: any.
    """

    def __init__(self, session, model, check=False, made=None):
        self.session, self.model, self.check, self.made = session, model, check, made
        self._definitions = session.definitions.setdefault(model, {})

    def call(self, method, *params):
        return self.session.call(f"model.{self.model}.{method}", *params)

    def find(self, match):
        """Ids of the records of `match`, oldest first."""
        return self.call("search", self._domain(match), 0, None, [["id", "ASC"]])

    def read(self, ids, names):
        """The records as flat dicts with `id`, in the order of `ids`."""
        asked = sorted({"id", *names})
        held = {record["id"]: flat(record) for record in self.call("read", ids, asked)} if ids else {}
        return [held[number] for number in ids]

    def wait(self, match, seconds, pause=0.3):
        """`find`, again and again until something is found or `seconds` are over."""
        ends = time.monotonic() + seconds
        while True:
            ids = self.find(match)
            if ids or time.monotonic() >= ends:
                return ids
            time.sleep(pause)

    def present(self, match, values):
        """Make one record of `match` with `values`: (id or None, {field: (before, after)}).

        Raises TrytonError when several match, or when the server holds something else after the change.
        """
        ids = self.find(match)
        if len(ids) > 1:
            raise TrytonError(f"{len(ids)} records of {self.model} match {match!r}; one is allowed")
        wanted = dict(_own_fields(match), **values)
        definitions = self._fields(wanted)
        if ids:
            changes = self._differences(ids[0], definitions, wanted)
        else:
            changes = {name: (None, value) for name, value in wanted.items()}
        if self.check and not ids:
            self._new(definitions, wanted)  # for what it would refuse: a link to nothing, a value of another type
        if self.check or not changes:
            return (ids[0] if ids else None), changes
        number = ids[0] if ids else self.call("create", [self._new(definitions, wanted)])[0]
        # Servers change what they are given (GNU Health writes a person's official name itself), so it is read back.
        left = changes if ids else self._differences(number, definitions, wanted, read_back=True)
        for _attempt in range(2):
            if left:
                update = {name: self._command(definitions[name], number, name, wanted[name]) for name in left}
                self.call("write", [number], update)
                left = self._differences(number, definitions, wanted, read_back=True)
        if left:
            said = ", ".join(f"{name} {before!r} instead of {after!r}" for name, (before, after) in left.items())
            raise TrytonError(f"{self.session.url} keeps in {self.model} {number}: {said}")
        return number, changes

    def absent(self, match):
        """Delete every record of `match`; their ids."""
        ids = self.find(match)
        if ids and not self.check:
            self.call("delete", ids)
        return ids

    def _domain(self, match):
        if not isinstance(match, dict):
            return match
        own = self._fields([name for name in match if "." not in name])
        return domain({name: self._plain_value(own.get(name), name, value) for name, value in match.items()})

    def _plain_value(self, definition, name, value):
        if definition is None:
            return value
        return self._converted(definition, name, value)

    def _fields(self, names):
        """Definitions of the named fields; raises TrytonError for a name that the model has not."""
        unknown = [name for name in names if name not in self._definitions]
        if unknown:
            try:
                self._definitions.update(self.call("fields_get", unknown))
            except TrytonError as error:
                raise TrytonError(f"{error}; the fields asked for are {', '.join(unknown)}") from None
        missing = [name for name in names if name not in self._definitions]
        if missing:
            raise TrytonError(f"{self.model} on {self.session.url} has no field {', '.join(missing)}")
        return {name: self._definitions[name] for name in names}

    def _converted(self, definition, name, value):
        """A value for everything but a link to many; a dict for a link to one is looked up."""
        if definition["type"] == "many2one" and isinstance(value, dict):
            return self._linked(definition["relation"], value)
        try:
            return scalar(definition, value)
        except ValueError as error:
            raise TrytonError(f"{self.model}: {value!r} cannot be the {name}: {error}") from None

    def _linked(self, model, match):
        ids = self._children(model).find(match)
        if not ids and self.check and (self.made is None or model in self.made):
            return -1  # it would have been made by an earlier entry or task
        if len(ids) != 1:
            raise TrytonError(f"{len(ids)} records of {model} match {match!r}; exactly one must")
        return ids[0]

    def _children(self, model):
        return Records(self.session, model, self.check, self.made)

    def _new(self, definitions, values):
        """`values` for Tryton's create."""
        return {name: self._command(definitions[name], None, name, value) for name, value in values.items()}

    def _command(self, definition, number, name, value):
        """A field's value for Tryton's create (number is None) or write."""
        if definition["type"] not in TO_MANY:
            return self._converted(definition, name, value)
        if is_command_list(value):
            return value
        held = self.call("read", [number], [name])[0][name] if number else []
        if definition["type"] == "many2many":
            ids = self._members(definition["relation"], value)
            commands = [["remove", sorted(set(held) - set(ids))], ["add", sorted(set(ids) - set(held))]]
            return [command for command in commands if command[1]]
        children = self._children(definition["relation"])
        return children.commands(held, value)

    def _members(self, model, values):
        return sorted(value if isinstance(value, int) else self._linked(model, value) for value in values or [])

    def commands(self, held, wanted):
        """Tryton's commands that make children of `wanted`: one is known by the first field of its dict."""
        made, written = [], []
        for values in wanted:
            definitions = self._fields(values)
            number = self._child(held, definitions, values)
            if number is None:
                made.append(self._new(definitions, values))
            elif self._differences(number, definitions, values):
                written.append(
                    ["write", [number], {n: self._command(definitions[n], number, n, v) for n, v in values.items()}]
                )
        return [["create", made]] * bool(made) + written

    def _child(self, held, definitions, values):
        first = next(iter(values))
        key = self._converted(definitions[first], first, values[first])
        for record in self.call("read", held, [first]) if held else []:
            if same(definitions[first], record[first], key):
                return record["id"]
        return None

    def _differences(self, number, definitions, wanted, read_back=False):
        """{field: (held, wanted)} of what record `number` does not hold yet."""
        names = [name for name in wanted if definitions[name]["type"] != "password" and name != "password"]
        held = self.call("read", [number], names)[0]
        found = {}
        for name in names:
            definition, value = definitions[name], wanted[name]
            if definition["type"] not in TO_MANY:
                converted = self._converted(definition, name, value)
                if not same(definition, held[name], converted):
                    found[name] = (held[name], value)
            elif is_command_list(value):
                if not read_back:  # commands say what to do, not what shall be
                    found[name] = (held[name], value)
            elif self._command(definition, number, name, value):
                found[name] = (held[name], value)
        if "password" in wanted and not read_back and not self._password_works(number, wanted):
            found["password"] = (HIDDEN, HIDDEN)
        return found

    def _password_works(self, number, wanted):
        """Passwords are never read back (res.user answers asterisks), so the user's own login is tried."""
        login = self.call("read", [number], ["login"])[0]["login"]
        return self.session.accepts(login, wanted["password"])


def _own_fields(match):
    """What `match` says about the record itself, to be its values when it is created."""
    if not isinstance(match, dict):
        return {}
    return {name: value for name, value in match.items() if "." not in name}


def as_text(changes):
    """Before and after of a change, for --diff; `changes`: {title: {field: (before, after)}}."""
    sides = {"before": [], "after": []}
    for title, fields in changes.items():
        for name, pair in sorted(fields.items()):
            for side, value in (("before", pair[0]), ("after", pair[1])):
                shown = HIDDEN if "password" in name else plain(value)
                sides[side].append(f"{title} {name}: {shown}\n")
    return {side: "".join(lines) for side, lines in sides.items()}
