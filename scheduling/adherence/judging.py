"""Each time of a person judged: the blocks that were planned laid over the states that really were. Pure.

Cost: O(blocks + spells + explanations) for a person, beside the sorting of blocks.

A wrong state is judged by the whole stretch of it within its block, however many states it is made of: from the block's
start it is `late`, to its end `left_early`, and in the middle (or all of the block) `missing` where the person was not
there and `wrong_state` where they were; so too where the stretch borders on a time of which nothing is known. Being
signed out satisfies a break only between the first and the last time of the shift at which the person was there: who
has not come yet, or has gone home, is not at lunch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from msgspec.structs import replace as with_

from scheduling.adherence.model import (
    GONE,
    ON_CALL,
    OUT,
    SHIFT_GAP,
    TALKING,
    UNKNOWN,
    WRAP_UP,
    Explanation,
    Planned,
    Rules,
    Span,
    Spell,
    Verdict,
    in_order,
    is_rest,
)
from scheduling.plan.clocks import moment

NOBODY = -1  # no block


@dataclass(slots=True)
class _Piece:
    """A time with one block and one state; `verdict` as far as it is known."""

    start: datetime
    end: datetime
    block: int
    presence: str
    reason: str
    verdict: Verdict | None = None

    @property
    def length(self) -> timedelta:
        return self.end - self.start


def judge(
    blocks: Sequence[Planned],
    spells: Sequence[Spell],
    rules: Rules,
    zone: ZoneInfo,
    explanations: Sequence[Explanation] = (),
) -> tuple[Span, ...]:
    """One person's spans in order, of all times with a block or a spell; `zone` tells to which day each belongs.

    `spells` are in order and do not overlap, as `fold` makes them. A block's time without a spell is unknown. Raises
    `Problem` for blocks that overlap.
    """
    planned = in_order(blocks)
    judged = _Judging(planned, rules)
    pieces: list[_Piece] = []
    for _, group in groupby(_pieces(planned, spells), key=lambda piece: piece.block):
        pieces += judged.block(list(group), pieces[-1] if pieces else None)
    judged.settle_rests(pieces)
    return _joined(_excused(_with_days(pieces, planned, zone), explanations))


# --- blocks over states -----------------------------------------------------------------------------


def _pieces(blocks: Sequence[Planned], spells: Sequence[Spell]) -> Iterator[_Piece]:
    """Cut at every begin and end of a block or spell."""
    i = j = 0
    starts = [each[0].start for each in (blocks, spells) if each]
    now = min(starts, default=None)
    while now is not None and (i < len(blocks) or j < len(spells)):
        block = blocks[i] if i < len(blocks) else None
        spell = spells[j] if j < len(spells) else None
        ends = [edge for each in (block, spell) if each for edge in (each.start, each.end) if edge > now]
        then = min(ends)
        in_block, in_spell = block is not None and block.start <= now, spell is not None and spell.start <= now
        if in_block or in_spell:
            state = (spell.presence, spell.reason) if spell is not None and in_spell else (UNKNOWN, "")
            yield _Piece(now, then, i if in_block else NOBODY, *state)
        now = then
        i += block is not None and block.end <= now
        j += spell is not None and spell.end <= now


def shifts(blocks: Sequence[Planned]) -> list[int]:
    """The number of the shift of each block, in `in_order`."""
    made: list[int] = []
    for at, block in enumerate(blocks):
        made.append(made[-1] + (block.start - blocks[at - 1].end > SHIFT_GAP) if at else 0)
    return made


class _Judging:
    def __init__(self, blocks: Sequence[Planned], rules: Rules) -> None:
        self._blocks, self._rules = blocks, rules
        self._shifts = shifts(blocks)
        self._owed, self._owed_by = timedelta(), NOBODY  # of a rest that a call shortened: what may follow

    def _right(self, piece: _Piece) -> bool:
        return self._rules.is_right(self._blocks[piece.block].activity, piece.presence, piece.reason)

    # --- a block ------------------------------------------------------------------------------------

    def block(self, pieces: list[_Piece], before: _Piece | None) -> list[_Piece]:
        """Judge the pieces of one block (or of a time between two)."""
        talked = self._finish_call(pieces, before)
        at = pieces[0].block
        if at == NOBODY:
            for piece in pieces[talked:]:
                piece.verdict = Verdict.NOT_SCHEDULED
            return pieces
        begins = next((n for n, piece in enumerate(pieces[:talked]) if piece.verdict is not Verdict.CALL), talked)
        made_up = self._make_up_rest(pieces, talked)
        begins = made_up if made_up > talked else begins
        for piece in pieces[begins:]:
            if piece.verdict is None and piece.presence == UNKNOWN:
                piece.verdict = Verdict.UNKNOWN
            elif piece.verdict is None and self._right(piece):
                piece.verdict = Verdict.RIGHT
        self._judge_wrong(pieces, begins)
        activity = self._blocks[at].activity
        called = sum((piece.length for piece in pieces if piece.verdict is Verdict.CALL), timedelta())
        self._owed, self._owed_by = (called, at) if is_rest(activity) else (timedelta(), NOBODY)
        return pieces

    def _finish_call(self, pieces: Sequence[_Piece], before: _Piece | None) -> int:
        """How many pieces are the call, and its wrap-up, that the block before was right to take."""
        if before is None or not self._rules.calls_may_end or before.verdict not in {Verdict.RIGHT, Verdict.CALL}:
            return 0
        last, count = before, 0
        for piece in pieces:
            another = last.presence == WRAP_UP and piece.presence == ON_CALL
            if last.presence not in TALKING or piece.presence not in TALKING or another or piece.start != last.end:
                break
            right = piece.block != NOBODY and self._right(piece)
            piece.verdict = Verdict.RIGHT if right else Verdict.CALL
            last, count = piece, count + 1
        return count

    def _make_up_rest(self, pieces: list[_Piece], first: int) -> int:
        """Where the rest that a call had shortened is over, from `first` on; it may cut a piece in two."""
        at = pieces[0].block
        if not (self._rules.rests_follow and self._owed and self._owed_by == at - 1):
            return first
        rest = self._blocks[self._owed_by]
        if rest.end != self._blocks[at].start:
            return first
        n = first
        while n < len(pieces) and self._owed:
            piece = pieces[n]
            if self._right(piece) or not self._rules.is_right(rest.activity, piece.presence, piece.reason):
                break
            if piece.length > self._owed:
                cut = piece.start + self._owed
                pieces.insert(n + 1, replace(piece, start=cut))
                piece.end = cut
            self._owed -= piece.length
            piece.verdict = Verdict.CALL
            n += 1
        return n

    def _judge_wrong(self, pieces: Sequence[_Piece], begins: int) -> None:
        """The stretches that have no verdict yet."""
        block, rules = self._blocks[pieces[0].block], self._rules
        n = begins
        while n < len(pieces):
            if pieces[n].verdict is not None:
                n += 1
                continue
            end = n
            while end < len(pieces) and pieces[end].verdict is None:
                end += 1
            run = pieces[n:end]
            length = (run[-1].end - run[0].start).total_seconds()
            first, last = n == begins, run[-1].end == block.end
            if first and length <= rules.grace_start_s and not (last and begins == 0):
                verdict: Verdict | None = Verdict.GRACE
            elif last and length <= rules.grace_end_s and not first:
                verdict = Verdict.GRACE
            elif first and last:
                verdict = None
            elif first:  # who came while nothing was heard may have come at once
                verdict = None if pieces[end].verdict is Verdict.UNKNOWN else Verdict.LATE
            else:
                verdict = Verdict.LEFT_EARLY if last and pieces[n - 1].verdict is not Verdict.UNKNOWN else None
            for piece in run:
                piece.verdict = verdict or (Verdict.MISSING if piece.presence in GONE else Verdict.WRONG)
            n = end

    # --- rests while nobody is there ------------------------------------------------------------------

    def settle_rests(self, pieces: Sequence[_Piece]) -> None:
        """Take back what being gone satisfied before the person came and after they went."""
        there: dict[int, tuple[datetime, datetime]] = {}
        for piece in pieces:
            if piece.block != NOBODY and piece.presence not in GONE:
                shift = self._shifts[piece.block]
                there[shift] = there.get(shift, (piece.start, piece.end))[0], piece.end
        for piece in pieces:
            if piece.block == NOBODY or piece.presence not in GONE or piece.verdict is not Verdict.RIGHT:
                continue
            came, went = there.get(self._shifts[piece.block], (piece.end, piece.start))
            if not came <= piece.start < went:
                piece.verdict = Verdict.MISSING


# --- days, excuses ------------------------------------------------------------------------------------


def _with_days(pieces: Iterable[_Piece], blocks: Sequence[Planned], zone: ZoneInfo) -> Iterator[Span]:
    """The day of the shift; without one the day of the clock, cut at midnight."""
    number = shifts(blocks)
    first: dict[int, date] = {}
    for block, shift in zip(blocks, number, strict=True):
        first.setdefault(shift, block.start.astimezone(zone).date())
    of_shift: date | None = None
    for piece in pieces:
        assert piece.verdict is not None
        if piece.block != NOBODY:
            of_shift = first[number[piece.block]]
        if of_shift is not None and piece.verdict is not Verdict.NOT_SCHEDULED:
            yield _span(piece, piece.start, piece.end, of_shift, blocks)
            continue
        start = piece.start
        while start < piece.end:
            day = start.astimezone(zone).date()
            end = min(piece.end, moment(day + timedelta(days=1), 0, zone))
            yield _span(piece, start, end, day, blocks)
            start = end


def _span(piece: _Piece, start: datetime, end: datetime, day: date, blocks: Sequence[Planned]) -> Span:
    assert piece.verdict is not None
    return Span(
        start=start.astimezone(UTC),
        end=end.astimezone(UTC),
        day=day,
        activity=None if piece.block == NOBODY else blocks[piece.block].activity,
        presence=piece.presence,
        reason=piece.reason,
        verdict=piece.verdict,
    )


def _excused(spans: Iterable[Span], explanations: Sequence[Explanation]) -> Iterator[Span]:
    """What is out of adherence and was approved, cut out of its spans."""
    approved = sorted((each for each in explanations if each.decision == "approved"), key=lambda each: each.start)
    n = 0
    for span in spans:
        if span.verdict not in OUT:
            yield span
            continue
        while n < len(approved) and approved[n].end <= span.start:
            n += 1
        at, ahead = span.start, n
        while ahead < len(approved) and approved[ahead].start < span.end:
            begins, ends = max(at, approved[ahead].start), min(span.end, approved[ahead].end)
            if begins < ends:
                if at < begins:
                    yield with_(span, start=at, end=begins)
                yield with_(span, start=begins, end=ends, verdict=Verdict.EXCUSED, was=span.verdict)
                at = ends
            ahead += 1
        if at < span.end:
            yield with_(span, start=at)


def _joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Spans that touch and say the same as one, so that a state told in parts is judged as one told whole."""
    made: list[Span] = []
    for span in spans:
        if made and made[-1] == with_(span, start=made[-1].start, end=made[-1].end) and made[-1].end == span.start:
            made[-1] = with_(made[-1], end=span.end)
        else:
            made.append(span)
    return tuple(made)
