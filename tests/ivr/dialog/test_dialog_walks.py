"""Whatever a document says and a caller does: no exception, no dead end, no silence, nothing told that must not be."""

from __future__ import annotations

from random import Random

from callers import Walk
from documents import document, identify, leave, offer, people, plan, prompt, say
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivr.document.model import (
    BACK,
    PERSON,
    Announce,
    AnyStep,
    Branch,
    Case,
    Choose,
    Collect,
    Condition,
    Consent,
    Document,
    Goodbye,
    Identify,
    Leave,
    Menu,
    Option,
    Outside,
    Prompt,
    Queue,
    Reply,
    Say,
    Serve,
    Tries,
)

NAMES = tuple(f"s{number}" for number in range(8))


def test_ten_thousand_callers_all_end_with_a_person_or_a_goodbye() -> None:
    menus = plan()
    visited: set[str] = set()
    for seed in range(10_000):
        visited |= Walk(menus, Random(seed), steps=seed % 40).visited
    assert visited >= {name for name, step in menus.steps.items() if not isinstance(step, Announce | Branch)}


# --- documents made by chance of valid parts --------------------------------------------------------

targets = st.sampled_from((*NAMES, *NAMES, BACK, PERSON))
prompts: st.SearchStrategy[Prompt] = st.builds(
    prompt,
    st.sampled_from(("Something.", "Hello {first_name}.", "It is {amount}.", "You gave {it}.", "{announcement}")),
    barge=st.sampled_from((True, True, False)),
)
asked: st.SearchStrategy[Say] = st.lists(prompts, max_size=2).map(lambda more: (*more, *say("A question.")))
told: st.SearchStrategy[Say] = st.lists(prompts, max_size=2).map(tuple)
tries = st.builds(
    Tries, most=st.integers(1, 4), silent=told, wrong=told, over=told, next=st.one_of(st.just(PERSON), targets)
)
options = st.builds(
    lambda about, said, target: Option(
        about=about, say=said, next=target, phrases={"en": (about.lower(),), "es": (f"{about.lower()} es",)}
    ),
    st.sampled_from(("Payments", "Forms", "Address")),
    told,
    targets,
)
conditions = st.builds(
    Condition,
    open=st.sampled_from((None, "office", "never")),
    announced=st.sampled_from((None, True)),
    known=st.sampled_from((None, True, False)),
    verified=st.sampled_from((None, "number_match", "knowledge", "pin")),
    language=st.sampled_from((None, "es")),
    represented=st.sampled_from((None, True)),
    minor=st.sampled_from((None, True)),
    protected=st.sampled_from((None, False)),
)
services = st.sampled_from(("office_hours", "next_payment", "form_arrived", "change_address", "new"))
steps: st.SearchStrategy[AnyStep] = st.one_of(
    st.builds(Announce, say=told, next=targets),
    st.builds(Choose, say=asked, keys=st.just({"1": "en", "2": "es"}), next=targets),
    st.builds(Consent, say=asked, refused=told, next=targets),
    st.builds(
        Menu,
        say=asked,
        options=st.dictionaries(st.sampled_from("1234567890"), options, max_size=4),
        tries=tries,
        speech=st.booleans(),
    ),
    st.builds(
        Collect,
        name=st.sampled_from(("it", "other")),
        kind=st.sampled_from(("digits", "date", "amount", "phone", "yes_no")),
        say=asked,
        most=st.integers(1, 12),
        confirm=st.one_of(st.just(()), st.just(say("{value}?"))),
        secret=st.booleans(),
        speech=st.booleans(),
        tries=tries,
        next=targets,
    ),
    st.builds(
        lambda ways, tries, verified, unverified, minor: identify(
            ways=ways, tries=tries, verified=verified, unverified=unverified, minor=minor
        ),
        st.sampled_from((("pin",), ("knowledge", "pin"), ("pin", "knowledge"), ())),
        tries,
        targets,
        targets,
        targets,
    ),
    st.builds(
        Branch, cases=st.lists(st.builds(Case, when=conditions, next=targets), max_size=3).map(tuple), otherwise=targets
    ),
    st.builds(
        Serve,
        service=services,
        using=st.just({"it": "{it}"}),
        outcomes=st.dictionaries(st.sampled_from(("known", "yes", "told")), st.builds(Reply, say=told, next=targets)),
        identify=st.one_of(st.just(""), targets),
        unverified=targets,
        failed=targets,
    ),
    st.builds(
        lambda hours, closed, callback: people(queue="survivors", hours=hours, closed=closed, callback=callback),
        st.sampled_from(("", "office", "never")),
        targets,
        st.sampled_from((None, offer())),
    ),
    st.builds(leave, targets),
    st.builds(lambda failed: Outside(number="411", say=say("Call {number}."), failed=failed), targets),
    st.builds(Goodbye, say=told),
)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    made = {name: draw(steps) for name in NAMES}
    person = people(
        hours=draw(st.sampled_from(("", "office", "never"))),
        closed=draw(st.one_of(st.just(""), targets)),
        callback=draw(st.sampled_from((None, offer()))),
        wait=say("{position} {wait}"),
    )
    return document({**made, "people": person})


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(documents(), st.integers(0, 2**32), st.integers(0, 60))
def test_no_document_and_no_caller_bring_the_dialog_to_a_dead_end(made: Document, seed: int, lively: int) -> None:
    for each in range(5):
        Walk(made, Random(seed + each), steps=lively, odd=0.2)


def test_documents_made_by_chance_are_of_every_kind() -> None:
    """What the property above is worth: all kinds of steps are among them."""
    kinds = {Announce, Choose, Consent, Menu, Collect, Identify, Branch, Serve, Queue, Leave, Outside, Goodbye}
    seen: set[type] = set()

    @settings(max_examples=100, deadline=None, database=None)
    @given(documents())
    def look(made: Document) -> None:
        seen.update(type(made.steps[name]) for name in NAMES)

    look()
    assert seen >= kinds
