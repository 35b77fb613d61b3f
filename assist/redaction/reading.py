"""One utterance, read by itself: its runs of digits, what stands beside them, and the cues in it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from assist import cues as cue_words
from assist.redaction.language import Language
from assist.redaction.model import Kind
from assist.redaction.numerals import Run, Token, fold, runs
from assist.speech.words import Word

# cue: digits of its kind are asked for or told; near: told, where they follow at once;
# given, asked, after: the same for words that are free;
# declines: what answers a question for such words without telling them; last_four: only these are meant.
Role = Literal["cue", "near", "given", "asked", "after", "declines", "last_four"]

_STREET_NAME = 4  # words between a house number and "street", at most


@dataclass(frozen=True, slots=True)
class Cue:
    role: Role
    kind: Kind | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Found:
    """A number and what stands beside it, in tokens. `plain`: harmless even where a secret was asked for."""

    run: Run
    kind: Kind | None
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything counts in `tokens`, which have no fillers; a token knows the place of its word."""

    tokens: tuple[Token, ...] = field(repr=False)
    numbers: tuple[Found, ...] = field(repr=False)
    cues: tuple[Cue, ...]

    def text(self, at: int) -> str:
        return self.tokens[at].text if 0 <= at < len(self.tokens) else ""


def read(words: Sequence[Word], language: Language) -> Reading:
    """Costs about the same for each word, whatever came before."""
    fillers = language.words["fillers"]
    folded = ((fold(word.text), place) for place, word in enumerate(words))
    tokens = tuple(Token(text, place) for text, place in folded if text and text not in fillers)
    return _Reader(tokens, language).reading()


