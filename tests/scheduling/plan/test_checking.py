"""Each rule, broken by a small schedule that breaks nothing else: named with the person, the day and the rule."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from msgspec.structs import replace
from plan_office import HALF, MONDAY, RULES, TUESDAY, WEEK, person

from scheduling.plan.checking import Breach, check
from scheduling.plan.model import Activity, Block, Fixed, Person, Rest, Rules, Shift, TimeOff, Window

PHONE, BREAK, LUNCH = Activity.PHONE, Activity.BREAK, Activity.LUNCH
MEETING, CORRESPONDENCE, REVIEW = Activity.MEETING, Activity.CORRESPONDENCE, Activity.REVIEW

# A half shift from 8:00 to 12:00, with its break at 9:30.
MORNING = ((480, PHONE), (570, BREAK), (585, PHONE), (720, None))


def day(*parts: tuple[int, Activity | None], on: date = MONDAY, who: str = "ann") -> list[Block]:
    """Blocks one after the other: each begins where it says and ends where the next begins; None is nothing."""
    return [
        Block(
            person_id=who,
            day=on,
            start=start,
            end=end,
            activity=activity,
            queues=frozenset({"general"} if activity is PHONE else ()),
        )
        for (start, activity), (end, _) in pairwise(parts)
        if activity is not None
    ]


def ann(**other: Any) -> Person:
    """Whose hours, as long as nothing else is said, can be any."""
    return person("Ann", **{"hours": 40.0, "least_hours": 0.0, "shifts": frozenset(), **other})


def only(found: Sequence[Breach], rule: str, on: date | None = MONDAY, start: int | None = None) -> Breach:
    (breach,) = found
    assert (breach.rule, breach.person_id, breach.day) == (rule, "ann", on)
    assert breach.start == start
    return breach


def test_a_half_day_and_a_full_one_break_no_rule() -> None:
    full = day((480, PHONE), (585, BREAK), (600, PHONE), (720, LUNCH), (750, PHONE), (840, BREAK), (855, PHONE),
               (990, None), on=TUESDAY)  # fmt: skip
    assert check(WEEK, [ann()], RULES, [*day(*MORNING), *full]) == []


def test_somebody_who_is_not_here() -> None:
    (breach,) = check(WEEK, [ann()], RULES, day(*MORNING, who="zoe"))
    assert (breach.rule, breach.says) == ("person", "Nobody here is zoe.")


def test_a_day_of_another_week() -> None:
    later = MONDAY + timedelta(days=7)
    found = check(WEEK, [ann()], RULES, day(*MORNING, on=later))
    assert {(breach.rule, breach.day) for breach in found} == {("week", later)}


def test_a_time_between_the_quarters_of_an_hour() -> None:
    found = check(WEEK, [ann()], RULES, day((480, PHONE), (500, PHONE), *MORNING[1:]))
    assert [(breach.rule, breach.person_id, breach.day, breach.start) for breach in found] == [
        ("time", "ann", MONDAY, 480),
        ("time", "ann", MONDAY, 500),
    ]


# Each: what Ann is, what her Monday is, and the rule with the time that is named.
CASES: dict[str, tuple[dict[str, Any], Sequence[tuple[int, Activity | None]], str, int | None, str]] = {
    "skill": ({"skills": {"health": 0}}, (*MORNING[:2], (585, CORRESPONDENCE), (720, None)), "skill", 480, "general"),
    "duty": ({}, (*MORNING[:2], (585, REVIEW), (720, None)), "duty", 585, "review is not work of level 1 (Ann)"),
    "overlap": ({}, (), "overlap", 585, "Ann is at break and phone at once"),
    "gap": ({}, (*MORNING[:2], (585, None), (600, PHONE), (720, None)), "gap", 585, "nothing to do at 9:45"),
    "no such shift": (
        {},
        ((495, PHONE), (585, BREAK), (600, PHONE), (735, None)),
        "shift",
        495,
        "8:15 to 12:15 is no kind of shift",
    ),
    "not their shift": ({"shifts": frozenset({"day"})}, MORNING, "shift", 480, "Ann works no half shifts"),
    "another rest": (
        {},
        ((480, PHONE), (570, LUNCH), (585, PHONE), (720, None)),
        "rests",
        None,
        "Ann must have as rests: break; has: lunch.",
    ),
    "rest too long": ({}, ((480, PHONE), (570, BREAK), (600, PHONE), (720, None)), "rests", 570, "30 minutes long"),
    "rest too early": (
        {},
        ((480, PHONE), (540, BREAK), (555, PHONE), (720, None)),
        "rests",
        540,
        "begins at 9:00, and must between 9:15 and 10:30",
    ),
    "too many changes": (
        {},
        ((480, PHONE), (570, BREAK), (585, PHONE), (615, CORRESPONDENCE), (690, PHONE), (720, None)),
        "changes",
        585,
        "changes more than once from 9:45 to 12:00",
    ),
    "short phone": (
        {},
        ((480, PHONE), (570, BREAK), (585, PHONE), (600, CORRESPONDENCE), (720, None)),
        "block",
        585,
        "phone at 9:45 takes 15 minutes, less than 30",
    ),
    "short duty": (
        {},
        ((480, PHONE), (570, BREAK), (585, CORRESPONDENCE), (615, PHONE), (720, None)),
        "block",
        585,
        "correspondence at 9:45 takes 30 minutes, less than 60",
    ),
    "not available": (
        {"available": (Window(weekday=0, start=540), Window(weekday=1))},
        MORNING,
        "availability",
        480,
        "can work 9:00 to 24:00 that day, not 8:00 to 12:00",
    ),
    "time off": (
        {"time_off": (TimeOff(day=MONDAY, start=660, end=720),)},
        MORNING,
        "time_off",
        480,
        "away from 11:00 to 12:00",
    ),
    "meeting missed": (
        {"fixed": (Fixed(day=MONDAY, start=600, end=660, title="Team"),)},
        MORNING,
        "fixed",
        600,
        "is not at Team, 10:00 to 11:00",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_day_that_breaks_one_rule(name: str) -> None:
    who, parts, rule, start, says = CASES[name]
    blocks = day(*parts)
    if name == "overlap":
        blocks = day(*MORNING)
        blocks[1] = replace(blocks[1], end=600)
    breach = only(check(WEEK, [ann(**who)], RULES, blocks), rule, start=start)
    assert says in breach.says


@pytest.mark.parametrize(
    ("rests", "parts", "says"),
    [
        ((15, 75), ((480, PHONE), (495, BREAK), (510, PHONE), (690, None)), "works only from 8:00 to 8:15"),
        ((180, 210), ((480, PHONE), (675, BREAK), (690, None)), "works from 8:00 to 11:15 without a rest"),
    ],
    ids=["too short", "too long"],
)
def test_a_stretch_of_work_of_another_length(
    rests: tuple[int, int], parts: Sequence[tuple[int, Activity | None]], says: str
) -> None:
    rest = Rest(activity=BREAK, minutes=15, earliest=rests[0], latest=rests[1])
    rules = replace(RULES, shifts=(Shift(name="short", minutes=210, starts=(480,), rests=(rest,)),), phone_least=15)
    breach = only(check(WEEK, [ann()], rules, day(*parts)), "stretch", start=480)
    assert says in breach.says


def test_a_meeting_counts_with_the_work_beside_it() -> None:
    parts = ((480, PHONE), (570, BREAK), (585, CORRESPONDENCE), (600, MEETING), (645, PHONE), (720, None))
    who = ann(fixed=(Fixed(day=MONDAY, start=600, end=645),))
    assert check(WEEK, [who], RULES, day(*parts)) == []


# --- days and the week --------------------------------------------------------------------------------


def _late(rules: Rules = RULES) -> Rules:
    return replace(rules, shifts=(replace(HALF, starts=(360, 480, 1080)),))


def test_too_little_rest_between_two_days() -> None:
    evening = day((1080, PHONE), (1170, BREAK), (1185, PHONE), (1320, None))
    early = day((360, PHONE), (450, BREAK), (465, PHONE), (600, None), on=TUESDAY)
    breach = only(check(WEEK, [ann()], _late(), [*evening, *early]), "rest_between_days", TUESDAY, 360)
    assert breach.says == "Ann has 8:00 hours between two shifts, and must have 11:00."


def test_too_many_days() -> None:
    blocks = [block for number in range(6) for block in day(*MORNING, on=MONDAY + timedelta(days=number))]
    assert "works on 6 days, more than 5" in only(check(WEEK, [ann()], RULES, blocks), "most_days", None).says


@pytest.mark.parametrize(
    ("who", "says"),
    [
        ({"hours": 20.0, "least_hours": None}, "Ann works 4:00 hours, and must 20:00."),
        ({"hours": 3.0, "least_hours": 2.0}, "Ann works 4:00 hours, and must 2:00 to 3:00."),
        (
            {"hours": 20.0, "least_hours": None, "time_off": (TimeOff(day=TUESDAY, credit=480),)},
            "Ann works 4:00 hours, and must 12:00.",
        ),
    ],
    ids=["too few", "too many", "with leave"],
)
def test_hours_other_than_the_contract_has(who: dict[str, Any], says: str) -> None:
    assert only(check(WEEK, [ann(**who)], RULES, day(*MORNING)), "hours", None).says == says


def test_another_share_on_the_phones() -> None:
    breach = only(check(WEEK, [ann(phone_most=0.5)], RULES, day(*MORNING)), "share", None)
    assert breach.says == "Ann is on the phones for 94% of the week, and must be for 0% to 50%."


def test_every_person_has_their_own_breaches_in_the_order_given() -> None:
    zoe = replace(ann(phone_least=1.0), person_id="zoe", name="Zoe")
    found = check(WEEK, [zoe, ann(phone_most=0.5)], RULES, [*day(*MORNING), *day(*MORNING, who="zoe")])
    assert [(breach.person_id, breach.rule) for breach in found] == [("zoe", "share"), ("ann", "share")]
