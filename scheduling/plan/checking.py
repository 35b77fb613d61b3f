"""Which rules a schedule breaks, in words. It knows nothing of how one is made, and reads blocks as a person would."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise

from core.events import Message
from scheduling.plan.model import DAY, DUTIES, FIXED, RESTS, STEP, Activity, Block, Person, Rules, Shift, days_of


class Breach(Message, frozen=True, kw_only=True):
    """One rule broken. `says` is a sentence; `start` is None where the whole day, or with `day` the week, is meant."""

    rule: str
    person_id: str
    says: str
    day: date | None = None
    start: int | None = None


def check(week: str, people: Sequence[Person], rules: Rules, blocks: Sequence[Block]) -> list[Breach]:
    """Everything that is wrong, person by person in the order given; empty for a schedule that keeps to the rules."""
    known = {person.person_id for person in people}
    strangers = sorted({block.person_id for block in blocks} - known)
    found = [Breach(rule="person", person_id=name, says=f"Nobody here is {name}.") for name in strangers]
    for person in people:
        own = sorted((each for each in blocks if each.person_id == person.person_id), key=lambda b: (b.day, b.start))
        found += _Week(week, person, rules, own).breaches()
    return found


def clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02}"


class _Week:
    def __init__(self, week: str, person: Person, rules: Rules, blocks: Sequence[Block]) -> None:
        self._person, self._rules, self._days = person, rules, days_of(week)
        self._blocks = [each for each in blocks if each.activity is not Activity.OFF]

    def breaches(self) -> Iterator[Breach]:
        for block in self._blocks:
            yield from self._block(block)
        worked: dict[date, list[Block]] = {}
        for block in self._blocks:
            worked.setdefault(block.day, []).append(block)
        shifts = {}
        for day, blocks in worked.items():
            shift = self._shift_of(day, blocks)
            if isinstance(shift, Breach):
                yield shift
                continue
            shifts[day] = shift
            yield from self._rests(day, blocks, shift)
            yield from self._stretches(day, blocks)
        for day, blocks in worked.items():
            yield from self._presence(day, blocks)
        yield from self._fixed()
        yield from self._between(worked)
        if len(shifts) == len(worked):
            yield from self._week(shifts)

    def _say(self, rule: str, says: str, day: date | None = None, start: int | None = None) -> Breach:
        return Breach(rule=rule, person_id=self._person.person_id, says=says, day=day, start=start)

    # --- one block --------------------------------------------------------------------------------

    def _block(self, block: Block) -> Iterator[Breach]:
        day, start, name = block.day, block.start, self._person.name
        if day not in self._days:
            yield self._say("week", f"{day} is not a day of this week.", day, start)
        if block.start % STEP or block.end % STEP or block.end <= block.start:
            yield self._say("time", f"{clock(start)} to {clock(block.end)} is no time in steps of {STEP}.", day, start)
        if block.activity is Activity.PHONE and (unable := sorted(block.queues - set(self._person.skills))):
            yield self._say("skill", f"{name} has no skill for {', '.join(unable)}.", day, start)
        if block.activity in DUTIES:
            levels = {level for duty in self._rules.duties if duty.activity is block.activity for level in duty.levels}
            if self._person.level not in levels:
                yield self._say(
                    "duty", f"{block.activity} is not work of level {self._person.level} ({name}).", day, start
                )

    # --- one day ----------------------------------------------------------------------------------

    def _shift_of(self, day: date, blocks: Sequence[Block]) -> Shift | Breach:
        name = self._person.name
        for one, other in pairwise(blocks):
            if other.start < one.end:
                return self._say(
                    "overlap", f"{name} is at {one.activity} and {other.activity} at once.", day, other.start
                )
            if other.start > one.end:
                return self._say("gap", f"{name} has nothing to do at {clock(one.end)}.", day, one.end)
        start, minutes = blocks[0].start, blocks[-1].end - blocks[0].start
        rests = [block.activity for block in blocks if block.activity in RESTS]
        fitting = [shift for shift in self._rules.shifts if shift.minutes == minutes and start in shift.starts]
        if not fitting:
            return self._say(
                "shift", f"{clock(start)} to {clock(blocks[-1].end)} is no kind of shift that there is.", day, start
            )
        own = [shift for shift in fitting if not self._person.shifts or shift.name in self._person.shifts]
        if not own:
            return self._say("shift", f"{name} works no {fitting[0].name} shifts.", day, start)
        return next((shift for shift in own if [rest.activity for rest in shift.rests] == rests), own[0])

    def _rests(self, day: date, blocks: Sequence[Block], shift: Shift) -> Iterator[Breach]:
        taken = [block for block in blocks if block.activity in RESTS]
        name, begin = self._person.name, blocks[0].start
        if [block.activity for block in taken] != [rest.activity for rest in shift.rests]:
            expected = ", ".join(rest.activity for rest in shift.rests) or "none"
            found = ", ".join(block.activity for block in taken) or "none"
            yield self._say("rests", f"{name} must have as rests: {expected}; has: {found}.", day)
            return
        for block, rest in zip(taken, shift.rests, strict=True):
            if block.minutes != rest.minutes:
                yield self._say(
                    "rests",
                    f"{name}'s {rest.activity} is {block.minutes} minutes long, and must be {rest.minutes}.",
                    day,
                    block.start,
                )
            first, last = begin + rest.earliest, begin + rest.latest
            if not first <= block.start <= last:
                yield self._say(
                    "rests",
                    f"{name}'s {rest.activity} begins at {clock(block.start)}, and must between "
                    f"{clock(first)} and {clock(last)}.",
                    day,
                    block.start,
                )

    def _stretches(self, day: date, blocks: Sequence[Block]) -> Iterator[Breach]:
        """Work between rests: how long, how often it changes, and how short its parts are."""
        stretch: list[Block] = []
        for block in [*blocks, None]:
            if block is not None and block.activity not in RESTS:
                stretch.append(block)
                continue
            if stretch:
                yield from self._stretch(day, stretch)
            stretch = []

    def _stretch(self, day: date, stretch: Sequence[Block]) -> Iterator[Breach]:
        start, end, name = stretch[0].start, stretch[-1].end, self._person.name
        span = f"{clock(start)} to {clock(end)}"
        if end - start < self._rules.stretch_least:
            yield self._say(
                "stretch",
                f"{name} works only from {span}, less than {self._rules.stretch_least} minutes, between two rests.",
                day,
                start,
            )
        if end - start > self._rules.stretch_most:
            yield self._say(
                "stretch",
                f"{name} works from {span} without a rest, more than {self._rules.stretch_most} minutes.",
                day,
                start,
            )
        kinds: list[list[Block]] = []
        for block in stretch:
            if block.activity in FIXED:
                continue
            if kinds and kinds[-1][0].activity is block.activity:
                kinds[-1].append(block)
            else:
                kinds.append([block])
        if len(kinds) > 2:
            yield self._say("changes", f"{name}'s work changes more than once from {span}.", day, start)
        elif len(kinds) == 2:
            yield from self._two(day, start, end, kinds[0], kinds[1])
        elif kinds and end - start < self._least(kinds[0][0]):
            yield self._short(kinds[0][0], end - start)

    def _two(
        self, day: date, start: int, end: int, first: Sequence[Block], second: Sequence[Block]
    ) -> Iterator[Breach]:
        """A meeting between the two counts with whichever needs it."""
        if second[0].start - start < self._least(first[0]):
            yield self._short(first[0], second[0].start - start)
        elif end - first[-1].end < self._least(second[0]):
            yield self._short(second[0], end - first[-1].end)
        elif self._least(first[0]) + self._least(second[0]) > end - start:
            yield self._short(second[0], end - second[0].start)

    def _least(self, block: Block) -> int:
        if block.activity is Activity.PHONE:
            return self._rules.phone_least
        return max((each.least_minutes for each in self._rules.duties if each.activity is block.activity), default=0)

    def _short(self, block: Block, minutes: int) -> Breach:
        return self._say(
            "block",
            f"{self._person.name}'s {block.activity} at {clock(block.start)} takes {minutes} minutes, "
            f"less than {self._least(block)}.",
            block.day,
            block.start,
        )

    # --- when somebody is there -------------------------------------------------------------------

    def _presence(self, day: date, blocks: Sequence[Block]) -> Iterator[Breach]:
        start, end, name = blocks[0].start, blocks[-1].end, self._person.name
        windows = [each for each in self._person.available if each.weekday == day.weekday()]
        if self._person.available and not any(each.start <= start and end <= each.end for each in windows):
            times = " or ".join(f"{clock(each.start)} to {clock(each.end)}" for each in windows) or "not at all"
            yield self._say(
                "availability", f"{name} can work {times} that day, not {clock(start)} to {clock(end)}.", day, start
            )
        for off in self._person.time_off:
            if off.day == day and off.start < end and start < off.end:
                yield self._say("time_off", f"{name} is away from {clock(off.start)} to {clock(off.end)}.", day, start)

    def _fixed(self) -> Iterator[Breach]:
        held = {(block.day, block.start, block.end, block.activity) for block in self._blocks}
        for each in self._person.fixed:
            if each.day in self._days and (each.day, each.start, each.end, each.activity) not in held:
                what = each.title or each.activity
                yield self._say(
                    "fixed",
                    f"{self._person.name} is not at {what}, {clock(each.start)} to {clock(each.end)}.",
                    each.day,
                    each.start,
                )

    def _between(self, worked: dict[date, list[Block]]) -> Iterator[Breach]:
        least, name = self._rules.rest_between_days, self._person.name
        for day, blocks in worked.items():
            after = worked.get(day + timedelta(days=1))
            if after and (free := DAY - blocks[-1].end + after[0].start) < least:
                yield self._say(
                    "rest_between_days",
                    f"{name} has {clock(free)} hours between two shifts, and must have {clock(least)}.",
                    after[0].day,
                    after[0].start,
                )
        if len(worked) > self._rules.most_days:
            yield self._say("most_days", f"{name} works on {len(worked)} days, more than {self._rules.most_days}.")

    # --- the whole week ---------------------------------------------------------------------------

    def _week(self, shifts: dict[date, Shift]) -> Iterator[Breach]:
        person = self._person
        paid = sum(shift.paid for shift in shifts.values())
        credit = sum(off.credit for off in person.time_off if off.day in self._days)
        least = person.hours if person.least_hours is None else person.least_hours
        # A contract that no number of whole steps meets is met by the step below.
        low, high = (max(0, int(hours * 60 - credit)) // STEP * STEP for hours in (least, person.hours))
        if not low <= paid <= high:
            wanted = clock(high) if low == high else f"{clock(low)} to {clock(high)}"
            yield self._say("hours", f"{person.name} works {clock(paid)} hours, and must {wanted}.")
        phone = sum(block.minutes for block in self._blocks if block.activity is Activity.PHONE)
        if paid and not person.phone_least * paid - 1e-6 <= phone <= person.phone_most * paid + 1e-6:
            yield self._say(
                "share",
                f"{person.name} is on the phones for {phone / paid:.0%} of the week, and must be for "
                f"{person.phone_least:.0%} to {person.phone_most:.0%}.",
            )
