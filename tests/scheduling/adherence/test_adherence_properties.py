"""What holds for every day: minutes add up, and how a state is told in parts changes nothing."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest
from adherence_day import DAY
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from scheduling.adherence.folding import fold
from scheduling.adherence.judging import judge
from scheduling.adherence.model import IN, Explanation, Planned, Rules, Seen, Span, Spell, Verdict
from scheduling.adherence.reporting import by_minute, days
from scheduling.plan.model import Activity

NEW_YORK = ZoneInfo("America/New_York")
STATES = (
    ("available", ""), ("on_call", ""), ("wrap_up", ""), ("paused", "break"), ("paused", "meeting"),
    ("signed_out", ""), ("away", "desk"), ("unknown", ""),
)  # fmt: skip
PLANNED = [each for each in Activity if each is not Activity.OFF]


@st.composite
def plans(draw: st.DrawFn) -> list[Planned]:
    """Blocks of whole minutes around midnight of New York, some with gaps between them."""
    made, at = [], DAY + timedelta(hours=20)
    for _ in range(draw(st.integers(1, 8))):
        at += timedelta(minutes=draw(st.sampled_from([0, 0, 0, 15, 200])))
        end = at + timedelta(minutes=draw(st.integers(1, 180)))
        made.append(Planned(person_id="ana", activity=draw(st.sampled_from(PLANNED)), start=at, end=end))
        at = end
    return made


@st.composite
def events(draw: st.DrawFn) -> list[Seen]:
    times = draw(st.lists(st.integers(0, 40 * 3600), max_size=25))
    states = [draw(st.sampled_from(STATES)) for _ in times]
    return [
        Seen(at=DAY + timedelta(seconds=time), presence=presence, reason=reason)
        for time, (presence, reason) in zip(sorted(times), states, strict=True)
    ]


RULES = st.builds(
    Rules,
    grace_start_s=st.sampled_from([0.0, 60.0, 900.0]),
    grace_end_s=st.sampled_from([0.0, 60.0, 900.0]),
    calls_may_end=st.booleans(),
    rests_follow=st.booleans(),
)


@st.composite
def explanations(draw: st.DrawFn) -> list[Explanation]:
    made = []
    for _ in range(draw(st.integers(0, 4))):
        start = DAY + timedelta(minutes=draw(st.integers(0, 40 * 60)))
        made.append(
            Explanation(
                person_id="ana",
                start=start,
                end=start + timedelta(minutes=draw(st.integers(1, 300))),
                text="why",
                decision=draw(st.sampled_from(["open", "approved", "refused"])),
            )
        )
    return made


def spelled(told: list[Seen]) -> tuple[Spell, ...]:
    return fold(told, DAY, DAY + timedelta(hours=44)).spells


def length(spans: tuple[Span, ...]) -> float:
    return sum(span.seconds for span in spans if span.activity is not None)


@given(plans(), events(), RULES, explanations())
def test_times_by_verdict_add_up_to_what_was_scheduled(
    blocks: list[Planned], told: list[Seen], rules: Rules, said: list[Explanation]
) -> None:
    spans = judge(blocks, spelled(told), rules, NEW_YORK, said)
    scheduled = sum((block.end - block.start).total_seconds() for block in blocks)
    found = days("ana", spans, rules, said)
    assert sum(each.scheduled_s for each in found) == pytest.approx(scheduled)
    for each in found:
        assert sum(each.by_verdict.values()) == pytest.approx(each.scheduled_s)
        out = sum(seconds for verdict, seconds in each.by_verdict.items() if verdict not in IN | {Verdict.UNKNOWN})
        assert each.adherent_s + out + each.unknown_s == pytest.approx(each.scheduled_s)
        told_out = sum((one.end - one.start).total_seconds() for one in each.exceptions)
        assert told_out == pytest.approx(out + each.excused_s)


@given(plans(), events(), RULES)
def test_the_minutes_one_by_one_are_as_many_as_were_scheduled(
    blocks: list[Planned], told: list[Seen], rules: Rules
) -> None:
    spans = judge(blocks, spelled(told), rules, NEW_YORK)
    for block in blocks:
        minutes = by_minute(spans, block.start, block.end)
        assert len(minutes) == (block.end - block.start) / timedelta(minutes=1)
        assert Verdict.NOT_SCHEDULED not in minutes


@given(plans(), events(), RULES, st.integers(1, 44 * 3600 - 1))
def test_a_state_told_in_two_parts_is_judged_as_one(
    blocks: list[Planned], told: list[Seen], rules: Rules, second: int
) -> None:
    cut = DAY + timedelta(seconds=second)
    parts: list[Spell] = []
    for spell in spelled(told):
        if spell.start < cut < spell.end:
            parts += [replace(spell, end=cut), replace(spell, start=cut)]
        else:
            parts.append(spell)
    assert judge(blocks, parts, rules, NEW_YORK) == judge(blocks, spelled(told), rules, NEW_YORK)


@given(plans(), events(), RULES, st.data())
def test_a_block_planned_in_two_parts_is_judged_as_one(
    blocks: list[Planned], told: list[Seen], rules: Rules, data: st.DataObject
) -> None:
    n = data.draw(st.integers(0, len(blocks) - 1))
    cut = blocks[n].start + (blocks[n].end - blocks[n].start) / 2
    parts = [*blocks[:n], replace(blocks[n], end=cut), replace(blocks[n], start=cut), *blocks[n + 1 :]]
    assert judge(parts, spelled(told), rules, NEW_YORK) == judge(blocks, spelled(told), rules, NEW_YORK)


@given(events(), st.randoms(use_true_random=False))
def test_the_order_in_which_events_arrive_does_not_matter(told: list[Seen], random: Random) -> None:
    unlike = list({each.at: each for each in told}.values())  # of one instant the later told stands
    mixed = list(unlike)
    random.shuffle(mixed)
    assert spelled(mixed) == spelled(unlike)


@given(events())
def test_spells_have_no_gap_and_telling_all_twice_changes_nothing(told: list[Seen]) -> None:
    found = spelled(told)
    assert (found[0].start, found[-1].end) == (DAY, DAY + timedelta(hours=44))
    for sooner, later in pairwise(found):
        assert sooner.end == later.start
        assert sooner.state != later.state or sooner.reason != later.reason
    assert spelled([each for each in told for _ in range(2)]) == found


@given(plans(), events(), st.sampled_from([0.0, 30.0, 300.0]))
def test_more_grace_never_makes_it_worse(blocks: list[Planned], told: list[Seen], grace: float) -> None:
    less, more = (
        sum(each.adherent_s for each in days("ana", judge(blocks, spelled(told), rules, NEW_YORK), rules))
        for rules in (
            Rules(grace_start_s=grace, grace_end_s=grace),
            Rules(grace_start_s=grace + 60, grace_end_s=grace + 60),
        )
    )
    assert more >= less - 1e-6


@given(plans(), events(), RULES, explanations())
def test_explanations_move_time_from_out_to_excused_and_nothing_else(
    blocks: list[Planned], told: list[Seen], rules: Rules, said: list[Explanation]
) -> None:
    without, with_them = (judge(blocks, spelled(told), rules, NEW_YORK, given) for given in ([], said))
    before, after = Counter[Verdict](), Counter[Verdict]()
    for span in without:
        before[span.verdict] += int(span.seconds)
    for span in with_them:
        after[span.was or span.verdict] += int(span.seconds)
    assert before == after
    assert length(without) == length(with_them)
