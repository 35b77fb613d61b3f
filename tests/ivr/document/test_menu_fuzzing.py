"""Whatever is written: findings or a document, never an exception, and never a document that is not whole."""

from __future__ import annotations

import random
import re
from typing import Any, get_args

import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from written_menu import GOOD, MAIN, SERVICES, read_text

from ivr.document.model import BACK, PERSON, STANDARD, Document, Kind, Menu, Queue
from ivr.document.opening import HOLIDAYS, SPECIAL, WEEKDAYS
from ivr.document.reading import Read, read_files
from ivr.document.steps import CONDITION, OFFER, STEPS, TRIES
from ivr.document.ways import ways

WORDS = [
    *("name", "languages", "zone", "start", "person", "slow", "include", "prompts", "hours", "steps", "step", "about"),
    *STEPS,
    *sorted({field for step in STEPS.values() for field in step.fields}),
    *(*TRIES.fields, *CONDITION.fields, *OFFER.fields, *STANDARD, *get_args(Kind), *WEEKDAYS, HOLIDAYS, SPECIAL),
    *("recorded", "barge", "monday-friday", "8:00-17:00", "us-federal 2026", "2026-11-26", "closed", "main", BACK),
    *("en", "es", "*", "#", "0", "1", "{form}", "menu.yaml", "../x", "office", "no", "~", "UTC", "knowledge", "pin"),
]
SCALARS = st.one_of(
    st.sampled_from(WORDS), st.text(max_size=12), st.integers(), st.booleans(), st.none(), st.floats(), st.dates()
)
TREES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=25,
)


def sound(result: Read) -> None:
    """What must hold of anything that was read."""
    assert (result.document is None) == bool(result.errors)
    for finding in result.findings:
        assert finding.found
        assert finding.expected
        assert finding.place.file in result.files
        assert "\n" not in str(finding)
        str(finding).encode()
    assert list(result.findings) == sorted(
        result.findings,
        key=lambda each: (list(result.files).index(each.place.file), each.place.line, each.place.column),
    )
    if result.document is not None:
        whole(result.document)


def whole(document: Document) -> None:
    """What the dialog builds on."""
    assert isinstance(document.steps[document.person], Queue)
    targets = {*document.steps, BACK, PERSON}
    assert document.start in document.steps
    assert all(way.target in targets for step in document.steps.values() for way in ways(step))
    assert set(document.standard) == set(STANDARD)
    for say in document.standard.values():
        assert all(set(document.languages) <= prompt.texts.keys() for prompt in say)
    for step in document.steps.values():
        if isinstance(step, Menu):
            assert all(re.fullmatch("[0-9*]", key) for key in step.options)
            assert len([key for key in step.options if key not in "0*"]) <= 9


@given(TREES)
@settings(max_examples=120, deadline=None)
def test_any_structure_is_told_or_is_a_document(tree: Any) -> None:
    sound(read_text(yaml.safe_dump(tree, allow_unicode=True)))


@given(st.dictionaries(st.sampled_from(["prompts", "hours", "steps", "include", "name", "languages"]), TREES))
@settings(max_examples=120, deadline=None)
def test_any_structure_in_the_right_places_is_told_or_is_a_document(tree: dict[str, Any]) -> None:
    head = {"name": "n", "languages": ["en", "es"], "zone": "UTC", "start": "main", "person": "main"}
    sound(read_text(yaml.safe_dump(head | tree, allow_unicode=True)))


@given(st.text(max_size=300))
@example("\x00")
@example("a: \x85\u2028b")
@example("- " * 3000)
@example("{" * 3000)
@settings(max_examples=120, deadline=None)
def test_any_text_is_told(text: str) -> None:
    sound(read_text(text))


@given(st.integers(0, 2**32), st.integers(1, 6))
@settings(max_examples=120, deadline=None)
def test_a_good_document_with_its_characters_spoiled_is_told_or_is_still_one(seed: int, times: int) -> None:
    chance = random.Random(seed)
    text = GOOD
    for _ in range(times):
        at = chance.randrange(len(text))
        text = (
            text[:at]
            + chance.choice(["", chance.choice("{}[]:,*#&'\"\n -0aé\t"), *WORDS])
            + text[at + chance.randrange(3) :]
        )
    sound(read_text(text))


@given(st.integers(0, 2**32), st.integers(1, 4))
@settings(max_examples=120, deadline=None)
def test_a_good_document_with_its_parts_exchanged_is_told_or_is_still_one(seed: int, times: int) -> None:
    chance = random.Random(seed)
    tree = _values(yaml.safe_load(GOOD.replace("?", "")))
    for _ in range(times):
        parts = list(_parts(tree))
        holder, key = chance.choice(parts)
        match chance.randrange(4):
            case 0:
                del holder[key]
            case 1:
                holder[key] = chance.choice(WORDS)
            case 2:
                other, at = chance.choice(parts)
                holder[key] = (
                    yaml.safe_load(yaml.safe_dump(other[at])) if at in range(len(other)) or at in other else None
                )
            case 3 if isinstance(holder, dict):
                holder[chance.choice(WORDS)] = holder.pop(key)
    sound(read_text(yaml.safe_dump(tree, allow_unicode=True, sort_keys=False)))


def _values(tree: Any) -> Any:
    """With plain words for dates, as an author writes them."""
    if isinstance(tree, dict):
        return {str(key): _values(value) for key, value in tree.items()}
    return [_values(each) for each in tree] if isinstance(tree, list) else str(tree)


def _parts(tree: Any) -> Any:
    if isinstance(tree, dict | list):
        for key in list(tree) if isinstance(tree, dict) else range(len(tree)):
            yield tree, key
            yield from _parts(tree[key])


@given(
    st.dictionaries(
        st.sampled_from(["a.yaml", "b.yaml", "c/d.yaml"]),
        st.lists(st.sampled_from(["a.yaml", "b.yaml", "c/d.yaml", MAIN, "./a.yaml", "gone.yaml"]), max_size=3),
    )
)
@settings(max_examples=80, deadline=None)
def test_files_may_include_each_other_in_any_way(includes: dict[str, list[str]]) -> None:
    files = {name: yaml.safe_dump({"include": others}) for name, others in includes.items()}
    main = f"include: [{', '.join(includes)}]\n{GOOD}"
    sound(read_files(MAIN, {**files, MAIN: main}, SERVICES))
