"""A desk prints where its department wants, and says in one sentence why when it does not."""

import json
import time
from typing import Any

import pytest
from printing_desk import SCENARIO, WANTED, Ask, run

RECEIPTS, LABELS = WANTED["print_client_queues"]
FILMS = {"name": "films", "uri": "ipp://127.0.0.1:8633/ipp/print", "purpose": "films", "media": "custom_film_8x10in"}
LEFT = "(lpstat -W all -o; lpstat -W completed -o) | grep -v nurse1 || true"  # jobs of ours that CUPS remembers


def spool(host: Any, printer: str) -> list[dict[str, Any]]:
    """What the printer itself wrote down."""
    text = host.run(f"cat /var/lib/printer/{printer}/jobs.jsonl").stdout
    return [json.loads(line) for line in text.splitlines()]


def test_the_queues_are_there_and_come_back_after_a_reboot(host: Any) -> None:
    assert host.check_output("lpstat -v").split("\n") == [
        "device for labels: ipp://127.0.0.1:8632/ipp/print",
        "device for receipts: ipp://127.0.0.1:8631/ipp/print",
    ]
    assert host.check_output("lpstat -d") == "system default destination: receipts"
    assert host.service("cups.socket").is_enabled
    assert host.service("cups").is_enabled
    options = host.check_output("lpoptions -p receipts")
    assert "printer-is-shared=false" in options
    assert "printer-info='Receipts 收据'" in options
    assert "*80x200mm" in host.check_output("lpoptions -p receipts -l")


def test_what_a_user_prints_arrives_with_the_departments_media(host: Any) -> None:
    before = len(spool(host, "receipts"))
    host.check_output(
        "useradd --create-home nurse1 2>/dev/null; printf '收据 12.50' | runuser -u nurse1 -- lp -t '收据 7'"
    )
    for _attempt in range(100):
        if len(spool(host, "receipts")) > before:
            break
        time.sleep(0.1)
    job = spool(host, "receipts")[-1]
    assert (job["job_name"], job["user"], job["bytes"] > 0) == ("收据 7", "nurse1", True)
    assert (job["width_mm"], job["height_mm"]) == (80, 200)


def test_the_proof_is_in_the_printers_own_record_and_nowhere_else_afterwards(host: Any) -> None:
    before = len(spool(host, "receipts"))
    done = run("ansible-playbook", str(SCENARIO / "prove.yml"))
    assert done.returncode == 0, done.stdout
    printed = spool(host, "receipts")[before:]
    assert [job["job_name"].rpartition(" ")[0] for job in printed] == ["Test page of wr-mol-print-client"]
    assert host.check_output(LEFT) == ""


FAULTS = {
    "off": (
        "systemctl stop printer@receipts",
        "127.0.0.1 port 8631 refuses the connection: its print service does not run",
    ),
    "frozen": (
        "pkill -STOP -f '[i]ppeveprinter.*8631'",
        "takes the connection and answers nothing within 2 s: it is frozen",
    ),
    "wrong queue": ("lpadmin -p receipts -v ipp://127.0.0.1:8631/ipp/other", "there is no such queue"),
    "refusing": ("cupsreject receipts", "queue receipts accepts no jobs"),
    "stopped": ("cupsdisable -r 'paper ordered' receipts", "queue receipts is stopped: paper ordered"),
    "gone": ("lpadmin -x receipts", "CUPS has no queue receipts; it has labels"),
}


@pytest.mark.parametrize("fault", list(FAULTS))
def test_each_fault_is_a_sentence(host: Any, ask: Ask, changed: None, fault: str) -> None:
    command, said = FAULTS[fault]
    host.check_output(command)
    found = ask("print_probe", queues=["receipts"], print_on="receipts", deadline=2, print_deadline=2)["answers"]
    for name in ("queue receipts", "print receipts"):
        assert not found[name]["ok"]
        assert said in found[name]["found"]
    assert host.check_output(LEFT) == ""


