"""Records in memory with as much of Tryton's behaviour as `tryton_records` relies on, GNU Health's habits included."""

from __future__ import annotations

from typing import Any

from ansible_collections.wardround.hospital.plugins.module_utils.tryton import TrytonError

FIELDS: dict[str, dict[str, dict[str, Any]]] = {
    "party.party": {
        "ref": {"type": "char"},
        "name": {"type": "char"},
        "lastname": {"type": "char"},
        "dob": {"type": "date"},
        "is_person": {"type": "boolean"},
        "internal_user": {"type": "many2one", "relation": "res.user"},
        "person_names": {"type": "one2many", "relation": "gnuhealth.person_name"},
    },
    "gnuhealth.person_name": {
        "party": {"type": "many2one", "relation": "party.party"},
        "use": {"type": "selection"},
        "family": {"type": "char"},
        "given": {"type": "char"},
    },
    "res.group": {"name": {"type": "char"}},
    "res.user": {
        "login": {"type": "char"},
        "password": {"type": "char"},
        "groups": {"type": "many2many", "relation": "res.group"},
    },
}
BACK = {"person_names": "party"}  # one2many -> the field of the child that points back


class Store:
    """Stands for a Session. `passwords`: login -> password; `writes`: every create, write and delete."""

    url = "https://his-01"

    def __init__(self) -> None:
        self.rows: dict[str, dict[int, dict[str, Any]]] = {model: {} for model in FIELDS}
        self.definitions: dict[str, Any] = {}
        self.passwords: dict[str, str] = {}
        self.writes: list[tuple[str, Any]] = []

    def add(self, model: str, **values: Any) -> int:
        return self._create(model, values)

    def accepts(self, login: str, password: str) -> bool:
        return self.passwords.get(login) == password

    def call(self, method: str, *params: Any) -> Any:
        model, _sep, name = method.removeprefix("model.").rpartition(".")
        if model not in FIELDS:
            raise TrytonError(f"unknown model {model}")
        return getattr(self, f"_{name}_rpc")(model, *params)

    def _fields_get_rpc(self, model: str, names: list[str]) -> dict[str, Any]:
        return {name: FIELDS[model][name] for name in names if name in FIELDS[model]}

    def _search_rpc(self, model: str, domain: list[Any], *_page: Any) -> list[int]:
        assert all(operator == "=" for _name, operator, _value in domain)
        return [
            number
            for number, row in sorted(self.rows[model].items())
            if all(self._value(model, row, number, name) == value for name, _operator, value in domain)
        ]

    def _value(self, model: str, row: dict[str, Any], number: int, name: str) -> Any:
        first, _dot, rest = name.partition(".")
        value = number if first == "id" else row.get(first)
        if not rest:
            return value
        relation = FIELDS[model][first]["relation"]
        return self._value(relation, self.rows[relation][value], value, rest) if value else None

    def _read_rpc(self, model: str, ids: list[int], names: list[str]) -> list[dict[str, Any]]:
        return [{"id": number, **{name: self._shown(model, number, name) for name in names}} for number in ids]

    def _shown(self, model: str, number: int, name: str) -> Any:
        if name == "id":
            return number
        if FIELDS[model][name]["type"] == "one2many":
            children = self.rows[FIELDS[model][name]["relation"]]
            return [child for child, row in children.items() if row[BACK[name]] == number]
        if name == "password":
            return "x" * 10
        return self.rows[model][number].get(name)

    def _create_rpc(self, model: str, rows: list[dict[str, Any]]) -> list[int]:
        self.writes.append((f"create {model}", rows))
        return [self._create(model, row) for row in rows]

    def _create(self, model: str, values: dict[str, Any]) -> int:
        if model == "party.party" and values.get("is_person"):
            # As party.party of health 5.0: the names given are replaced by the official one.
            official = {"use": "official", "given": values.get("name"), "family": values.get("lastname")}
            values = {**values, "person_names": [["create", [official]]]}
        number = max(self.rows[model], default=0) + 1
        self.rows[model][number] = {}
        self._set(model, number, values)
        return number

    def _write_rpc(self, model: str, ids: list[int], values: dict[str, Any]) -> None:
        self.writes.append((f"write {model}", values))
        for number in ids:
            self._set(model, number, values)

    def _set(self, model: str, number: int, values: dict[str, Any]) -> None:
        row = self.rows[model][number]
        for name, value in values.items():
            definition = FIELDS[model][name]
            if definition["type"] == "many2many":
                held = set(row.get(name, []))
                for command, ids in value:
                    held = held | set(ids) if command == "add" else held - set(ids)
                row[name] = sorted(held)
            elif definition["type"] == "one2many":
                for command, *rest in value:
                    self._child(definition["relation"], {BACK[name]: number}, command, *rest)
            else:
                row[name] = value
                if name == "password":
                    self.passwords[row["login"]] = value

    def _child(self, relation: str, parent: dict[str, Any], command: str, *rest: Any) -> None:
        if command == "create":
            for values in rest[0]:
                self._create(relation, {**values, **parent})
        else:
            assert command == "write"
            for number in rest[0]:
                self._set(relation, number, rest[1])

    def _delete_rpc(self, model: str, ids: list[int]) -> None:
        self.writes.append((f"delete {model}", ids))
        for number in ids:
            del self.rows[model][number]
