"""The lab's patient 王小明 in the HIS: whoever looks at a screen of the lab meets him."""

import json

from lab.hospital import Hospital

PUID = "WR0001"  # the same as in the CT image: see `lab/studies.py`
DESK = "reg-ws-01"


def register(hospital: Hospital) -> None:
    """Register him from the registration desk, with its own login; safe to repeat."""
    record = {
        "settings": "/etc/wardround/his_client/login.json",
        "model": "party.party",
        "match": {"ref": PUID},
        "values": {
            "lastname": "王",
            "name": "小明",
            "name_representation": "cjk",
            "person_names": [{"use": "usual", "family": "Wang", "given": "XiaoMing"}],
            "gender": "m",
            "dob": "1971-06-08",
            "fed_country": "CHN",
            "is_person": True,
            "is_patient": True,
            "create_target": True,
        },
    }
    arguments = json.dumps(record, ensure_ascii=False)
    hospital.run(
        "ansible", DESK, "--one-line", "-m", "wardround.hospital.gnuhealth_record", "-a", arguments, quiet=True
    )
