#!/usr/bin/python
# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: gnuhealth_record
short_description: Read and keep records of a GNU Health server
version_added: 1.0.0
description:
  - Asks a GNU Health (Tryton) server over JSON-RPC from the target host, with that host's own login.
  - A record that was changed is read back; what the server then holds is compared with what was wanted.
  - Asks for nothing longer than O(deadline), so a frozen server is an error and not a wait.
author: Wardround founders (@wardround)
options:
  settings:
    description:
      - File on the target with C(url), C(database), C(user), C(password) and C(ca_file) as JSON, and C(series) where
        the client is not of Tryton 7.0.
    type: path
    required: true
  model:
    description: Model of the record, such as V(gnuhealth.patient).
    type: str
  state:
    description:
      - V(read) finds the records of O(match) and reads O(fields).
      - V(present) makes one record of O(match) with O(values); a record that is there is only changed where it differs.
      - V(absent) deletes the records of O(match).
    type: str
    choices: [present, absent, read]
    default: present
  match:
    description:
      - Which records, as a dict of field to value (all must be equal) or as a Tryton domain, a list.
      - A dict's own fields are also the values of a record that is made. Fields of links may
        be asked for (V(party.ref)).
    type: raw
  values:
    description:
      - What the record shall hold. Dates, times (UTC, or with their offset) and decimals are written as text.
      - A link to one record is its id, or a dict that must match exactly one record of the linked model.
      - A many2many link is the list of its members, each an id or such a dict, or a list of Tryton commands.
      - A one2many link is a list of dicts, each a child known by its first field; children not listed are left alone.
    type: dict
    default: {}
  password:
    description: Password of a user (V(res.user)); compared by logging in with it.
    type: str
  records:
    description:
      - Several records to be V(present) or V(absent), in this order, instead of O(model), O(match) and O(values).
      - With V(absent) RV(records) are those that are still there.
      - In check mode a link may lead to a record that an earlier one would have made; others must be there.
    type: list
    elements: dict
    suboptions:
      model:
        description: Model of the record.
        type: str
        required: true
      match:
        description: As O(match).
        type: raw
        required: true
      values:
        description: As O(values).
        type: dict
        default: {}
      password:
        description: As O(password).
        type: str
  fields:
    description: Fields to return; V(name.field) follows a link to one record (a key) or to many (a list of dicts).
    type: list
    elements: str
    default: []
  call:
    description:
      - A button or method of the model to call with the records that were found or made, such as V(requested).
      - It is called every time; let O(match) find only records that still need it.
    type: str
  wait:
    description: Seconds to wait for a record to match, with O(state=read). If none does, the task fails.
    type: float
    default: 0
  deadline:
    description: Seconds that each question may take.
    type: float
    default: 10
attributes:
  check_mode:
    support: full
    description: Reads, and says what would change.
  diff_mode:
    support: full
    description: Fields before and after; passwords are not shown.
"""

EXAMPLES = r"""
- name: Register the test patient
  wardround.hospital.gnuhealth_record:
    settings: /etc/wardround/his_client/login.json
    model: party.party
    match: {ref: WRT0001}
    values:
      lastname: 王
      name: 小明
      is_person: true
      is_patient: true
      create_target: true
      fed_country: CHN
      gender: m
      dob: "1985-06-01"
      name_representation: cjk
      person_names:
        - {use: usual, family: Wang, given: XiaoMing}

- name: Wait for the result on the ward
  wardround.hospital.gnuhealth_record:
    settings: /etc/wardround/his_client/login.json
    model: gnuhealth.lab
    state: read
    match: {patient.puid: WRT0001, test.code: GLU, state: done}
    fields: [name, critearea.code, critearea.result, critearea.units.name]
    wait: 10
"""

RETURN = r"""
records:
  description: The records, each with its id and O(fields); in check mode without those that are not there yet.
  returned: success
  type: list
  elements: dict
  sample: [{"id": 3, "puid": "WRT0001", "party.name": "小明"}]
called:
  description: What O(call) returned, null when nothing was called.
  returned: when O(call) is given
  type: raw
server_version:
  description: Version of Tryton on the server.
  returned: when the server answered
  type: str
  sample: 7.0.59
seconds:
  description: How long the login and all questions took, with what was spent in O(wait).
  returned: always
  type: float
  sample: 0.4
