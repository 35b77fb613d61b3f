"""The document of docs/menus.md, and calls to it and to small menus written in a test."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from core.yaml_places import Place
from ivr.bench.doings import Doing
from ivr.bench.facts import Facts, Given, Person
from ivr.bench.golden_file import Suite, read
from ivr.bench.walk import Walk
from ivr.document.model import Document
from ivr.document.reading import read_files
from ivr.self_service.catalogue import SPECS
from ivr.speaking.values import AnyValue

DOCS = Path(__file__).parents[3] / "docs"
LEVELS = {name: spec.level for name, spec in SPECS.items()}
WORKDAY = datetime(2026, 11, 24, 10)  # noqa: DTZ001 - a Tuesday, in the document's zone
SUNDAY = datetime(2026, 11, 22, 10)  # noqa: DTZ001
ROSE = Person(first_name="Rose", telephone="404-555-0123", pin="1234", ssn="6789", birth=WORKDAY.date().replace(1950))


def page(name: str) -> dict[str, str]:
    """The files that a page of the documentation shows, by the name in their first line."""
    blocks = re.findall(r"```yaml\n(# .*?)```", (DOCS / name).read_text(), re.DOTALL)
    return {block.split(maxsplit=2)[1]: block for block in blocks}


MENU = page("menus.md")


def menu(text: str = "", **files: str) -> Document:
    """The page's document, or one of a single file."""
    found = read_files("menu.yaml", {"menu.yaml": text, **files} if text else MENU, SPECS)
    assert found.document is not None, list(map(str, found.findings))
    return found.document


PEACHTREE = menu()


def a_menu(steps: str, *, languages: str = "[en]", more: str = "") -> Document:
    """Steps before a queue of people; it begins at the first of them."""
    start = steps.split(":", 1)[0].strip()
    return menu(
        f"name: Small\nlanguages: {languages}\nzone: America/New_York\nstart: {start}\nperson: people\n{more}"
        f"steps:\n  people: {{step: queue, queue: member_services, say: {{en: I will connect you.}}}}\n"
        + "".join(f"  {line}\n" for line in steps.strip("\n").splitlines())
    )


def walk(*doings: Doing, document: Document = PEACHTREE, facts: Facts | None = None, **given: Any) -> Walk:
    """A call in English on a workday, unless it is said otherwise."""
    arrival = Given(now=WORKDAY, language="en", facts=facts or Facts(members={"10000023": ROSE}))
    called = Walk(document, replace(arrival, **given), LEVELS)
    for doing in doings:
        called.do(doing)
    return called


def heard(called: Walk) -> list[str]:
    """What was said since the caller last did something."""
    return [each.text for each in called.turns[-1].heard]


def values(**named: AnyValue) -> dict[str, AnyValue]:
    return named


def suite(path: Path, text: str, document: Document | None = PEACHTREE) -> Suite:
    """A file of tests, of the page's document."""
    path.write_text(text)
    return read(path, SPECS, lambda _: document)


NOWHERE = Place("nowhere")
