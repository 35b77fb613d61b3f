"""A file of golden tests is read with all that is wrong with it at once, and what is read can be written again."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

import pytest
import yaml
from benched import PEACHTREE, suite
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Problem
from core.yaml_places import YamlNotes, compose
from ivr.bench import facts_form, values
from ivr.bench.doings import HangsUp, Presses, Says, SetsClock, Waits
from ivr.bench.facts import DEFAULT_NOW, CallBacks, Facts, Person, Representative
from ivr.bench.facts_form import FactsForm
from ivr.bench.golden import Hears, HearsNot
from ivr.bench.golden_file import files, read
from ivr.bench.golden_text import _bare, _Dumper
from ivr.dialog.actions import QueueNow, Served
from ivr.self_service.catalogue import SPECS
from ivr.speaking.values import AnyValue, Clock, Count, Day, Digits, Minutes, Money, Words

BAD = """\
document: menu.yaml
fact: {}
facts:
  members:
    rose: {pin: 12a4}
    10000023: {relation: retiree, telephone: 12, birth: 1950-13-01, minor: maybe, collar: blue}
  representatives:
    700015: {code: 4711}
    700023: {member: 10000024}
  services:
    next_paymnt: none
    next_payment: {schduled: {amount: $10}}
    last_payment: {paid: {amount: $1,200.50, dya: 2026-12-01}}
  queues:
    member_servics: {wait: soon}
    survivors: open
tests:
  - name: Once
    now: 2026-02-30 10:00
    language: fr
    call:
      - hears: /(/
      - hers: Main menu
      - presses: 1a
      - waits: 0
      - wait
      - presses: 1
        hears: Main
      - at: noon
    ends: {queue: member_services, outside: 911}
  - name: Once
    call: []
    ends: goodby
    learnt: {verified: sure, consnet: given}
  - call:
      - says: ""
    ends: {at: mian, skills: [a]}
"""

FINDINGS = """\
2:1: found the unknown field 'fact', expected one of tests, document, facts (did you mean 'facts'?)
4:3: found 700023, who acts for '10000024', expected one of the members (did you mean '10000023'?)
5:5: found 'rose', expected a member number, in digits
5:17: found '12a4', expected digits
6:46: found '12', expected a telephone number as 404-555-0123
6:57: found '1950-13-01', expected a date as 1950-03-04
6:76: found 'maybe', expected true or false
6:83: found the unknown field 'collar', expected one of first_name, relation, language, telephone, pin, ssn, birth, \
protected, minor, locked
8:13: found no member, expected a field 'member' here
11:5: found the service 'next_paymnt', expected a service of Memberline (did you mean 'next_payment'?)
12:19: found the outcome 'schduled', expected one of scheduled, suspended, none, person, not_allowed, unverified, \
failed (did you mean 'scheduled'?)
13:19: found paid without day, expected every value that a prompt may name then
13:44: found nothing, expected a value; inside {…} one with a comma stands in quotes
13:51: found the value 'dya', expected one of amount, day (did you mean 'day'?)
15:5: found the queue 'member_servics', expected one of this document: member_services, survivors (did you mean \
'member_services'?)
15:28: found 'soon', expected a wait as 12 min or 90 s
16:16: found 'open', expected how a queue stands: one of closed
19:10: found '2026-02-30 10:00', expected a day and a time of the 24-hour clock, as 2026-11-24 10:00
20:15: found the language 'fr', expected one of this document: en, es
22:16: found '/(/', which is no regular expression, expected missing ), unterminated subpattern at position 0
23:9: found the unknown field 'hers', expected one of hears, hears_not, presses, enters, says, mumbles, waits, at, \
hangs_up (did you mean 'hears'?)
24:18: found '1a', expected keys of a telephone: 0 to 9, * and # ('*' and '#' in quotes)
25:16: found '0', expected a whole number of at least 1 and at most 20
26:9: found 'wait', expected a line of a call: one of waits, hangs_up (did you mean 'waits'?)
27:9: found presses and hears in one line, expected one of them a line
29:13: found 'noon', expected a day and a time of the 24-hour clock, as 2026-11-24 10:00
30:11: found queue and outside, expected one of queue, outside, at
31:11: found the test 'Once' twice, expected another name
33:11: found 'goodby', expected an end, or {queue: …}, {outside: …}, {at: …}: one of goodbye, hangs_up (did you mean \
'goodbye'?)
34:24: found 'sure', expected a level: one of none, number_match, knowledge, pin
34:30: found the unknown field 'consnet', expected one of verified, consent, language, member, chosen, path (did you \
mean 'consent'?)
35:5: found no name, expected a field 'name' here
36:15: found nothing, expected words
37:16: found the step 'mian', expected one of this document: *
37:30: found skills without a queue, expected it with queue: only"""


def test_everything_wrong_with_a_file_is_told_at_once_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "bad.test.yaml"
    found = [str(finding).removeprefix(f"{path}:") for finding in suite(path, BAD).findings]
    steps = ", ".join(sorted(PEACHTREE.steps))
    named = [
        f"{line.removesuffix('*')}{steps} (did you mean 'main'?)" if line.endswith("*") else line
        for line in FINDINGS.splitlines()
    ]
    assert found == named


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ":"),
        ("tests: []", "1:8: found a list, expected at least one test"),
        ("tests: [", "1:9: found"),
        ("[]", "1:1: found a list, expected a mapping with tests"),
    ],
)
def test_what_is_no_file_of_tests_is_told(tmp_path: Path, text: str, said: str) -> None:
    assert any(said in str(finding) for finding in suite(tmp_path / "a.test.yaml", text).findings)


def test_a_file_that_is_not_there_and_a_folder_without_tests(tmp_path: Path) -> None:
    [finding] = read(tmp_path / "none.test.yaml", SPECS, lambda _: None).findings
    assert "none.test.yaml: found a file that cannot be read" in str(finding)
    with pytest.raises(Problem, match=r"no file called \*\.test\.yaml is here"):
        files(tmp_path)


GOOD = """\
facts:
  members: {10000023: {pin: 1234, first_name: Rose}}
  services: {next_payment: [none, {scheduled: {amount: $10, day: 2026-12-01}}, failed]}
