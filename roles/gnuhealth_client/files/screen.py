"""Start the client, log in and read its screen as a screen reader does (AT-SPI): screen.py PRODUCT [options]

Wants a display (Xvfb) and a D-Bus session of its own, and the password on standard input. Prints one line: READ and
what was on the screen as JSON, or FAILED and why.
"""

import argparse
import base64
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import gi

gi.require_version("Atspi", "2.0")
gi.require_version("Gdk", "3.0")
from gi.repository import Atspi, Gdk, GLib  # noqa: E402

LAUNCHER = Path(__file__).resolve().parent / "launch.py"
PYTHON = [sys.executable, "-PB"]  # writes nothing beside the programs
PAUSE = 0.05  # seconds between two looks
PASSWORD = "question for the password"


class ScreenError(Exception):
    """What should have come to the screen did not; the message says what was there instead."""


def nodes(node):
    """A node of the accessibility tree and everything below it; what vanishes meanwhile is left out."""
    try:
        role, name = node.get_role_name(), (node.get_name() or "").strip()
        children = [node.get_child_at_index(index) for index in range(node.get_child_count())]
    except GLib.Error:
        return
    yield role, name, node
    for child in children:
        if child is not None:
            yield from nodes(child)


def text_of(node):
    """What a text field or label holds; empty where the node has no text."""
    try:
        if not node.is_text():
            return ""
        return Atspi.Text.get_text(node, 0, -1).strip()
    except GLib.Error:
        return ""


class Screen:
    """The windows of one client. `ends`: when to give up, on time.monotonic's clock."""

    def __init__(self, process, ends):
        self.process = process
        self.ends = ends

    def read(self):
        """(role, name, node) of everything in the client's windows."""
        desktop = Atspi.get_desktop(0)
        for index in range(desktop.get_child_count()):
            application = desktop.get_child_at_index(index)
            if application is not None:
                yield from nodes(application)

    def wait(self, what, find):
        """What `find` makes of the screen, as soon as it is something; raises ScreenError."""
        while True:
            seen = list(self.read())
            found = find(seen)
            if found:
                return found
            if self.process.poll() is not None:
                raise ScreenError(f"the client ended with {self.process.returncode} before {what}")
            if time.monotonic() > self.ends:
                shown = ", ".join(
                    dict.fromkeys(name for role, name, _node in seen if role in ("label", "frame") and name)
                )
                raise ScreenError(f"no {what} came; on the screen: {shown or 'nothing'}")
            time.sleep(PAUSE)


def press(node):
    """Press a button."""
    Atspi.Action.do_action(node, 0)


def dialog_with(seen, role):
    """(dialog, node) of the first dialog that holds an enabled node of this role, or None."""
    for kind, _name, window in seen:
        if kind in ("dialog", "alert"):
            for inner, _text, node in nodes(window):
                if inner == role and node.get_state_set().contains(Atspi.StateType.SENSITIVE):
                    return window, node
    return None


def default_button(dialog):
    """The button a dialog's user would press to go on: the last one."""
    return [node for role, _name, node in nodes(dialog) if role in ("button", "push button")][-1]


def log_in(screen, password):
    """Connect to the desk's server and give the password; the field it was given in."""

    def login(seen):
        return dialog_with(seen, "combo box") or dialog_with(seen, "password text")

    dialog, node = screen.wait("login window", login)
    if node.get_role_name() != "password text":
        press(default_button(dialog))
        dialog, node = screen.wait(PASSWORD, lambda seen: dialog_with(seen, "password text"))
    Atspi.EditableText.set_text_contents(node, password)
    press(default_button(dialog))
    return node


def settled(screen, answered, view, patient):
    """Wait until the menu, the desk's view and the patient's page are there and nothing more comes.

    answered: the field that the password was given in.
    """

    def complete(seen):
        roles = [role for role, _name, _node in seen]
        asked = dialog_with(seen, "password text")
        if asked and asked[1] != answered:
            raise ScreenError("the client asks for the password again: the server did not accept it")
        if asked or "table cell" not in roles or (view and "page tab" not in roles):
            return False
        # In a list the patient's identifier is a cell, in the record a field.
        return not patient or any(role == "text" and text_of(node) == patient for role, _name, node in seen)

    screen.wait(f"record of {patient}" if patient else "view of the desk", complete)
    before, since = None, time.monotonic()
    while time.monotonic() < screen.ends:
        now = [(role, name) for role, name, _node in screen.read()]
        if now != before:
            before, since = now, time.monotonic()
        elif time.monotonic() - since > 0.3:
            return
        time.sleep(PAUSE)


def facts(seen):
    """What was on the screen: windows, tabs, menus, what fields hold and all texts, each once and in order."""
    found = {"windows": [], "tabs": [], "menus": [], "fields": [], "texts": []}
    for role, name, node in seen:
        key = {"frame": "windows", "dialog": "windows", "alert": "windows", "page tab": "tabs", "menu": "menus"}.get(
            role
        )
        if key and name:
            found[key].append(name)
        if role == "text" and text_of(node):
            found["fields"].append(text_of(node))
        if role not in ("menu", "menu item", "check menu item", "radio menu item"):
            found["texts"] += [text for text in (name, text_of(node)) if text]
    return {key: list(dict.fromkeys(values)) for key, values in found.items()}


def picture():
    """The screen as PNG."""
    Gdk.init([])
    root = Gdk.get_default_root_window()
    image = Gdk.pixbuf_get_from_window(root, 0, 0, root.get_width(), root.get_height())
    return image.save_to_bufferv("png", [], [])[1]


def look(options, password):
    """Everything this program is asked; raises ScreenError."""
    started = time.monotonic()
    command = [*PYTHON, str(LAUNCHER), options.product, *(["--patient", options.patient] if options.patient else [])]
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        try:
            screen = Screen(process, started + options.deadline)
            answered = log_in(screen, password)
            settled(screen, answered, options.view, options.patient)
            answer = facts(list(screen.read()))
            if options.picture:
                answer["picture"] = base64.b64encode(picture()).decode("ascii")
        except ScreenError as error:
            said.seek(0)
            last = said.read().strip().splitlines()[-1:]
            raise ScreenError("; ".join([str(error), *last])) from error
        finally:
            process.terminate()
            process.wait()
    return dict(answer, seconds=round(time.monotonic() - started, 3))


def main():
    parser = argparse.ArgumentParser(description="Read the screen of a client")
    parser.add_argument("product")
    parser.add_argument("--patient", default="", help="open the record of this patient (PUID)")
    parser.add_argument("--view", action="store_true", help="wait for the desk's start view")
    parser.add_argument("--picture", action="store_true", help="add the screen as PNG")
    parser.add_argument("--deadline", type=float, default=60)
    options = parser.parse_args()
    try:
        print("READ", json.dumps(look(options, sys.stdin.read().strip()), ensure_ascii=False))
    except (ScreenError, OSError, GLib.Error) as error:
        print("FAILED", error)
        sys.exit(1)


if __name__ == "__main__":
    main()