def is_not_proved(expected: str) -> None:
    done = run("ansible-playbook", str(SCENARIO / "prove.yml"))
    assert done.returncode != 0
    assert f'"msg": "{expected}"' in done.stdout + done.stderr


def test_a_proof_that_fails_is_one_sentence(host: Any, changed: None) -> None:
    host.check_output("systemctl stop printer@receipts")
    is_not_proved(
        "not proved: queue receipts and print receipts: expected a queue that takes jobs and a printer that answers and"
        " the printer's own record of the job, completed, found the printer at 127.0.0.1 port 8631 refuses the"
        " connection: its print service does not run"
    )


def test_another_default_printer_is_no_proof(host: Any, changed: None) -> None:
    host.check_output("lpadmin -d labels")
    is_not_proved(
        "not proved: default receipts: expected the printer of jobs that name none,"
        " found labels is the default printer here, receipts is wanted"
    )


def test_a_desk_without_a_queue_has_nothing_to_prove(host: Any) -> None:
    nothing = json.dumps({"print_client_queues": [], "print_client_default": ""})
    done = run("ansible-playbook", str(SCENARIO / "prove.yml"), "-e", nothing)
    assert done.returncode == 0, done.stdout
    assert "skipped=1" in done.stdout


def test_without_the_print_service_every_answer_says_so(host: Any, ask: Ask) -> None:
    host.check_output("systemctl stop cups.socket cups.path cups")
    found = ask("print_probe", queues=["receipts"], print_on="receipts")
    host.check_output("systemctl start cups.socket cups.path")
    assert "its print service does not run" in found["answers"]["print receipts"]["found"]


def test_only_wardrounds_own_queues_are_removed(host: Any, ask: Ask, changed: None) -> None:
    host.check_output("lpadmin -p Brother -E -v socket://127.0.0.1:9100 -m raw")
    found = ask("cups_queues", queues=[RECEIPTS], default="receipts")
    assert (found["changed"], found["foreign"]) == (True, ["Brother"])
    listed = host.check_output("lpstat -e").split()
    host.check_output("lpadmin -x Brother")
    assert listed == ["Brother", "receipts"]


def test_a_queue_moves_to_another_printer_with_its_media(host: Any, ask: Ask, changed: None) -> None:
    moved = {**RECEIPTS, "uri": FILMS["uri"], "media": FILMS["media"]}
    checked = ask("cups_queues", check=True, queues=[moved, LABELS], default="receipts")
    assert host.check_output("lpstat -v receipts") == "device for receipts: ipp://127.0.0.1:8631/ipp/print"
    done = ask("cups_queues", queues=[moved, LABELS], default="receipts")
    assert done["commands"] == checked["commands"]
    assert host.check_output("lpstat -v receipts") == "device for receipts: ipp://127.0.0.1:8633/ipp/print"
    assert not ask("cups_queues", queues=[moved, LABELS], default="receipts")["changed"]
    before = len(spool(host, "films"))
    assert ask("print_probe", queues=[], print_on="receipts")["answers"]["print receipts"]["ok"]
    (job,) = spool(host, "films")[before:]
    assert (job["width_mm"], job["height_mm"]) == (203, 254)


def test_a_new_queue_whose_printer_is_off_is_refused_and_not_left_half_made(host: Any, ask: Ask, changed: None) -> None:
    host.check_output("systemctl stop printer@films")
    found = ask("cups_queues", queues=[RECEIPTS, LABELS, FILMS], default="receipts")
    assert found["failed"]
    assert found["msg"] == (
        "queue films cannot be set up: the printer at 127.0.0.1 port 8633 refuses the connection:"
        " its print service does not run"
    )
    assert host.check_output("lpstat -e").split() == ["labels", "receipts"]


def test_media_that_the_printer_does_not_have_is_refused(ask: Ask, changed: None) -> None:
    found = ask("cups_queues", queues=[{**RECEIPTS, "media": "iso_a4_210x297mm"}, LABELS], default="receipts")
    assert found["failed"]
    assert "queue receipts keeps media" in found["msg"] and "its printer offers custom_80x200mm" in found["msg"]
