# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
"""Does a queue print? Asked of CUPS, of the printer, and with a marked job that the printer itself must have printed.

Each answer is {ok, expected, found, seconds}: the form of a declared proof.
"""

from __future__ import annotations

import socket
import time
import urllib.parse

from ansible_collections.wardround.hospital.plugins.module_utils import cups, ipp

# job-state, RFC 8011, section 5.3.7
STATES = {3: "pending", 4: "held", 5: "printing", 6: "stopped", 7: "canceled", 8: "aborted", 9: "completed"}
COMPLETED, ENDED = 9, (7, 8, 9)
PORTS = {"socket": 9100, "lpd": 515}  # RFC 1179; JetDirect's port by convention
JOB_ATTRIBUTES = ["job-id", "job-name", "job-state", "job-state-reasons", "job-printer-state-message"]


class Trouble(Exception):
    """Why a queue does not print, in one sentence."""


def answered(expected, act):
    """The answer of `act`, which returns what was found or raises why it is not as expected."""
    started = time.monotonic()
    try:
        found, ok = act(), True
    except (Trouble, cups.CupsError, ipp.IppError) as error:
        found, ok = str(error), False
    return {"ok": ok, "expected": expected, "found": found, "seconds": round(time.monotonic() - started, 3)}


def queue_takes_jobs(name, queues):
    """The queue's attributes, when CUPS has it and it takes jobs; raises Trouble. queues: as cups.read gives them."""
    if name not in queues:
        raise Trouble(f"CUPS has no queue {name}; it has {', '.join(sorted(queues)) or 'none'}")
    attributes = queues[name]
    said = attributes.get("printer-state-message", [""])[0]
    if not attributes.get("printer-is-accepting-jobs", [False])[0]:
        raise Trouble(f"queue {name} accepts no jobs" + (f": {said}" if said else ""))
    if attributes.get("printer-state", [cups.STOPPED])[0] == cups.STOPPED:
        raise Trouble(f"queue {name} is stopped" + (f": {said}" if said else ""))
    return attributes


def printer_answers(name, uri, deadline):
    """What a printer says of itself, in a few words; raises Trouble or IppError.

    A printer without IPP keeps no record that could be asked: for it a connection is all that can be seen.
    """
    scheme = urllib.parse.urlsplit(uri).scheme
    if scheme in PORTS:
        return _connects(name, uri, deadline)
    if scheme not in ("ipp", "ipps"):
        raise Trouble(f"the printer of queue {name} cannot be asked over {scheme}:, only ipp, ipps, socket and lpd")
    wanted = ["printer-is-accepting-jobs", "printer-state", "printer-state-message", "printer-state-reasons"]
    attributes = [("printer-uri", ipp.URI, uri), ("requested-attributes", ipp.KEYWORD, [*wanted, "printer-name"])]
    found = ipp.members(ipp.ask(uri, ipp.GET_PRINTER, attributes, deadline), ipp.PRINTER)
    printer = found[0] if found else {}
    reasons = [str(one) for one in printer.get("printer-state-reasons", []) if one != "none"]
    why = ", ".join(reasons) or printer.get("printer-state-message", [""])[0] or "it says no reason"
    if printer.get("printer-state", [cups.STOPPED])[0] == cups.STOPPED:
        raise Trouble(f"the printer of queue {name} at {uri} is stopped: {why}")
    if not printer.get("printer-is-accepting-jobs", [False])[0]:
        raise Trouble(f"the printer of queue {name} at {uri} accepts no jobs: {why}")
    return f"{printer.get('printer-name', ['a printer'])[0]} at {uri}" + (f": {', '.join(reasons)}" if reasons else "")


def _connects(name, uri, deadline):
    try:
        parts = urllib.parse.urlsplit(uri)
        port = parts.port or PORTS[parts.scheme]
        with socket.create_connection((parts.hostname, port), deadline):
            return f"{parts.hostname} port {port} takes connections"
    except (OSError, ValueError) as error:
        raise Trouble(f"the printer of queue {name} at {uri} takes no connection: {error}") from error


def check(name, queues, deadline):
    """The answer for one queue: CUPS has it, it takes jobs, and its printer answers."""

    def act():
        uri = queue_takes_jobs(name, queues)["device-uri"][0]
        return "takes jobs; " + printer_answers(name, uri, deadline)

    return answered("a queue that takes jobs and a printer that answers", act)


def check_default(name, default):
    """The answer for the queue of jobs that name none. default: CUPS's own, as cups.read gives it; None for none."""

    def act():
        if default != name:
            raise Trouble(f"{default or 'no printer'} is the default printer here, {name} is wanted")
        return f"{name} is the default printer"

    return answered("the printer of jobs that name none", act)