tests:
  - name: All of it
    dialled: "5001"
    facts:
      members: {10000031: }
      announced: {everywhere: Closed., survivors: {en: Busy., es: Ocupado.}}
      queues: {survivors: closed, member_services: {closed: {en: Ice.}}}
      unanswered: [1-800-633-4227]
      callbacks: {refused: all}
    call:
      - waits
      - waits: 2
      - hears: [Main menu, /payments?/]
      - hears_not: Rose
      - presses: "*"
      - enters: 12345678#
      - says: yes
      - mumbles: on
      - at: 2026-12-24 9:05
      - hangs_up
    ends: hangs_up
"""


def test_a_good_file_means_what_it_says(tmp_path: Path) -> None:
    read_ = suite(tmp_path / "good.test.yaml", GOOD)
    assert read_.findings == ()
    [test] = read_.tests
    assert [line.what for line in test.lines] == [
        Waits(),
        Waits(),
        Waits(),
        Hears(("Main menu", "/payments?/")),
        HearsNot(("Rose",)),
        Presses("*"),
        Presses("12345678#", entered=True),
        Says("yes"),
        Says("on", clearly=False),
        SetsClock(DEFAULT_NOW.replace(month=12, day=24, hour=9, minute=5)),
        HangsUp(),
    ]
    facts = test.given.facts
    assert (test.given.now, test.given.dialled) == (DEFAULT_NOW, "5001")
    assert set(facts.members) == {"10000023", "10000031"}
    assert [served.outcome for served in facts.services["next_payment"]] == ["none", "scheduled", ""]
    assert facts.services["next_payment"][1].values == {"amount": Money(cents=1000), "day": Day(day=date(2026, 12, 1))}
    assert facts.announced == {"": {"": "Closed."}, "survivors": {"en": "Busy.", "es": "Ocupado."}}
    assert facts.queues["member_services"] == QueueNow(closed=True, message={"en": "Ice."})
    assert [str(line.place).rpartition("/")[2] for line in test.lines[:3]] == [
        "good.test.yaml:14:9",
        "good.test.yaml:15:9",
        "good.test.yaml:15:9",
    ]


# --- values and facts, there and back

TEXT = st.text("abcXYZ019 -áñ$:.,#'\"{}[]&*", min_size=1, max_size=12).map(str.strip).filter(bool)
VALUES: st.SearchStrategy[AnyValue] = st.one_of(
    st.integers(-(10**9), 10**9).map(lambda cents: Money(cents=cents)),
    st.dates(date(1900, 1, 1), date(2100, 1, 1)).map(lambda day: Day(day=day)),
    st.times().map(lambda at: Clock(time=time(at.hour, at.minute))),
    st.integers(0, 10**9).map(lambda number: Count(number=number)),
    st.integers(0, 10_000).map(lambda minutes: Minutes(minutes=minutes)),
    st.text("ABZ0129-a", min_size=1, max_size=8).map(lambda digits: Digits(digits=digits)),
    TEXT.map(lambda text: Words(texts={"": text})),
    st.dictionaries(st.sampled_from(["en", "es", "pt-BR"]), TEXT, min_size=1).map(lambda texts: Words(texts=texts)),
)
NUMBERS = st.text("0123456789", min_size=1, max_size=8)
PEOPLE = st.builds(
    Person,
    first_name=st.sampled_from(["", "Rose", "José"]),
    relation=st.sampled_from(["", "retiree"]),
    language=st.sampled_from(["", "es"]),
    telephone=st.sampled_from(["", "404-555-0123"]),
    pin=st.sampled_from(["", "1234", "0042"]),
    ssn=st.sampled_from(["", "6789", "0001"]),
    birth=st.none() | st.dates(date(1900, 1, 1)),
    protected=st.booleans(),
    minor=st.booleans(),
    locked=st.none() | st.integers(0, 5),
)
QUEUES = st.one_of(
    st.builds(QueueNow, wait_s=st.none() | st.integers(0, 5000).map(float), position=st.none() | st.integers(1, 99)),
    st.just(QueueNow(closed=True)),
    st.builds(QueueNow, closed=st.just(True), message=st.fixed_dictionaries({"en": TEXT})),
)
OUTCOMES = st.builds(
    Served,
    outcome=st.sampled_from(["", "none", "yes"]),
    values=st.dictionaries(st.sampled_from(["amount", "day"]), VALUES),
)
FACTS = st.builds(
    Facts,
    members=st.dictionaries(NUMBERS, PEOPLE, max_size=3),
    representatives=st.dictionaries(
        NUMBERS, st.builds(Representative, member=NUMBERS, code=st.sampled_from(["", "0711"])), max_size=2
    ),
    services=st.dictionaries(
        st.sampled_from(["next_payment", "no"]), st.lists(OUTCOMES, min_size=1, max_size=3).map(tuple)
    ),
    queues=st.dictionaries(st.sampled_from(["member_services", "a"]), QUEUES),
    announced=st.dictionaries(st.sampled_from(["", "a"]), st.fixed_dictionaries({"": TEXT})),
    callbacks=st.none()
    | st.builds(
        CallBacks,
        reference=st.sampled_from(["CB7", "0042"]),
        refused=st.sampled_from([(), ("all",), ("404-555-0123",)]),
    ),
    unanswered=st.sampled_from([(), ("1-800-633-4227",)]),
)


def _written(plain: object) -> yaml.Node:
    return compose("facts", yaml.dump(_bare(plain), Dumper=_Dumper, sort_keys=False, allow_unicode=True))


@given(VALUES)
def test_a_value_is_read_as_it_was_written(value: AnyValue) -> None:
    notes = YamlNotes()
    assert values.from_node(notes, _written(values.to_plain(value))) == value
    assert notes.findings == []


@given(FACTS)
def test_facts_are_read_as_they_were_written(facts: Facts) -> None:
    notes = YamlNotes()
    assert FactsForm(notes, None).read(_written(facts_form.to_plain(facts))) == facts
    assert notes.findings == []
