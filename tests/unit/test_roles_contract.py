"""Every role keeps one contract: verb files, a specification that fits the defaults, a short README, a scenario."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml
from jinja2 import nodes

ROOT = Path(__file__).parents[2]
VERBS = ("main", "preflight", "apply", "verify", "rollback")
SEQUENCE = ["check", "converge", "idempotence", "verify"]
CONDITIONS = {"when", "that", "until", "changed_when", "failed_when", "var"}
TYPES: dict[str, Any] = {
    "str": str,
    "path": str,
    "int": int,
    "float": (int, float),
    "bool": bool,
    "list": list,
    "dict": dict,
}
JINJA = jinja2.Environment(extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"])


class Loader(yaml.SafeLoader):
    """Reads Ansible's YAML; what its own tags (!unsafe, !vault) mark is no template and reads as nothing."""


Loader.add_multi_constructor("!", lambda *_: None)


def read(path: Path) -> Any:
    return yaml.load(path.read_text(), Loader) if path.exists() else None


def faults(root: Path, role: str) -> list[str]:
    """What is wrong with one role of the project at `root`, a sentence each."""
    folder = root / "roles" / role
    missing = [f"no tasks/{verb}.yml" for verb in VERBS if not (folder / f"tasks/{verb}.yml").exists()]
    needed = ("meta/argument_specs.yml", "meta/main.yml", "defaults/main.yml", "README.md")
    missing += [f"no {name}" for name in needed if not (folder / name).exists()]
    if missing:
        return missing
    found = [*specification_faults(folder), *variable_faults(folder, root / "playbooks"), *scenario_faults(root, role)]
    if role in released(root) and not (read(folder / "meta/product.yml") or {}).get("health_checks"):
        found.append("no health_checks in meta/product.yml: a release may name any")
    if len((folder / "README.md").read_text().splitlines()) > 25:
        found.append("README.md is over 25 lines")
    return found


def released(root: Path) -> set[str]:
    """The products of every hospital of the project."""
    paths = root.glob("inventories/*/group_vars/all/releases.yml")
    return {product for path in paths for product in read(path)["releases"]["products"]}


def options_of(folder: Path) -> dict[str, dict[str, Any]]:
    entries = read(folder / "meta/argument_specs.yml")["argument_specs"].values()
    return {name: option for entry in entries for name, option in (entry.get("options") or {}).items()}


def specification_faults(folder: Path) -> Iterator[str]:
    options, defaults = options_of(folder), read(folder / "defaults/main.yml") or {}
    yield from (f"{name} has a default and no option" for name in defaults.keys() - options.keys())
    for name, option in options.items():
        yield from (f"{where} has a `default:` in the specification" for where in own_defaults(name, option))
        if not option.get("description"):
            yield f"{name} has no description"
        if name not in defaults:
            if not option.get("required"):
                yield f"{name} is not required and has no default"
        elif option.get("required"):
            yield f"{name} is required and has a default"
        elif not fits(option, defaults[name]):
            yield f"{name} is {defaults[name]!r} by default, which is no {option.get('type', 'str')} of its option"


def own_defaults(name: str, option: dict[str, Any]) -> Iterator[str]:
    if "default" in option:
        yield name
    for inner, suboption in (option.get("options") or {}).items():
        yield from own_defaults(f"{name}.{inner}", suboption)


def fits(option: dict[str, Any], value: Any) -> bool:
    """Whether a literal default is of its option's type; a template's value is only known on the host."""
    kind = option.get("type", "str")
    if kind == "raw" or (isinstance(value, str) and "{{" in value):
        return True
    if not isinstance(value, TYPES[kind]) or (isinstance(value, bool) and kind != "bool"):
        return False
    if isinstance(value, list):
        element = {"type": option.get("elements", "raw"), "options": option.get("options")}
        return all(fits(element, item) for item in value)
    if isinstance(value, dict) and option.get("options"):
        inner = option["options"]
        return value.keys() <= inner.keys() and all(fits(inner[key], item) for key, item in value.items())
    return value in option.get("choices", [value])