class _Reader:
    def __init__(self, tokens: tuple[Token, ...], language: Language) -> None:
        self._tokens, self._language = tokens, language
        self._texts = [token.text for token in tokens]
        self._hits: dict[str, list[tuple[int, int, str]]] = {}
        for hit in language.cues.find([cue_words.Word(text, 0, 0) for text in self._texts]):
            role, _, kind = hit.label.partition(":")
            self._hits.setdefault(role, []).append((hit.start, hit.end, kind))
        self._units: dict[int, Kind] = {}
        for start, _, kind in sorted(self._hits.get("unit", ()), key=lambda hit: hit[1]):  # the longest counts
            self._units[start] = Kind(kind)

    def reading(self) -> Reading:
        cues = tuple(sorted(self._cues(), key=lambda cue: (cue.start, -cue.end)))
        named = [*self._dates(), *self._idioms(), *((cue.start, cue.end, None) for cue in cues)]
        covered = [span for span in named if self._stands_alone(*span)]
        skip = frozenset(at for start, end, _ in covered for at in range(start, end))
        numbers = [self._beside(run) for run in runs(self._tokens, self._language.numerals, skip)]
        numbers = self._ranges(numbers)
        for start, end, kind in covered:
            if kind:
                within = frozenset(range(len(self._texts))) - frozenset(range(start, end))
                plain = kind is Kind.DATE or not self._is_bare(start, end)
                numbers += [Found(run, kind, plain) for run in runs(self._tokens, self._language.numerals, within)]
        return Reading(self._tokens, tuple(sorted(numbers, key=lambda each: each.run.start)), cues)

    def _cues(self) -> Iterator[Cue]:
        void = self._hits.get("none", [])
        for role in ("cue", "near", "given", "asked", "after", "declines", "last_four"):
            for start, end, kind in self._hits.get(role, ()):
                if role == "declines" or not any(_voids(each, start, end) for each in void):
                    yield Cue(role, Kind(kind) if kind else None, start, end)

    def _idioms(self) -> Iterator[tuple[int, int, Kind | None]]:
        for at, text in enumerate(self._texts[1:]):  # "thirty first"
            if (
                text in self._language.words["ordinals"]
                and self._language.numerals.values.get(self._texts[at], 0) >= 20
            ):
                yield at, at + 2, None
        for start, end, kind in self._hits.get("idiom", ()):
            if kind or not self._is_bare(start, end):
                yield start, end, Kind(kind) if kind else None
            else:
                yield start, end, Kind.COUNT

    def _is_bare(self, start: int, end: int) -> bool:
        """Nothing but digits, or what may be one misheard: "four fifty seven", "nine to five"."""
        sounding = self._language.numerals.heard_for_digits | {"or"}
        return all(self._is_number(at) or self._texts[at] in sounding for at in range(start, end))

    def _is_number(self, at: int) -> bool:
        if not 0 <= at < len(self._texts):
            return False
        word, numerals = self._texts[at], self._language.numerals
        return (
            word in numerals.values
            or word in numerals.zeros
            or word in numerals.repeats
            or word in numerals.hundreds
            or word[:1].isdigit()
        )

    def _stands_alone(self, start: int, end: int, kind: Kind | None) -> bool:
        """Not within a string of digits: "that one" is no idiom in "that one two four"."""
        if self._is_number(start) and self._is_number(start - 1):
            return False
        return kind is Kind.DATE or not (self._is_number(end - 1) and self._is_number(end))

    # --- dates -------------------------------------------------------------------------------------

    def _dates(self) -> Iterator[tuple[int, int, Kind | None]]:
        """A month with the day and the year behind it, or the day before it."""
        words = self._language.words
        for at, text in enumerate(self._texts):
            if text not in words["months"]:
                continue
            start, end = at, at + 1
            begin = at - 1
            while begin > 0 and self._texts[begin] in words["date_joints"]:
                begin -= 1
            if begin < at - 1 or self._language.street_first:  # "the nine of march", "nueve de marzo"
                day = self._number_ending(begin + 1)
                if day is not None and 1 <= int(day.digits) <= 31:
                    start = day.start
            end = self._after_month(end, have_day=start < at)
            if end > at + 1 or start < at:
                yield start, end, Kind.DATE

    def _number_ending(self, end: int) -> Run | None:
        last = [run for run in self._all_runs if run.end == end]
        return last[0] if last and last[0].small else None

    _cached: list[Run] | None = None

    @property
    def _all_runs(self) -> list[Run]:
        if self._cached is None:
            self._cached = runs(self._tokens, self._language.numerals)
        return self._cached

    def _after_month(self, at: int, *, have_day: bool) -> int:
        """Where the day and year that follow a month end; `at` where none do."""
        words = self._language.words
        end = at
        for _ in range(2):  # the day, then the year
            begin = end
            while begin < len(self._texts) and self._texts[begin] in words["date_joints"]:
                begin += 1
            if begin < len(self._texts) and self._texts[begin] in words["ordinals"]:
                end, have_day = begin + 1, True
                continue
            if (  # "twenty" of "twenty first"
                begin + 1 < len(self._texts)
                and self._texts[begin + 1] in words["ordinals"]
                and self._language.numerals.values.get(self._texts[begin], 0) in (20, 30)
            ):
                end, have_day = begin + 2, True
                continue
            run = next((run for run in self._all_runs if run.start == begin), None)
            if run is None:
                break
            if not _is_day_year([atom.digits for atom in run.atoms], have_day=have_day):
                if not have_day:
                    return at
                year = next((n for n in (1, 2, 4) if is_year("".join(atom.digits for atom in run.atoms[:n]))), 0)
                if year == 1 or not year:
                    return end
                # Other digits follow the year, and its unit may be theirs: "nineteen sixty, seven seven one nine".
                return run.atoms[year - 1 if year == 4 else 0].end
            end, have_day = run.end, True
        return end

    # --- what stands beside a number ---------------------------------------------------------------

    def _beside(self, run: Run) -> Found:
        digits, texts = run.digits, self._texts
        written = texts[run.start]
        if run.single and (written[0] == "$" or written[-1] == "%"):
            return Found(run, Kind.AMOUNT if written[0] == "$" else Kind.PERCENTAGE, plain=True)
        unit = self._units.get(run.end)
        if unit in (Kind.AMOUNT, Kind.PERCENTAGE) and len(run.atoms) <= 4 and len(digits) <= 8:
            return Found(run, unit, plain=True)
        if unit is Kind.EMAIL and len(digits) <= 8:
            return Found(run, unit, plain=True)
        if unit in (Kind.COUNT, Kind.AGE) and (run.single or self._is_decimal(run)):
            return Found(run, unit, plain=True)
        if unit is Kind.TIME and len(run.atoms) <= 2 and len(digits) <= 4:
            return Found(run, unit, plain=True)
        if len(digits) <= 6 and self._is_house_number(run):
            return Found(run, Kind.HOUSE_NUMBER, plain=len(digits) <= 5)
        return self._behind(run)

    def _is_decimal(self, run: Run) -> bool:
        return len(run.atoms) <= 3 and _text_at(self._texts, run.atoms[0].end) in self._language.words["points"]

    def _behind(self, run: Run) -> Found:
        """What the word before it tells."""
        digits, before = run.digits, self._language.before
        left = self._texts[run.start - 1] if run.start else ""
        if left in ("number", "numero") and run.start > 1:
            left = self._texts[run.start - 2]
        near = self._texts[max(0, run.start - 4) : run.start]
        rules: tuple[tuple[Kind, bool, bool], ...] = (  # the kind, whether it fits, whether it surely is
            (Kind.ZIP_CODE, len(digits) == 5 and self._follows_street(run), True),
            (Kind.ZIP_CODE, len(digits) == 5 and left in before.get(Kind.ZIP_CODE, ()), True),
            (Kind.HOUSE_NUMBER, len(digits) <= 6 and left in before.get(Kind.HOUSE_NUMBER, ()), True),
            (Kind.TELEPHONE, len(digits) <= 6 and left in before.get(Kind.TELEPHONE, ()), True),
            (Kind.TELEPHONE, len(digits) == 3 and not self._language.words["area"].isdisjoint(near), True),
            (Kind.TELEPHONE, _is_toll_free(digits) or (len(digits) == 10 and left in ("at", "al")), False),
            (Kind.PERCENTAGE, left in self._language.words["points"] and len(digits) <= 4, False),
            (Kind.TIME, left in before.get(Kind.TIME, ()) and run.small and 1 <= int(digits) <= 12, True),
            (Kind.TIME, left in before.get(Kind.TIME, ()) and _is_time(run), False),
            (Kind.AMOUNT, left in before.get(Kind.AMOUNT, ()) and _is_price(run), False),
            (
                Kind.YEAR,
                left in before.get(Kind.YEAR, ()) and (is_year(digits) or _is_short_year(run)),
                left in _SURELY_YEAR,
            ),
            (Kind.AGE, run.small and left in before.get(Kind.AGE, ()) and int(digits) >= 18, True),
            (Kind.REFERENCE, len(digits) <= 4 and left in before.get(Kind.REFERENCE, ()), False),
        )
        return next((Found(run, kind, plain) for kind, fits, plain in rules if fits), Found(run, None))

    def _is_house_number(self, run: Run) -> bool:
        """ "four twelve north oak street": a name follows, then the kind of street; in Spanish that comes first."""
        language = self._language
        ends = language.words["stops"] | language.words["links"] | language.words["leads"]
        if language.street_first:
            behind = self._texts[max(0, run.start - _STREET_NAME - 1) : run.start]
            ahead = [text for text in self._texts[run.end : run.end + 3] if text not in ("de", "la", "el", "en")]
            return any(text in language.street_first for text in (*behind, *ahead[:1]))
        for name, text in enumerate(self._texts[run.end : run.end + _STREET_NAME + 1]):
            if text in language.streets:
                return name > 0 or text == "broadway"
            if text in ends or self._is_number_word(text):
                return False
        return False

    def _is_number_word(self, text: str) -> bool:
        return text in self._language.numerals.values or text in self._language.numerals.zeros

    def _follows_street(self, run: Run) -> bool:
        """A street was named a few words before in this utterance."""
        streets = self._language.streets | self._language.street_first
        return any(text in streets for text in self._texts[max(0, run.start - 8) : run.start])

    def _ranges(self, numbers: list[Found]) -> list[Found]:
        """Of two numbers with a word between the first is what the second is: "four ten to one eighty six a month"."""
        for at in range(len(numbers) - 2, -1, -1):
            one, next_one = numbers[at], numbers[at + 1]
            between = self._texts[one.run.end : next_one.run.start]
            if one.kind is not None or len(between) != 1 or between[0] not in _RANGES or len(one.run.digits) > 4:
                continue
            if next_one.plain:
                numbers[at] = Found(one.run, next_one.kind, plain=True)
            elif one.run.small and next_one.run.small and next_one.kind is None:
                numbers[at : at + 2] = [Found(one.run, Kind.COUNT), Found(next_one.run, Kind.COUNT)]
        return numbers


