#!/usr/bin/python
# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: gnuhealth_database
short_description: Make, update, dump and restore GNU Health's database
version_added: 1.0.0
description:
  - Works on the database of a GNU Health server on its own machine, with PostgreSQL's and the release's own commands.
  - The version that the tables were made for is the database's comment, written last. Work that was interrupted is
    done again.
  - The server is stopped before its tables change; to start it again is the caller's part.
author: Wardround founders (@wardround)
options:
  name:
    description: Name of the database.
    type: str
    default: health
  owner:
    description: PostgreSQL role that owns it, and the system's user of the same name.
    type: str
    default: gnuhealth
  state:
    description:
      - V(present) makes it, with Tryton's tables and administrator, and brings it to O(version) with O(modules). Where
        there is none, it begins with O(initial_dump), if given.
      - V(room) only checks that the disk has room for a dump and for the way back.
      - V(dumped) writes it to O(path).
      - V(restored) replaces it by the dump in O(path), unless it is of O(version) already. What was there stays as
        C(NAME_left) until the next time.
    type: str
    choices: [present, room, dumped, restored]
    default: present
  version:
    description: Version of the release; needed by V(present) and V(restored).
    type: str
  release:
    description: Directory of the release whose commands make the tables; needed by V(present).
    type: path
  config:
    description: Tryton's configuration file; needed by V(present).
    type: path
  unit:
    description: Systemd unit of the server, without C(.service).
    type: str
  modules:
    description: Modules that shall be active; those they depend on are too.
    type: list
    elements: str
    default: []
  languages:
    description: Languages whose translations shall be loaded, such as V(zh_CN).
    type: list
    elements: str
    default: []
  email:
    description: The administrator's address.
    type: str
    default: root@localhost
  password:
    description: The administrator's password; needed by V(present).
    type: str
  path:
    description: The dump; needed by every state but V(present).
    type: path
  initial_dump:
    description: Dump that V(present) begins with where there is no database, such as one of the hospital's last server.
    type: path
  initial_version:
    description: Version of the release whose tables are in O(initial_dump).
    type: str
  deadline:
    description: Seconds that one command may take.
    type: float
    default: 1800
attributes:
  check_mode:
    support: full
    description: Says what would be done; makes and dumps nothing.
  diff_mode:
    support: full
    description: What was done, a line each.
"""

EXAMPLES = r"""
- name: Make the database of the release in use
  wardround.hospital.gnuhealth_database:
    release: /opt/wardround/his_server/current
    config: /etc/wardround/his_server/trytond.conf
    version: 5.0.0
    modules: [health, health_lab]
    password: "{{ lookup('ansible.builtin.file', 'secrets/his_admin_password') }}"
"""

RETURN = r"""
done:
  description: What was done, or would be in check mode.
  returned: success
  type: list
  elements: str
  sample: ["update from 5.0.0 to 5.0.4"]
version:
  description: Version that the tables are made for, null when there are none yet.
  returned: success
  type: str
  sample: 5.0.0
"""

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.wardround.hospital.plugins.module_utils.gnuhealth_database import (
    Database,
    DatabaseError,
    present,
)


def run(params, check):
    """Do what the parameters ask; a list of what was done. Raises DatabaseError."""
    options = {name: params[name] for name in ("name", "owner", "release", "config", "unit", "deadline")}
    database = Database(**options)
    if params["state"] == "present":
        return database, present(database, params, check)
    path = Path(params["path"])
    if params["state"] == "room":
        if database.reachable() and database.exists():
            database.need_room(path.parent)
        return database, []
    if params["state"] == "dumped":
        if not check:
            database.dump(path)
        return database, [f"dump {params['name']} to {path}"]
    if database.exists() and database.version() == params["version"]:
        return database, []
    if not check:
        database.restore(path, params["version"])
    return database, [f"restore {params['name']} from {path}"]


def main():
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "default": "health"},
            "owner": {"type": "str", "default": "gnuhealth"},
            "state": {"type": "str", "choices": ["present", "room", "dumped", "restored"], "default": "present"},
            "version": {"type": "str"},
            "release": {"type": "path"},
            "config": {"type": "path"},
            "unit": {"type": "str"},
            "modules": {"type": "list", "elements": "str", "default": []},
            "languages": {"type": "list", "elements": "str", "default": []},
            "email": {"type": "str", "default": "root@localhost"},
            "password": {"type": "str", "no_log": True},
            "path": {"type": "path"},
            "initial_dump": {"type": "path"},
            "initial_version": {"type": "str"},
            "deadline": {"type": "float", "default": 1800.0},
        },
        required_if=[
            ("state", "present", ("version", "release", "config", "password")),
            ("state", "room", ("path",)),
            ("state", "dumped", ("path",)),
            ("state", "restored", ("path", "version")),
        ],
        required_by={"initial_dump": ["initial_version"]},
        supports_check_mode=True,
    )
    try:
        database, done = run(module.params, module.check_mode)
        version = database.version() if database.reachable() else None
    except DatabaseError as error:
        module.fail_json(msg=str(error))
    except OSError as error:
        module.fail_json(msg=f"{error.filename}: {error.strerror}")
    diff = {"before": "", "after": "".join(line + "\n" for line in done)}
    module.exit_json(changed=bool(done), done=done, version=version, diff=diff)


if __name__ == "__main__":
    main()
