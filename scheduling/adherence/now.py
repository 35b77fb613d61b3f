"""Who is as planned at this moment, for the wall. Pure.

Costs O(blocks + spells) of what it is given: today's are enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from scheduling.adherence.judging import judge
from scheduling.adherence.model import (
    GONE,
    IN,
    OUT,
    SIGNED_OUT,
    UNKNOWN,
    Light,
    Now,
    Planned,
    Rules,
    Spell,
    Verdict,
    in_order,
)

_UTC = ZoneInfo("UTC")  # to which day a span belongs does not matter here
_MOMENT = timedelta(microseconds=1)


def now(person_id: str, blocks: Sequence[Planned], spells: Sequence[Spell], at: datetime, rules: Rules) -> Now:
    """The light of one person. What `spells` say of a time after `at` is not looked at; the last lasts if it ends then.

    Within the grace at a block's start or end a wrong state is still `green`, as it will be judged later. Raises
    `Problem` for blocks that overlap.
    """
    planned = in_order(blocks)
    block = next((each for each in planned if each.start <= at < each.end), None)
    past = [replace(spell, end=min(spell.end, at)) for spell in spells if spell.start <= at]
    if past and past[-1].end == at:
        past[-1] = replace(past[-1], end=at + _MOMENT)
    spans = [span for span in judge(planned, past, rules, _UTC) if span.start <= at]
    if not spans or spans[-1].end <= at:
        return Now(
            person_id=person_id, light="off", activity=None, presence=SIGNED_OUT, reason="", since=at.astimezone(UTC)
        )
    last = spans[-1]
    n = len(spans) - 1
    while n and spans[n - 1].end == spans[n].start and _alike(spans[n - 1].verdict, last.verdict):
        if last.verdict in OUT and spans[n - 1].activity is not last.activity:
            break  # each block has its own beginning
        n -= 1
    since = spans[n].start
    light: Light
    if block is None:
        light = "off"
    elif last.presence == UNKNOWN:
        light = "unknown"
    elif last.verdict in IN or _leaves_in_time(block, since, rules):
        light = "green"
    else:
        light = "missing" if last.presence in GONE else "late"
    return Now(
        person_id=person_id,
        light=light,
        activity=block.activity if block else None,
        presence=last.presence,
        reason=last.reason,
        since=since,
        until=block.end.astimezone(UTC) if block else None,
    )


def _alike(one: Verdict, other: Verdict) -> bool:
    return one is other or any(one in group and other in group for group in (IN, OUT))


def _leaves_in_time(block: Planned, since: datetime, rules: Rules) -> bool:
    return since > block.start and (block.end - since).total_seconds() <= rules.grace_end_s