def variable_faults(folder: Path, playbooks: Path) -> Iterator[str]:
    role, options = folder.name, options_of(folder)
    files = [path for part in ("tasks", "handlers", "vars", "defaults") for path in (folder / part).rglob("*.yml")]
    templates = [path.read_text() for path in (folder / "templates").rglob("*") if path.is_file()]
    known, reads = set(options), set[str]()
    for path in files:
        known |= set(definitions(read(path)))
        if path.parent.name == "vars":
            known |= set(read(path) or {})
    for template in [*templates, *(text for path in files for text in expressions(read(path)))]:
        names = list(JINJA.parse(template).find_all(nodes.Name))
        known |= {name.name for name in names if name.ctx == "store"}
        reads |= {name.name for name in names if name.ctx == "load"}
    own = {name for name in reads if name.startswith((f"{role}_", f"__{role}_"))}
    yield from (f"{name} is read and defined nowhere" for name in sorted(own - known))
    played = {word for path in playbooks.glob("*.yml") for word in re.findall(r"\w+", path.read_text())}
    yield from (f"{name} is an option that nothing reads" for name in options if name not in reads | played)


def definitions(tree: Any) -> Iterator[str]:
    """Names that tasks define: registered results, facts, vars, loop variables."""
    if isinstance(tree, list):
        for item in tree:
            yield from definitions(item)
    elif isinstance(tree, dict):
        for key, value in tree.items():
            if key in {"register", "loop_var", "index_var"}:
                yield value
            elif key in {"vars", "ansible.builtin.set_fact"}:
                yield from value
            yield from definitions(value)


def expressions(tree: Any, bare: bool = False) -> Iterator[str]:
    """Every Jinja template in a YAML tree; the text of a condition is an expression without its braces."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from expressions(value, key in CONDITIONS)
    elif isinstance(tree, list):
        for item in tree:
            yield from expressions(item, bare)
    elif isinstance(tree, str):
        if "{{" in tree or "{%" in tree:
            yield tree
        elif bare:
            yield "{{ " + tree + " }}"


def scenario_faults(root: Path, role: str) -> Iterator[str]:
    base, own = read(root / ".config/molecule/config.yml"), read(root / f"molecule/{role}/molecule.yml")
    if own is None:
        yield f"no molecule/{role}/molecule.yml"
        return
    if base.get("prerun") is not False or own.get("prerun", False):
        yield "the scenario's prerun is not false"
    sequence = {**base.get("scenario", {}), **own.get("scenario", {})}.get("test_sequence", [])
    if [step for step in sequence if step in SEQUENCE] != SEQUENCE:
        yield f"the scenario does not run {', '.join(SEQUENCE)}, in this order"


@pytest.mark.parametrize("role", sorted(path.name for path in ROOT.glob("roles/*")))
def test_role_keeps_the_contract(role: str) -> None:
    assert faults(ROOT, role) == []


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of one role, `demo`, that keeps the contract."""
    files = {
        "roles/demo/meta/main.yml": "galaxy_info: {}",
        "roles/demo/meta/product.yml": "health_checks: [version]",
        "inventories/demo/group_vars/all/releases.yml": "releases: {products: {demo: {}}}",
        "roles/demo/README.md": "# demo",
        "roles/demo/defaults/main.yml": "demo_port: 80\ndemo_peers: [{name: a}]\ndemo_url: 'http://{{ demo_host }}'",
        "roles/demo/meta/argument_specs.yml": """
argument_specs:
  main:
    options:
      demo_host: {type: str, required: true, description: Name.}
      demo_port: {type: int, description: Port.}
      demo_url: {type: str, description: Address.}
      demo_peers: {type: list, elements: dict, description: Peers., options: {name: {type: str}}}
""",
        "roles/demo/tasks/apply.yml": """
- ansible.builtin.command: {argv: [demo, '{{ demo_url }}']}
  register: __demo_answer
  when: demo_port > 0
- ansible.builtin.debug: {msg: '{{ __demo_answer.stdout }} {{ __demo_secret }}'}
  vars: {__demo_secret: !unsafe '{{'}
""",
        "roles/demo/templates/demo.conf.j2": "{% for peer in demo_peers %}{{ peer.name | some_filter }}{% endfor %}",
        "molecule/demo/molecule.yml": "scenario: {}",
        ".config/molecule/config.yml": f"prerun: false\nscenario: {{test_sequence: {['create', *SEQUENCE]}}}",
    }
    files |= {f"roles/demo/tasks/{verb}.yml": "[]" for verb in VERBS if verb != "apply"}
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_a_sound_role_has_no_faults(project: Path) -> None:
    assert faults(project, "demo") == []


def edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(project: Path) -> None:
        path = project / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    return change


SPEC, DEFAULTS = "roles/demo/meta/argument_specs.yml", "roles/demo/defaults/main.yml"
APPLY, BASE = "roles/demo/tasks/apply.yml", ".config/molecule/config.yml"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda project: (project / "roles/demo/tasks/rollback.yml").unlink(), "no tasks/rollback.yml"),
        (lambda project: (project / "molecule/demo/molecule.yml").unlink(), "no molecule/demo"),
        (edit("roles/demo/README.md", "# demo", "line\n" * 26), "README.md is over 25 lines"),
        (lambda project: (project / "roles/demo/meta/product.yml").unlink(), "no health_checks in meta/product.yml"),
        (edit("roles/demo/meta/product.yml", "[version]", "[]"), "no health_checks in meta/product.yml"),
        (edit(DEFAULTS, "demo_port: 80", "demo_port: 80\ndemo_more: 1"), "demo_more has a default and no option"),
        (edit(DEFAULTS, "demo_port: 80", ""), "demo_port is not required and has no default"),
        (edit(DEFAULTS, "demo_port: 80", "demo_port: '80'"), "demo_port is '80' by default"),
        (edit(DEFAULTS, "demo_port: 80", "demo_port: true"), "demo_port is True by default"),
        (edit(DEFAULTS, "{name: a}", "{nome: a}"), "demo_peers is [{'nome': 'a'}] by default"),
        (edit(DEFAULTS, "demo_port", "demo_host: x\ndemo_port"), "demo_host is required and has a default"),
        (edit(SPEC, "type: int", "type: int, default: 80"), "demo_port has a `default:`"),
        (edit(SPEC, "{name: {type: str}}", "{name: {type: str, default: a}}"), "demo_peers.name has a `default:`"),
        (edit(SPEC, ", description: Port.", ""), "demo_port has no description"),
        (edit(SPEC, "type: int", "type: int, choices: [443]"), "demo_port is 80 by default"),
        (edit(APPLY, "demo_port > 0", "demo_prot > 0"), "demo_prot is read and defined nowhere"),
        (edit(APPLY, "demo_port > 0", "true"), "demo_port is an option that nothing reads"),
        (edit(APPLY, "register: __demo_answer", "register: __demo_other"), "__demo_answer is read and defined nowhere"),
        (edit("roles/demo/templates/demo.conf.j2", "demo_peers", "demo_pears"), "demo_pears is read"),
        (edit(BASE, "prerun: false", "prerun: true"), "prerun is not false"),
        (edit(BASE, "'idempotence', ", ""), "does not run check, converge, idempotence, verify"),
        (edit("molecule/demo/molecule.yml", "{}", "{test_sequence: [converge]}"), "does not run check"),
    ],
)
def test_a_fault_is_named(project: Path, change: Callable[[Path], None], said: str) -> None:
    change(project)
    assert [fault for fault in faults(project, "demo") if said in fault]