def print_marked(name, title, text, queues, deadline, local=cups.SOCKET, user="root"):
    """The answer for a job of this title on the queue: the printer's own record must say that it was completed.

    The job is taken back from queue and printer when it was not, and CUPS forgets it in any case.
    """

    def act():
        uri = queue_takes_jobs(name, queues)["device-uri"][0]
        if urllib.parse.urlsplit(uri).scheme not in ("ipp", "ipps"):
            raise Trouble(f"the printer of queue {name} at {uri} keeps no record of jobs that could be asked: use ipp")
        end = time.monotonic() + deadline
        printer_answers(name, uri, deadline)
        queue = f"{cups.SERVER}printers/{urllib.parse.quote(name)}"
        job, printed = _submit(queue, title, text, user, deadline, local), False
        try:
            found = _wait(uri, name, title, user, lambda: _local_job(queue, job, user, deadline, local), end)
            printed = True
            return found
        finally:
            _forget(queue, job, user, printed, 10, local)

    return answered("the printer's own record of the job, completed", act)


def _submit(queue, title, text, user, deadline, local):
    attributes = [("printer-uri", ipp.URI, queue), ("requesting-user-name", ipp.NAME, user)]
    attributes += [("job-name", ipp.NAME, title), ("document-format", ipp.MIME, "text/plain")]
    groups = ipp.ask(queue, ipp.PRINT_JOB, attributes, deadline, text.encode("utf-8"), local)
    return ipp.members(groups, ipp.JOB)[0]["job-id"][0]


def _local_job(queue, job, user, deadline, local):
    attributes = [("printer-uri", ipp.URI, queue), ("job-id", ipp.INTEGER, job)]
    attributes += [("requesting-user-name", ipp.NAME, user), ("requested-attributes", ipp.KEYWORD, JOB_ATTRIBUTES)]
    return ipp.members(ipp.ask(queue, ipp.GET_JOB, attributes, deadline, local=local), ipp.JOB)[0]


def jobs_at(uri, user, deadline):
    """The jobs in the printer's own record, those that wait, print and have ended."""
    found = []
    for which in ("not-completed", "completed"):
        attributes = [("printer-uri", ipp.URI, uri), ("requesting-user-name", ipp.NAME, user)]
        attributes += [("which-jobs", ipp.KEYWORD, which), ("requested-attributes", ipp.KEYWORD, JOB_ATTRIBUTES)]
        found += ipp.members(ipp.ask(uri, ipp.GET_JOBS, attributes, deadline), ipp.JOB)
    return found


def _wait(uri, name, title, user, local_job, end):
    while True:
        left = max(0.5, end - time.monotonic())
        mine = [one for one in jobs_at(uri, user, left) if one.get("job-name") == [title]]
        state = mine[0]["job-state"][0] if mine else None
        if state == COMPLETED:
            return f"job {mine[0]['job-id'][0]} at {uri}, completed"
        here = local_job()
        # CUPS calls a job completed when the printer has taken it, so only the other two ends are the job's.
        failed = state in ENDED or here["job-state"][0] in (7, 8)
        if failed or time.monotonic() > end:
            at_printer = STATES.get(state, "unknown there") if mine else "not in its record"
            said = here.get("job-printer-state-message", [""])[0]
            here_state = STATES.get(here["job-state"][0], "unknown")
            trouble = "was not printed" if failed else "is not printed in time"
            if mine and not failed:
                _cancel(uri, mine[0]["job-id"][0], user, 5)
            raise Trouble(
                f"the job on queue {name} {trouble}: {here_state} on this machine"
                + (f" ({said})" if said else "")
                + f", {at_printer} at {uri}"
            )
        time.sleep(0.25)


def _cancel(uri, job, user, deadline, local=None, purge=False):
    """Cancel a job, or with `purge` have its ended job forgotten; one that is not there any more is as wanted."""
    attributes = [("printer-uri", ipp.URI, uri), ("job-id", ipp.INTEGER, job), ("requesting-user-name", ipp.NAME, user)]
    if purge:
        attributes.append(("purge-job", ipp.BOOLEAN, True))
    try:
        ipp.ask(uri, ipp.CANCEL_JOB, attributes, deadline, local=local)
    except ipp.IppError as error:
        if error.status not in (ipp.NOT_FOUND, ipp.NOT_POSSIBLE):  # not possible: it has ended by itself
            raise


def _forget(queue, job, user, printed, deadline, local):
    """Leave no trace of the job in CUPS, which keeps it for a while although it was told to purge it too early."""
    if not printed:
        _cancel(queue, job, user, deadline, local)
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        try:
            state = _local_job(queue, job, user, deadline, local)["job-state"][0]
        except ipp.IppError as error:
            if error.status == ipp.NOT_FOUND:
                return
            raise
        if state in ENDED:
            _cancel(queue, job, user, deadline, local, purge=True)
        time.sleep(0.1)