_TOLL_FREE = frozenset({"800", "833", "844", "855", "866", "877", "888"})
_RANGES = frozenset({"to", "or", "and", "through", "versus", "a", "o", "y"})
_SURELY_YEAR = frozenset({"in", "since", "en", "desde"})


def is_year(digits: str) -> bool:
    return len(digits) == 4 and digits[:2] in ("19", "20")


def _is_short_year(run: Run) -> bool:
    """ "oh nine", "ninety four"."""
    return len(run.digits) == 2 and (run.atoms[0].digits == "0" or int(run.digits) >= 40)


def _is_toll_free(digits: str) -> bool:
    return len(digits.removeprefix("1")) == 10 and digits.removeprefix("1")[:3] in _TOLL_FREE


def _is_price(run: Run) -> bool:
    """ "four fifty", "twenty nine oh one"."""
    first, *rest = [atom.digits for atom in run.atoms]
    return 1 <= len(rest) <= 2 and len("".join(rest)) == 2 and (len(first) == 2 or len(rest) == 1)


def _text_at(texts: Sequence[str], at: int) -> str:
    return texts[at] if 0 <= at < len(texts) else ""


def _is_time(run: Run) -> bool:
    """ "five thirty", "twelve oh five"."""
    hour, minutes = run.atoms[0].digits, "".join(atom.digits for atom in run.atoms[1:])
    return 1 <= int(hour) <= 12 and len(hour) <= 2 and len(minutes) == 2 and int(minutes) < 60 and len(run.atoms) <= 3


def _is_day_year(atoms: Iterable[str], *, have_day: bool) -> bool:
    """Are these what follows a month: day, year, or both?"""
    parts = list(atoms)
    whole = "".join(parts)
    if is_year(whole) or (have_day and len(whole) == 2):
        return True
    if have_day or not parts or len(parts[0]) > 2 or not 1 <= int(parts[0]) <= 31:
        return False
    rest = "".join(parts[1:])
    return not rest or is_year(rest) or (len(rest) == 2 and len(parts) <= 3)


def _voids(void: tuple[int, int, str], start: int, end: int) -> bool:
    """A cue that says as much as what voids it stands."""
    begin, until, _ = void
    return start < until and begin < end and not (start <= begin and until <= end and end - start >= until - begin)
