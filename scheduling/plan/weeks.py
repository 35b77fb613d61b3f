"""The best week of each of many people, when what every interval is worth is given: exact, without search.

A day is a chain: stretches of work between the rests of a shift. A stretch is all phone, all duty, or changes once, so
its best is a running maximum; the best places of the rests follow from the stretches, the best shift of a day from
those, and the best week by counting hours and days up (dynamic programming). All of it for everybody at once: some 90
ms for 200 people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scheduling.plan.grid import DAYS, DUTY, NEVER, OUT, PHONE, REST, SET, Flags, Floats, Grid, Ints
from scheduling.plan.model import DAY, STEP


@dataclass(frozen=True, eq=False)
class Weeks:
    """One week for each of some people: `option[b, d]` (-1: none) and `kind[b, d, t]`; what it was worth."""

    option: Ints
    kind: Ints  # int8
    worth: Floats


@dataclass(frozen=True, eq=False)
class Worths:
    """What an interval is worth to `who` (rows of the grid), by what fills it; [b, d, t]. `shift` is [b, d, o]."""

    who: Ints
    phone: Floats
    duty: Floats
    rest: Floats
    out: Floats
    shift: Floats


class WeekFinder:
    """Finds best weeks on one grid."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        rules = grid.rules
        self._least, self._most = max(1, rules.stretch_least // STEP), rules.stretch_most // STEP
        self._chains = [
            _Chain(
                options=[number for number, option in enumerate(grid.options) if option.shift == shift],
                starts=[option.start for option in grid.options if option.shift == shift],
                length=kind.minutes // STEP,
                rests=[(rest.minutes // STEP, rest.earliest // STEP, rest.latest // STEP) for rest in kind.rests],
                stretch=(self._least, self._most),
                size=grid.size,
            )
            for shift, kind in enumerate(rules.shifts)
        ]
        self._unit = max(1, int(np.gcd.reduce(grid.paid))) if len(grid.paid) else 1
        begins = sorted({option.start for option in grid.options})
        # After each option: how many of the starts are too soon on the next day.
        too_soon = [
            sum(
                grid.first + start * STEP + DAY < grid.first + option.end * STEP + rules.rest_between_days
                for start in begins
            )
            for option in grid.options
        ]
        self._after = sorted({0, *too_soon})
        self._end_class = np.array([self._after.index(count) for count in too_soon], dtype=np.int64)
        rank = np.array([begins.index(option.start) for option in grid.options], dtype=np.int64)
        self._may_follow = np.array([rank >= count for count in self._after])  # class, option

    def find(self, worths: Worths) -> Weeks:
        """The best week of each; `worth` below `NEVER / 2` says that there is no legal one."""
        stretches = self._stretches(worths)
        days, chosen = self._days(worths, stretches)
        option, worth = self._weeks(worths, days)
        return Weeks(option, self._kinds(worths, stretches, chosen, option), worth)

    # --- stretches --------------------------------------------------------------------------------

    def _stretches(self, worths: Worths) -> _Stretches:
        """For each begin and length: the best worth, and where the work changes."""
        grid, (b, d, t) = self._grid, worths.phone.shape
        fixed = grid.fixed[worths.who]
        # What is fixed is worth the same whatever the work around it: that it is as published, where it is.
        set_ = 0.0 if grid.stay is None else grid.stay[worths.who][..., SET]
        phone, duty = _sums(np.where(fixed, set_, worths.phone)), _sums(np.where(fixed, set_, worths.duty))
        pad = self._most
        more = phone - duty
        high = np.concatenate([more, np.full((b, d, pad), -np.inf)], axis=2)
        low = np.concatenate([-more, np.full((b, d, pad), -np.inf)], axis=2)
        phone, duty = (
            np.concatenate([each, np.repeat(each[:, :, -1:], pad, axis=2)], axis=2) for each in (phone, duty)
        )
        begins = np.arange(t)
        least_phone, least_duty = grid.phone_least, grid.duty_least[worths.who]
        best = np.full((b, d, t, self._most + 1), -np.inf)
        change = np.zeros((b, d, t, self._most + 1), dtype=np.int8)
        # Best change from phone to duty, and from duty to phone, among the lengths so far.
        first, first_at = np.full((b, d, t), -np.inf), np.zeros((b, d, t), dtype=np.int8)
        second, second_at = first.copy(), first_at.copy()
        kinds = sorted(set(least_duty.tolist()))
        rows = [np.flatnonzero(least_duty == kind) for kind in kinds]
        for length in range(1, self._most + 1):
            for least, row in zip(kinds, rows, strict=True):
                if length < least + least_phone:
                    continue
                everybody = len(kinds) == 1
                at = slice(None) if everybody else row
                _raise(first, first_at, high[at][:, :, length - least : length - least + t], length - least, at)
                _raise(
                    second,
                    second_at,
                    low[at][:, :, length - least_phone : length - least_phone + t],
                    length - least_phone,
                    at,
                )
            if length < self._least:
                continue
            end_phone, end_duty = phone[:, :, length : length + t], duty[:, :, length : length + t]
            all_phone, all_duty = end_phone - phone[:, :, begins], end_duty - duty[:, :, begins]
            all_duty[least_duty > length] = -np.inf
            if length < least_phone:
                all_phone[:] = -np.inf
            value = np.where(all_duty > all_phone, all_duty, all_phone)
            what = np.where(all_duty > all_phone, -pad - 1, 0).astype(np.int8)
            one = first + end_duty - phone[:, :, begins]
            other = second + end_phone - duty[:, :, begins]
            better = one > value
            value, what = np.where(better, one, value), np.where(better, first_at, what)
            better = other > value
            best[:, :, :, length] = np.where(better, other, value)
            change[:, :, :, length] = np.where(better, -second_at, what)
        return _Stretches(best, change)

    # --- days -------------------------------------------------------------------------------------

    def _days(self, worths: Worths, stretches: _Stretches) -> tuple[Floats, list[Ints]]:
        """The worth of each option on each day, and for each chain where its rests are."""
        grid = self._grid
        values = np.full((*worths.phone.shape[:2], len(grid.options)), 0.0)
        rest = np.where(grid.fixed[worths.who], NEVER, worths.rest)
        rest_sum, out_sum = _sums(rest), _sums(worths.out)
        chosen = []
        flat = stretches.best.reshape(*stretches.best.shape[:2], -1)
        for chain in self._chains:
            value, places = chain.best(flat, rest_sum)
            outside = out_sum[:, :, -1:] - (out_sum[:, :, chain.ends] - out_sum[:, :, chain.starts])
            values[:, :, chain.options] = value + outside
            chosen.append(places)
        values += worths.shift
        values[~grid.allowed[worths.who]] = NEVER
        np.maximum(values, NEVER, out=values)
        return values, chosen

    # --- weeks ------------------------------------------------------------------------------------

    def _weeks(self, worths: Worths, days: Floats) -> tuple[Ints, Floats]:
        grid, who = self._grid, worths.who
        unit, paid = self._unit, self._grid.paid
        least = -(-grid.hours[who, 0] // unit)
        most = grid.hours[who, 1] // unit
        size, count, classes = int(most.max(initial=0)) + 1, grid.rules.most_days + 1, len(self._after)
        off = worths.out.sum(axis=2)
        off[grid.bound_in[who]] = NEVER
        state = np.full((len(who), classes, size, count), -np.inf)
        state[:, 0, 0, 0] = 0.0
        moves = [
            (
                before,
                int(length),
                after,
                np.flatnonzero(self._may_follow[before] & (paid == length) & (self._end_class == after)),
            )
            for before in range(classes)
            for length in sorted(set(paid.tolist()))
            for after in range(classes)
        ]
        moves = [move for move in moves if len(move[3]) and move[1] // unit < size]
        trail = []
        for d in range(DAYS):
            new = np.full_like(state, -np.inf)
            came = np.full(state.shape, -1, dtype=np.int16)
            for before in range(classes):
                stayed = state[:, before] + off[:, d, None, None]
                better = stayed > new[:, 0]
                new[:, 0] = np.where(better, stayed, new[:, 0])
                came[:, 0][better] = before
            picked = []
            for number, (before, length, after, options) in enumerate(moves):
                values = days[:, d, options]
                best = values.argmax(axis=1)
                picked.append(options[best])
                gain = values[np.arange(len(who)), best]
                step = length // unit
                moved = state[:, before, : size - step, : count - 1] + gain[:, None, None]
                target, source = new[:, after, step:, 1:], came[:, after, step:, 1:]
                better = moved > target
                target[better] = moved[better]
                source[better] = classes + number
            state = new
            trail.append((came, picked))
        hours = np.arange(size)
        legal = (hours[None, :] >= least[:, None]) & (hours[None, :] <= most[:, None])
        final = np.where(legal[:, None, :, None], state, -np.inf).reshape(len(who), -1)
        place = final.argmax(axis=1)
        worth = final[np.arange(len(who)), place]
        return self._walk_back(place, (classes, size, count), trail, moves), worth

    def _walk_back(
        self,
        place: Ints,
        shape: tuple[int, int, int],
        trail: Sequence[tuple[Ints, Sequence[Ints]]],
        moves: Sequence[tuple[int, int, int, Ints]],
    ) -> Ints:
        after, hours, count = np.unravel_index(place, shape)
        row = np.arange(len(place))
        option = np.full((len(place), DAYS), -1, dtype=np.int64)
        befores = np.array([move[0] for move in moves] or [0])
        lengths = np.array([move[1] for move in moves] or [0])
        for d in reversed(range(DAYS)):
            came, picked = trail[d]
            source = came[row, after, hours, count].astype(np.int64)
            moved = source >= shape[0]
            number = np.where(moved, source - shape[0], 0)
            if picked:
                option[:, d] = np.where(moved, np.array(picked)[number, row], -1)
            after = np.where(moved, befores[number], np.maximum(source, 0))
            hours = np.where(moved, hours - lengths[number] // self._unit, hours)
            count = np.where(moved, count - 1, count)
        return option

    # --- what fills the intervals -----------------------------------------------------------------

    def _kinds(self, worths: Worths, stretches: _Stretches, chosen: list[Ints], option: Ints) -> Ints:
        grid = self._grid
        kind = np.full(worths.phone.shape, OUT, dtype=np.int8)
        for chain, places in zip(self._chains, chosen, strict=True):
            for column, number in enumerate(chain.options):
                b, d = np.nonzero(option == number)
                if len(b):
                    kind[b, d] = chain.fill(stretches.change[b, d], places[b, d, column], column, self._most)
        working = option >= 0
        kind[grid.fixed[worths.who] & working[:, :, None] & (kind != OUT)] = SET
        return kind


@dataclass(frozen=True, eq=False)
class _Stretches:
    best: Floats  # b, d, begin, length
    change: Ints  # as `best`: 0 all phone, n phone for n and then duty, -n the other way round, less: all duty


class _Chain:
    """A kind of shift: stretches and rests in turn, for all its starts.

    Where a rest begins is counted in intervals after the shift's begin.
    """

    def __init__(
        self,
        *,
        options: list[int],
        starts: list[int],
        length: int,
        rests: list[tuple[int, int, int]],
        stretch: tuple[int, int],
        size: int,
    ) -> None:
        self.options, self.length, self.rests = options, length, rests
        self.starts = np.array(starts, dtype=np.int64)
        self.ends = self.starts + length
        least, most = stretch
        self._links: list[tuple[Ints, Flags]] = []
        froms = np.array([0])  # ends of the rest before, after the shift's begin
        row = most + 1
        for minutes, earliest, latest in [*rests, (0, length, length)]:
            tos = np.arange(earliest, latest + 1)
            lengths = tos[:, None] - froms[None, :]
            legal = (lengths >= least) & (lengths <= most)
            begins = self.starts[:, None, None] + froms[None, None, :]
            index = np.minimum(begins, size - 1) * row + np.where(legal, lengths, 0)[None]
            self._links.append((index, legal))
            froms = tos + minutes

    def best(self, stretches: Floats, rest_sum: Floats) -> tuple[Floats, Ints]:
        """The worth of each start [b, d, start] and where its rests are [.., rest]; in: [b, d, begin and length]."""
        value: Floats | None = None
        choices = []
        for number, (index, legal) in enumerate(self._links):
            worth = stretches[:, :, index.ravel()].reshape(*stretches.shape[:2], *index.shape)
            worth[..., ~legal] = -np.inf
            if value is not None:
                worth += value[:, :, :, None, :]
            choice = worth.argmax(axis=4)
            choices.append(choice)
            value = np.take_along_axis(worth, choice[..., None], axis=4)[..., 0]
            if number < len(self.rests):
                minutes, earliest, latest = self.rests[number]
                # A rest that ends behind the day is followed by no stretch: whatever it is worth, it is never chosen.
                begins = self.starts[:, None] + np.arange(earliest, latest + 1)[None, :]
                begins, ends = (np.minimum(each, rest_sum.shape[2] - 1) for each in (begins, begins + minutes))
                value = value + rest_sum[:, :, ends] - rest_sum[:, :, begins]
        assert value is not None
        places = np.zeros((*value.shape[:3], len(self.rests)), dtype=np.int64)
        at = np.zeros(value.shape[:3], dtype=np.int64)
        for number in reversed(range(len(self.rests))):
            at = np.take_along_axis(choices[number + 1], at[..., None], axis=3)[..., 0]
            places[..., number] = at + self.rests[number][1]
        return value[..., 0], places

    def fill(self, change: Ints, places: Ints, column: int, most: int) -> Ints:
        """Kinds [n, t] for people whose day has this chain's start `column`; `change` is [n, begin, length]."""
        count, size = change.shape[0], change.shape[1]
        kind = np.full((count, size), OUT, dtype=np.int8)
        times, rows = np.arange(size)[None, :], np.arange(count)
        begin = np.full(count, self.starts[column])
        for number in range(len(self.rests) + 1):
            last = number == len(self.rests)
            end = np.full(count, self.ends[column]) if last else self.starts[column] + places[:, number]
            what = change[rows, np.minimum(begin, size - 1), np.clip(end - begin, 0, most)].astype(np.int64)
            inside = (times >= begin[:, None]) & (times < end[:, None])
            split = begin[:, None] + np.abs(what)[:, None]
            before = times < split
            phone = (what == 0)[:, None] | ((what > 0)[:, None] & before) | ((what < 0)[:, None] & ~before)
            phone &= ~(what == -most - 1)[:, None]
            kind[inside & phone] = PHONE
            kind[inside & ~phone] = DUTY
            if not last:
                minutes = self.rests[number][0]
                kind[(times >= end[:, None]) & (times < end[:, None] + minutes)] = REST
                begin = end + minutes
        return kind


def _sums(values: Floats) -> Floats:
    """Running sums along the last axis, from 0."""
    sums = np.zeros((*values.shape[:-1], values.shape[-1] + 1))
    np.cumsum(values, axis=-1, out=sums[..., 1:])
    return sums


def _raise(best: Floats, best_at: Ints, values: Floats, at: int, rows: slice | Ints) -> None:
    """Keep the better of two, and where it was."""
    better = values > best[rows]
    best[rows] = np.where(better, values, best[rows])
    best_at[rows] = np.where(better, at, best_at[rows])
