"""A menu is drawn with every step in its file's box, every way on, and in red what nothing leads to."""

from __future__ import annotations

import re
import subprocess

import pytest
from benched import MENU, PEACHTREE, a_menu, menu

from core.yaml_places import Place
from ivr.bench.drawing import LOOKS, dot
from ivr.bench.step_words import condition, rows, says
from ivr.document.model import AnyStep, Condition, Document
from ivr.document.reading import read_files
from ivr.self_service.catalogue import SPECS


def drawn(document: Document = PEACHTREE, *, every_way: bool = False) -> str:
    return dot(document, {name: Place("menu.yaml") for name in document.steps}, every_way=every_way)


def edges(text: str, source: str) -> list[str]:
    """Where lines lead from a step, dashed ones in brackets."""
    found = re.findall(rf'^  "{source}"(?::\w+:e)? -> "([\w-]+)"[:\w]*( \[style=dashed)?', text, re.MULTILINE)
    return [f"[{target}]" if dashed else target for target, dashed in found]


def test_every_file_is_a_box_with_its_steps() -> None:
    result = read_files("menu.yaml", MENU, SPECS)
    assert result.document is not None
    text = dot(result.document, {name: result.place("steps", name) for name in result.document.steps})
    boxes = re.findall(r'label="(\w+)"; fontsize=16;.*?\n(.*?)\n  }', text, re.DOTALL)
    assert [name for name, _ in boxes] == ["arrival", "main", "identify", "payments", "forms", "people"]
    assert re.findall(r'^    "([\w-]+)" \[', boxes[4][1], re.MULTILINE) == ["form-number", "form-noted"]


def test_a_document_of_one_file_has_no_box() -> None:
    assert "subgraph" not in drawn()


def test_every_kind_of_step_has_a_shape_or_a_colour_of_its_own() -> None:
    assert set(LOOKS) == {kind.__name__.lower() for kind in AnyStep.__args__}
    assert len({(look.shape, look.colour) for look in LOOKS.values()}) == len(LOOKS)


def test_options_are_rows_with_key_and_words() -> None:
    text = drawn()
    for key, about in (("1", "Payments"), ("2", "A form"), ("3", "Report a death"), ("4", "Medicare")):
        assert f"<b>{key}</b> {about}</td>" in text


def test_what_leads_forward_is_a_line_and_what_leads_back_or_to_a_person_is_named() -> None:
    text = drawn()
    assert edges(text, "main") == ["payment", "form-number", "survivors", "medicare"]
    assert edges(text, "payment") == ["[identify]"]  # where whoever is not verified goes
    assert "→ Main menu</font>" in text
    assert "☎ a person</font>" in text
    assert "too many tries</i>" not in text  # it goes without saying that they lead to a person


def test_every_way_may_be_drawn() -> None:
    text = drawn(every_way=True)
    assert edges(text, "main") == ["payment", "form-number", "survivors", "medicare", "[member-services]"]
    assert "main" in edges(text, "payment")
    assert "[member-services]" in edges(text, "payment")


def test_what_nothing_leads_to_is_red_and_a_target_that_is_not_there_is_named() -> None:
    files = {**MENU, "forms.yaml": MENU["forms.yaml"].replace("next: form-noted", "next: form-notted")}
    result = read_files("menu.yaml", files, SPECS)
    assert result.document is None
    assert result.draft is not None
    text = drawn(result.draft)
    [lost] = re.findall(r'^    "([\w-]+)" .*color="#c62828", penwidth=2', text, re.MULTILINE)
    assert lost == "form-noted"
    assert "→ form-notted?</font>" in text


def test_conditions_and_what_is_said_are_in_few_words() -> None:
    assert condition(Condition(open="office", known=False, relation=("retiree", "survivor"))) == (
        "open office, not known, relation retiree or survivor"
    )
    assert condition(Condition(value={"form": "7"})) == "form is 7"
    long = a_menu(f"hello: {{step: announce, say: {{en: {'word ' * 40}}}, next: people}}")
    assert says(long.steps["hello"], "en").endswith("word…")
    assert says(long.steps["people"], "en") == "queue member_services"


def test_outcomes_that_lead_to_the_same_step_are_one_row() -> None:
    assert [(row.label, row.target) for row in rows(PEACHTREE.steps["payment"])] == [
        ("scheduled", "main"),
        ("suspended, none, person, not allowed", "person"),
        ("not verified yet", "identify"),
        ("unverified, failed", "person"),
    ]


def test_whatever_stands_in_a_text_is_drawn_as_it_is() -> None:
    odd = menu(
        """name: "A <menu> & more"
languages: [en]
zone: America/New_York
start: main
person: people
steps:
  main:
    step: menu
    about: Say "yes" \\ <no> & {more}
    say: {en: Hello.}
    options:
      1: {about: "<b>&amp;", next: people}
  people: {step: queue, queue: member_services}
"""
    )
    svg = rendered(drawn(odd))
    assert "Say &quot;yes&quot; \\ &lt;no&gt; &amp; {more}" in svg
    assert "&lt;b&gt;&amp;amp;" in svg


def rendered(text: str) -> str:
    done = subprocess.run(["dot", "-Tsvg"], input=text.encode(), capture_output=True, check=True, timeout=60)
    assert done.stderr == b""
    return done.stdout.decode()


@pytest.mark.parametrize("every_way", [False, True])
def test_graphviz_draws_it_without_a_complaint(every_way: bool) -> None:
    svg = rendered(drawn(every_way=every_way))
    assert svg.count('class="node"') == len(PEACHTREE.steps)
