#!/usr/bin/python
# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: hl7_send
short_description: Send an HL7 v2 message over MLLP and judge its acknowledgement
version_added: 1.0.0
description:
  - Sends one message from the target host in an MLLP frame, in the character set that its MSH-18 names.
  - Succeeds only when the peer's acknowledgement belongs to this message (MSA-2) and says what was expected (MSA-1).
  - A peer that accepts the connection and answers nothing, or answers something else, is an error that says so.
author: Wardround founders (@wardround)
options:
  host:
    description: Name or address of the peer.
    type: str
    required: true
  port:
    description: TCP port of the peer.
    type: int
    default: 2575
  content:
    description:
      - The message, a segment a line, beginning with MSH.
      - An empty MSH-7 is filled with the time of the target with its zone, an empty MSH-10 with a new control id.
    type: str
    required: true
  expect:
    description: The acknowledgement code (MSA-1) that counts as success, so that a refusal can be asked for too.
    type: str
    choices: [AA, AE, AR]
    default: AA
  deadline:
    description: Seconds for the connection, the message and its acknowledgement together.
    type: float
    default: 10.0
attributes:
  check_mode:
    support: partial
    description: Partly, because the peer would act on a message.
    details: The message is checked, but not sent.
  diff_mode:
    support: none
    description: What the peer did with the message is not known here.
"""

EXAMPLES = r"""
- name: Send a result of a patient that nobody knows, which the laboratory must refuse
  wardround.hospital.hl7_send:
    host: 10.87.20.43
    port: 2576
    expect: AE
    content: |
      MSH|^~\&|ANALYSER|LAB|LIS|LAB|||ORU^R01^ORU_R01||P|2.5.1||||||UNICODE UTF-8
      PID|1||WRT-0000^^^WARDROUND^PI||王^小明^^^^^L^I~Wang^XiaoMing^^^^^L^A
      OBR|1|H1-1^HIS||GLU^Glucose^L
      OBX|1|NM|GLU^Glucose^L||5.4|mmol/L^^UCUM|3.9-6.1|N|||F
"""

RETURN = r"""
ack:
  description: What the peer answered. C(condition) is the code of HL7 table 0357, C(charset) the answer's own MSH-18.
  returned: when the peer answered
  type: dict
  sample: {"code": "AE", "control_id": "8C1F", "text": "no patient WRT-0000", "condition": "204",
    "charset": "UNICODE UTF-8"}
message_control_id:
  description: MSH-10 of the message.
  returned: when the message could be read
  type: str
  sample: 8C1F60D0A1B24E3FB3C7
sent_charset:
  description: MSH-18 of the message.
  returned: when the message could be read
  type: str
  sample: UNICODE UTF-8
seconds:
  description: How long the answer took.
  returned: when the message was sent
  type: float
  sample: 0.04
"""

import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.wardround.hospital.plugins.module_utils import hl7


def main():
    module = AnsibleModule(
        argument_spec={
            "host": {"type": "str", "required": True},
            "port": {"type": "int", "default": 2575},
            "content": {"type": "str", "required": True},
            "expect": {"type": "str", "choices": ["AA", "AE", "AR"], "default": "AA"},
            "deadline": {"type": "float", "default": 10.0},
        },
        supports_check_mode=True,
    )
    wanted, result = module.params, {"changed": False}
    try:
        text = hl7.completed(hl7.lines(wanted["content"]))
        header = hl7.header(text)
        result.update(message_control_id=header["control_id"], sent_charset=header["charset"])
        hl7.encode(text)
        if module.check_mode:
            result["changed"] = wanted["expect"] == "AA"
            module.exit_json(**result)
        started = time.monotonic()
        try:
            result["ack"] = hl7.exchange(wanted["host"], wanted["port"], text, wanted["deadline"])
        finally:
            result["seconds"] = round(time.monotonic() - started, 3)
        hl7.judge(result["ack"], wanted["expect"], "%s:%d" % (wanted["host"], wanted["port"]))
    except hl7.Hl7Error as error:
        module.fail_json(msg="HL7: %s" % error, **result)
    result["changed"] = result["ack"]["code"] == "AA"
    module.exit_json(**result)


if __name__ == "__main__":
    main()