"""

import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.wardround.hospital.plugins.module_utils import tryton, tryton_records, tryton_values


def run(session, params, check):
    """What the parameters ask: a dict of changed, records, diff and called."""
    records = tryton_records.Records(session, params["model"], check)
    changes, called = {}, None
    if params["records"] is not None and params["state"] == "absent":
        return _absent(session, params["records"], check)
    if params["records"] is not None:
        return _present(session, params["records"], check)
    if params["state"] == "present":
        number, changed = records.present(params["match"], _values(params))
        ids = [number] if number else []
        if changed:
            changes[_title(params["model"], params["match"])] = changed
    elif params["state"] == "absent":
        gone = records.absent(params["match"])
        changes.update((f"{params['model']} {number}", {"record": ("present", "absent")}) for number in gone)
        ids = []
    else:
        ids = records.wait(params["match"], params["wait"])
    if params["call"] and ids and not check:
        called = records.call(params["call"], ids)
    result = {
        "changed": bool(changes or (params["call"] and ids)),
        "records": records.read(ids, params["fields"]),
        "diff": tryton_records.as_text(changes),
    }
    return dict(result, called=tryton_values.plain(called)) if params["call"] else result


def _present(session, entries, check):
    """Make the record of each entry, in order; a TrytonError names the entry."""
    changes, found, made = {}, [], {entry["model"] for entry in entries}
    for entry in entries:
        title = _title(entry["model"], entry["match"])
        try:
            present = tryton_records.Records(session, entry["model"], check, made).present
            number, changed = present(entry["match"], _values(entry))
        except tryton.TrytonError as error:
            raise tryton.TrytonError(f"{title}: {error}") from error
        found.append({"id": number, "model": entry["model"]})
        if changed:
            changes[title] = changed
    return {"changed": bool(changes), "records": found, "diff": tryton_records.as_text(changes)}


def _absent(session, entries, check):
    """Delete the records of each entry, in order, and look what is left of any."""
    changes, left = {}, []
    for entry in entries:
        gone = tryton_records.Records(session, entry["model"], check).absent(entry["match"])
        changes.update((f"{entry['model']} {number}", {"record": ("present", "absent")}) for number in gone)
    for entry in entries:
        ids = tryton_records.Records(session, entry["model"], check).find(entry["match"])
        left += [{"id": number, "model": entry["model"]} for number in ids]
    return {"changed": bool(changes), "records": left, "diff": tryton_records.as_text(changes)}


def _values(entry):
    """An entry's values with its password among them; one written there would be in every log."""
    if "password" in entry["values"]:
        raise tryton.TrytonError("a password is written as the option password, not among the values")
    return dict(entry["values"], password=entry["password"]) if entry["password"] else entry["values"]


def _title(model, match):
    """A record's name in the diff: its model and what it is known by."""
    known = "".join(f" {name}={value}" for name, value in match.items()) if isinstance(match, dict) else f" {match}"
    return model + known


def main():
    entry = {
        "model": {"type": "str", "required": True},
        "match": {"type": "raw", "required": True},
        "values": {"type": "dict", "default": {}},
        "password": {"type": "str", "no_log": True},
    }
    module = AnsibleModule(
        argument_spec={
            "settings": {"type": "path", "required": True},
            "model": {"type": "str"},
            "state": {"type": "str", "choices": ["present", "absent", "read"], "default": "present"},
            "match": {"type": "raw"},
            "values": {"type": "dict", "default": {}},
            "password": {"type": "str", "no_log": True},
            "records": {"type": "list", "elements": "dict", "options": entry},
            "fields": {"type": "list", "elements": "str", "default": []},
            "call": {"type": "str"},
            "wait": {"type": "float", "default": 0.0},
            "deadline": {"type": "float", "default": 10.0},
        },
        required_one_of=[("model", "records")],
        mutually_exclusive=[("model", "records"), ("match", "records"), ("password", "records")],
        required_together=[("model", "match")],
        supports_check_mode=True,
    )
    started = time.monotonic()
    result = {}
    session = None
    try:
        session = tryton.Session(tryton.load_settings(module.params["settings"]), module.params["deadline"])
        with session:
            result = run(session, module.params, module.check_mode)
        waited_for = module.params["wait"] and not result["records"]
        if waited_for and module.params["state"] == "read":
            raise tryton.TrytonError(
                f"{session.url} has no {module.params['model']} that matches {module.params['match']!r}"
                f" after {module.params['wait']:g} s"
            )
    except tryton.TrytonError as error:
        module.fail_json(msg=f"GNU Health: {error}", **_measured(session, started))
    module.exit_json(**dict(result, **_measured(session, started)))


def _measured(session, started):
    result = {"seconds": round(time.monotonic() - started, 3)}
    if session is not None and session.version:
        result["server_version"] = session.version
    return result


if __name__ == "__main__":
    main()
