#!/usr/bin/python
# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: gnuhealth_screen
short_description: See what a HIS or LIS client shows its user
version_added: 1.0.0
description:
  - Starts the desk's client on a virtual screen as an ordinary user, logs in through its own windows with the desk's
    login, and reads the screen as a screen reader does (AT-SPI).
  - The client's users are not disturbed. Everything that was started has ended when the module returns.
author: Wardround founders (@wardround)
options:
  product:
    description: V(his_client) or V(lis_client).
    type: str
    required: true
  settings:
    description: Directory with the desk's C(desk.json) and C(login.json); C(/etc/wardround/<product>) by default.
    type: path
  patient:
    description: Open the record of the patient with this identifier (PUID), over the desk's start view.
    type: str
  picture:
    description: File on the target to write the screen to, as PNG.
    type: path
  deadline:
    description: Seconds until everything must be on the screen; a first start after an install reads all of GTK.
    type: float
    default: 60
attributes:
  check_mode:
    support: partial
    description: Whether a check changes nothing.
    details: Looks also in check mode, and writes no picture.
  diff_mode:
    support: none
    description: Nothing changes but the picture.
requirements:
  - the role P(wardround.hospital.gnuhealth_client#role) on the target, whose launcher and user it starts
"""

EXAMPLES = r"""
- name: See the desk's start view
  wardround.hospital.gnuhealth_screen:
    product: his_client

- name: Take a picture of a patient's record
  wardround.hospital.gnuhealth_screen:
    product: his_client
    patient: WRT0001
    picture: /root/record.png
"""

RETURN = r"""
windows:
  description: Titles of the client's windows.
  returned: success
  type: list
  elements: str
  sample: ["HIS - reg@10.87.20.41:443/health"]
tabs:
  description: Titles of its pages.
  returned: success
  type: list
  elements: str
  sample: ["患者"]
menus:
  description: Its menus.
  returned: success
  type: list
  elements: str
  sample: ["文件", "设置", "帮助"]
fields:
  description: What the fields of a record hold, without the lists beside it.
  returned: success
  type: list
  elements: str
  sample: ["王小明", "WRT0001"]
texts:
  description: Everything else that is written on the screen, each text once.
  returned: success
  type: list
  elements: str
  sample: ["王小明", "男"]
file_menu:
  description: What the client's own catalogue says for its first menu, V(File), in the desk's language.
  returned: success
  type: str
  sample: 文件
seconds:
  description: From the client's start until nothing more came to the screen.
  returned: success
  type: float
  sample: 2.1
"""

import base64
import gettext
import json
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.wardround.hospital.plugins.module_utils import gnuhealth_desk as desk_questions
from ansible_collections.wardround.hospital.plugins.module_utils.gnuhealth_desk import DeskError


def command(desk, patient, picture, deadline):
    """The call of the program that looks."""
    program = str(desk_questions.PROGRAMS / "screen.py")
    arguments = [*desk_questions.PYTHON, program, desk["product"], f"--deadline={deadline:g}"]
    arguments += ["--view"] if desk["action"] else []
    arguments += ["--picture"] if picture else []
    return arguments + ([f"--patient={patient}"] if patient else [])


def seen(text):
    """What the program read, out of everything it printed; raises DeskError with its reason."""
    for line in reversed(text.splitlines()):
        word, _space, rest = line.partition(" ")
        if word == "READ":
            return json.loads(rest)
        if word == "FAILED":
            raise DeskError(rest)
    lines = text.strip().splitlines()
    raise DeskError(f"the screen was not read: {lines[-1] if lines else 'nothing was printed'}")


def file_menu(root, language):
    """The client's word for its first menu; English where it has no catalogue of the language."""
    catalogues = str(Path(root, "current", "lib", "gnuhealth", "data", "locale"))
    return gettext.translation("tryton", catalogues, languages=[language], fallback=True).gettext("File")


def run(params, check_mode):
    """Look, and write the picture; the module's result. Raises DeskError and OSError."""
    folder = params["settings"] or "/etc/wardround/" + params["product"]
    desk = desk_questions.read_settings(folder + "/desk.json")
    password = desk_questions.load_login(folder + "/login.json")["password"]
    arguments = command(desk, params["patient"], params["picture"], params["deadline"])
    with desk_questions.home() as home:
        # The program gives up by itself and says what it saw.
        answer = seen(desk_questions.as_probe(arguments, home, params["deadline"] + 5, password))
    picture = answer.pop("picture", None)
    if params["picture"] and not check_mode:
        Path(params["picture"]).write_bytes(base64.b64decode(picture))
    return dict(answer, file_menu=file_menu(desk["root"], desk["language"]), changed=bool(params["picture"]))


def main():
    module = AnsibleModule(
        argument_spec={
            "product": {"type": "str", "required": True},
            "settings": {"type": "path"},
            "patient": {"type": "str"},
            "picture": {"type": "path"},
            "deadline": {"type": "float", "default": 60.0},
        },
        supports_check_mode=True,
    )
    try:
        result = run(module.params, module.check_mode)
    except DeskError as error:
        module.fail_json(msg=f"the client's screen: {error}")
    except OSError as error:
        module.fail_json(msg=f"{error.filename or module.params['picture']}: {error.strerror or error}")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
