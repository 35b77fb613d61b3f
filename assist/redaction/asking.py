"""What a conversation is about, as far as numbers go: who was asked for what, and whose digits are the answer. Pure.

`follow` takes utterances in the order they began and gives every number the thread it belongs to: the digits that
answer one question, over as many utterances and speakers as it takes. What they are is decided in `deciding`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from assist.redaction.language import Language
from assist.redaction.lengths import exact, expected, is_routing_number, may_be
from assist.redaction.model import FREE, SECRETS, SPELLED, Kind
from assist.redaction.numerals import Run
from assist.redaction.reading import Cue, Found, Reading
from assist.redaction.spelling import MOST_WORDS, Speller

# How many words a question waits for its answer, and for what belongs to it: pieces, corrections, the read-back.
UNANSWERED, ANSWERED, HARMLESS, LOOSE = 90, 30, 30, 14
DIRECT = 5  # words between a cue and the number that it surely names
LINKED = 5  # words between a number and the cue behind it: "is my", "that's the last four of my"
MOST_IN_ONE_GO = 6  # digits of a piece
AT_ONCE = 12  # words before the only number of an answer
REMEMBERED = 8  # harmless numbers that are known when they are said again
_AT_ONCE = frozenset({Kind.HOUSE_NUMBER, Kind.AMOUNT, Kind.COUNT, Kind.AGE, Kind.PERCENTAGE, Kind.TIME, Kind.YEAR})
_HAVE_LAST_FOUR = (SECRETS - FREE) | {Kind.TELEPHONE, Kind.REFERENCE}
_SHAPED = frozenset({Kind.TELEPHONE, Kind.MEMBER_NUMBER, Kind.DATE})  # length or check digit tells them
_POINTS_BACK = frozenset({"that's", "that", "eso", "ese", "esos"})


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked for or being told. Of several kinds at once each number takes the one that fits."""

    kinds: tuple[Kind, ...]
    thread: int
    owed: tuple[Kind, ...] = ()  # those of an earlier question
    four: bool = False  # only the last four digits
    got: int = 0
    idle: int = 0  # words since the cue or the last digits

    @property
    def secrets(self) -> tuple[Kind, ...]:
        return tuple(kind for kind in self.kinds if kind in SECRETS)

    @property
    def answered(self) -> bool:
        wanted = self.secrets or self.kinds
        return self.got >= sum(4 if self.four and kind is Kind.SSN else expected(kind) for kind in wanted)

    @property
    def live(self) -> bool:
        if not self.secrets:
            return self.idle <= HARMLESS
        return self.idle <= (ANSWERED if self.answered else UNANSWERED)

    @property
    def for_one(self) -> bool:
        """One number is the whole answer, and comes at once."""
        return all(kind in _AT_ONCE for kind in self.kinds)


@dataclass(frozen=True, slots=True)
class Spelling:
    """Words of a free kind are awaited (`asked`), or being spelled. `by` told or asked for it."""

    kind: Kind
    by: str
    asked: bool
    idle: int = 0


@dataclass(frozen=True, slots=True)
class State:
    """Where the conversation stands between two utterances."""

    ask: Ask | None = None
    spelling: Spelling | None = None
    loose: int = -1  # the thread of digits that nobody asked for; -1: none
    loose_idle: int = 0
    threads: int = 0
    member: bool = False  # a member number has been spoken of
    card: bool = False  # a card has been spoken of: "the expiration" and "the code" are its
    plain: tuple[str, ...] = field(default=(), repr=False)  # harmless numbers said last


@dataclass(frozen=True, slots=True)
class Placed:
    """Tokens `start` to `end` of an utterance that may have to be masked, and the thread they belong to."""

    start: int
    end: int
    digits: str = field(repr=False)
    thread: int
    speaker: str
    kind: Kind | None  # None: not known yet
    plain: bool = False  # harmless whatever the thread is
    run: Run | None = field(default=None, repr=False)
    counts: bool = False  # stands like a count, before a word
    last: bool = False  # the utterance ends with it
    repairs: bool = False  # said in place of what stood before
    four: bool = False
    beside: bool = False  # what stands beside it told its kind


@dataclass(frozen=True, slots=True)
class Followed:
    placed: tuple[Placed, ...]
    named: tuple[tuple[int, Kind], ...]  # threads of this or earlier utterances that a cue behind them told the kind of
    open_from: int  # threads before this one go on no more


def follow(state: State, reading: Reading, speaker: str, language: Language) -> tuple[State, Followed]:
    """Costs in proportion to the utterance."""
    return _Utterance(state, reading, speaker, language).follow()


class _Utterance:
    def __init__(self, state: State, reading: Reading, speaker: str, language: Language) -> None:
        self._state, self._reading, self._speaker, self._language = state, reading, speaker, language
        self._words = language.words
        self._spelling = Speller(reading, language)
        self._placed: list[Placed] = []
        self._named: list[tuple[int, Kind]] = []
        self._cue_end = -1  # of the last cue that no number has followed yet
        self._cue_kinds: tuple[Kind, ...] = ()
        self._nearest: Kind | None = None

    def follow(self) -> tuple[State, Followed]:
        reading = self._reading
        free = list(self._free_words())
        taken = frozenset(at for start, end, _ in free for at in range(start, end))
        self._prepare_last_four()
        events: list[tuple[int, Cue | Found]] = [(cue.start, cue) for cue in reading.cues if cue.role != "declines"]
        events += [
            (each.run.start, each)
            for each in reading.numbers
            if not taken.intersection(range(each.run.start, each.run.end))
        ]
        at = 0
        for place, event in sorted(events, key=lambda each: (each[0], isinstance(each[1], Found))):
            self._pass(max(0, place - at))
            at = max(at, event.end if isinstance(event, Cue) else event.run.end)
            if isinstance(event, Cue):
                self._cue(event)
            else:
                self._number(event)
        self._pass(max(0, len(reading.tokens) - at))
        for start, end, kind in free:
            self._placed.append(Placed(start, end, "", self._new_thread(), self._speaker, kind))
        if not self._placed and len(reading.tokens) > 3 and self._state.loose >= 0:
            self._state = replace(self._state, loose=-1)
        state = self._state
        open_from = min(
            [state.loose if state.loose >= 0 else state.threads, state.ask.thread if state.ask else state.threads]
        )
        return state, Followed(tuple(self._placed), tuple(self._named), open_from)

    def _pass(self, words: int) -> None:
        state = self._state
        self._state = replace(
            state,
            ask=replace(state.ask, idle=state.ask.idle + words) if state.ask else None,
            spelling=replace(state.spelling, idle=state.spelling.idle + words) if state.spelling else None,
            loose_idle=state.loose_idle + words,
        )

    def _new_thread(self) -> int:
        self._state = replace(self._state, threads=self._state.threads + 1)
        return self._state.threads - 1

    # --- cues --------------------------------------------------------------------------------------

    def _prepare_last_four(self) -> None:
        """ "The last four" are those of what else is named, of what was asked for, or of the social."""
        cues = self._reading.cues
        self._four = any(cue.role == "last_four" for cue in cues)
        self._four_of: Kind | None = None
        if self._four and not any(cue.kind in _HAVE_LAST_FOUR for cue in cues):
            ask = self._state.ask
            self._four_of = ask.kinds[-1] if ask and ask.live else Kind.SSN

    def _cue(self, cue: Cue) -> None:
        kind = self._four_of if cue.role == "last_four" else cue.kind
        if kind is None or (cue.role == "near" and not self._number_follows(cue.end)):
            return
        if kind is Kind.CARD_NUMBER:
            self._state = replace(self._state, card=True)
        if kind is Kind.MEMBER_NUMBER:
            self._state = replace(self._state, member=True)
        if kind is Kind.CARD_EXPIRY and not self._state.card:
            return
        if kind is Kind.ONE_TIME_CODE and self._state.card:
            kind = Kind.CARD_CODE
        spelling = self._state.spelling
        if spelling and cue.role == "cue" and cue.kind is not spelling.kind:
            self._state = replace(self._state, spelling=replace(spelling, asked=False))  # something else is spoken of
        if cue.role == "cue" and self._names_what_stands_before(cue):
            return
        before = self._state.ask
        if self._cue_end >= 0 and before:  # "the routing and account number"
            kinds = before.kinds if kind in before.kinds else (*before.kinds, kind)
            self._state = replace(self._state, ask=replace(before, kinds=kinds, idle=0, four=before.four or self._four))
            self._cue_kinds = (*self._cue_kinds, kind)
        elif before and before.live and kind in before.kinds:
            self._state = replace(self._state, ask=replace(before, idle=0, four=self._four or before.four))
            if kind in SECRETS and before.answered:
                self._ask((kind,), four=self._four)
            self._cue_kinds = (kind,)
        else:
            owed: tuple[Kind, ...] = ()
            got = 0
            if before and before.live and before.secrets and not before.answered:
                owed, got = tuple(each for each in before.secrets if each not in FREE), before.got
            self._ask(
                (kind, *(each for each in owed if each != kind)),
                four=self._four or bool(owed and before and before.four),
                got=got,
                owed=owed,
            )
            self._cue_kinds = (kind,)
        self._cue_end, self._nearest = max(self._cue_end, cue.end), kind

    def _ask(self, kinds: tuple[Kind, ...], *, four: bool, got: int = 0, owed: tuple[Kind, ...] = ()) -> None:
        ask = Ask(kinds, self._new_thread(), owed, four, got)
        self._state = replace(self._state, ask=ask, loose=-1)

    def _names_what_stands_before(self, cue: Cue) -> bool:
        """ "… is my PIN", "that's my social": the cue tells what the digits before it were."""
        links, verbs = self._words["links"], self._words["link_verbs"]
        last = self._placed[-1] if self._placed else None
        begin = last.end if last else 0
        between = [self._reading.text(at) for at in range(begin, cue.start)]
        inside = [self._reading.text(at) for at in range(cue.start, cue.end)]
        if len(between) > LINKED or not all(text in links for text in between):
            return False
        if not any(text in verbs for text in (*between, *inside[:1])) or inside[-1] in verbs:
            return False
        if self._number_follows(cue.end):
            return False
        thread = last.thread if last else self._state.loose
        if last is None and (self._state.loose_idle > 8 or not _POINTS_BACK.intersection(between)):
            return False
        if thread < 0 or cue.kind is None or (last and last.plain):
            return False
        ask = self._state.ask
        if ask and ask.thread == thread and ask.secrets:
            return False
        self._named.append((thread, cue.kind))
        if cue.kind in SECRETS:
            got = len(last.digits) if last else expected(cue.kind)
            self._state = replace(self._state, ask=Ask((cue.kind,), thread, four=self._four, got=got), loose=-1)
        return True

    def _number_follows(self, at: int) -> bool:
        return any(at <= each.run.start <= at + 1 for each in self._reading.numbers)

    # --- numbers -----------------------------------------------------------------------------------

    def _number(self, found: Found) -> None:
        run, state = found.run, self._state
        ask = state.ask if state.ask and state.ask.live else None
        direct = self._cue_kinds if self._cue_end >= 0 and run.start - self._cue_end <= DIRECT else ()
        if found.plain and not self._is_secret_after_all(found, ask, direct):
            self._place(found, self._new_thread(), found.kind, plain=True)
            return
        if ask and ask.secrets and ask.answered and not direct and self._is_something_else(found, ask):
            ask = None
        if ask and ask.secrets and (kind := self._by_itself(found, ask, direct)):
            self._place(found, self._new_thread(), kind, plain=True)
            return
        if ask and ask.secrets:
            kind = self._of_asked(found, ask, direct)
            if kind in SECRETS:
                self._state = replace(self._state, ask=replace(ask, got=ask.got + len(run.digits), idle=0))
            self._place(found, ask.thread if kind in SECRETS else self._new_thread(), kind)
        elif found.kind is not None:
            self._place(found, self._new_thread(), found.kind)
        elif ask and (direct or self._answers(found, ask)):
            kind = next((each for each in ask.kinds if exact(each, run, four=ask.four)), ask.kinds[0])
            self._state = replace(self._state, ask=replace(ask, idle=0, got=ask.got + len(run.digits)))
            self._place(found, ask.thread, kind, four=ask.four)
        else:
            self._loose(found)
        self._cue_end = -1

    def _is_secret_after_all(self, found: Found, ask: Ask | None, direct: tuple[Kind, ...]) -> bool:
        """A number that what stands beside it calls harmless."""
        if found.kind is Kind.FORM:  # "w nine" may be of a number with letters
            return bool(ask and SPELLED.intersection(ask.secrets))
        if found.kind is Kind.DATE:
            return bool(ask and Kind.CARD_EXPIRY in ask.secrets and not ask.answered)
        between = [self._reading.text(at) for at in range(self._cue_end, found.run.start)]
        told = all(text in self._words["links"] | self._words["leads"] for text in between)
        return told and not SECRETS.isdisjoint(direct) and len(found.run.atoms) > 2 and len(found.run.digits) > 3

    def _is_something_else(self, found: Found, ask: Ask) -> bool:
        """What was asked for has been told, and this is not it: were these its digits, they would be known."""
        long = len(found.run.digits) > MOST_IN_ONE_GO
        return found.kind is not None or (long and not any(may_be(kind, found.run, four=False) for kind in ask.secrets))

    def _answers(self, found: Found, ask: Ask) -> bool:
        """Does it answer a harmless question? Not if it is a count in a sentence."""
        if ask.for_one and (ask.got or ask.idle > AT_ONCE):
            return False
        return not (found.run.small and self._counts(found))

    def _of_asked(self, found: Found, ask: Ask, direct: tuple[Kind, ...]) -> Kind:
        """Which of the kinds asked for, at least one of them a secret, this number is."""
        run = found.run
        told = bool(direct) and self._nearest in SECRETS  # "my social is …": whatever it looks like
        for kind in () if told else ask.kinds:
            if kind in SECRETS or not exact(kind, run, four=ask.four):
                continue
            if kind in direct and not any(each in SECRETS for each in direct):
                return kind
            if kind is self._nearest and run.start == self._cue_end:
                return kind
            shaped = kind in _SHAPED or (kind is Kind.ZIP_CODE and set(ask.secrets) <= set(ask.owed))
            if shaped and not any(may_be(secret, run, four=ask.four) for secret in ask.secrets):
                return kind
        fitting = [kind for kind in ask.secrets if exact(kind, run, four=ask.four)]
        named = [kind for kind in direct if kind in SECRETS]
        if ask.secrets == (Kind.BANK_ACCOUNT,) and is_routing_number(run.digits):
            return Kind.ROUTING_NUMBER
        if len(named) == 1:
            return named[0]
        return (fitting or [kind for kind in ask.secrets if may_be(kind, run, four=ask.four)] or list(ask.secrets))[0]

    def _by_itself(self, found: Found, ask: Ask, direct: tuple[Kind, ...]) -> Kind | None:
        """What is harmless though a secret was asked for: a count, or a number said before as a harmless one."""
        if self._is_a_count(found, direct):
            return Kind.COUNT
        again = ask.answered and not direct and len(found.run.digits) >= 2 and found.run.digits in self._state.plain
        return Kind.COUNT if again else None

    def _is_a_count(self, found: Found, direct: tuple[Kind, ...]) -> bool:
        """ "It takes two payment cycles": a small number within a sentence, though a secret was asked for."""
        run, words = found.run, self._words
        following, left = self._reading.text(run.end), self._reading.text(run.start - 1)
        inside = words["stops"] | words["links"] | words["leads"] | words["repairs"] | _GOES_ON
        alone = all(each is found or each.plain for each in self._reading.numbers)
        return (
            run.small
            and not direct
            and alone
            and bool(left)
            and left not in words["links"] | words["leads"]
            and bool(following)
            and following not in inside
            and following not in words["joins_letters"] | words["symbols"]
        )

    def _counts(self, found: Found) -> bool:
        following = self._reading.text(found.run.end)
        if found.run.digits == "1" and len(self._reading.tokens) > 3:
            return True  # "the unreduced one"
        return bool(following) and following not in _GOES_ON and following not in self._words["repairs"]

    def _loose(self, found: Found) -> None:
        state = self._state
        if state.member and exact(Kind.MEMBER_NUMBER, found.run, four=False):
            self._place(found, self._new_thread(), Kind.MEMBER_NUMBER)
            return
        if state.loose < 0 or state.loose_idle > LOOSE:
            thread = self._new_thread()
            self._state = replace(self._state, loose=thread)
        self._state = replace(self._state, loose_idle=0)
        self._place(found, self._state.loose, None)

    def _place(self, found: Found, thread: int, kind: Kind | None, *, plain: bool = False, four: bool = False) -> None:
        run = found.run
        known = (
            kind is not None
            and kind not in SECRETS
            and (plain or (len(run.digits) >= 5 and exact(kind, run, four=False)))
        )
        if known:
            self._state = replace(self._state, plain=(*self._state.plain, run.digits)[-REMEMBERED:])
        start = run.start
        if kind is Kind.CARD_EXPIRY:  # with its month
            while start > 0 and self._reading.text(start - 1) in self._words["months"] | self._words["date_joints"]:
                start -= 1
        nearby = [self._reading.text(at) for at in range(max(0, run.start - 3), run.start)]
        self._placed.append(
            Placed(
                start=start,
                end=run.end,
                digits=run.digits,
                thread=thread,
                speaker=self._speaker,
                kind=kind,
                plain=plain,
                run=run,
                counts=self._counts(found),
                last=run.end == len(self._reading.tokens),
                repairs=any(text in self._words["repairs"] for text in nearby),
                four=four,
                beside=found.kind is not None,
            )
        )

    # --- free words: passwords and the like --------------------------------------------------------

    def _free_words(self) -> Iterator[tuple[int, int, Kind]]:
        reading, spelling = self._reading, self._state.spelling
        cues = [cue for cue in reading.cues if cue.role in ("given", "asked", "after")]
        told = None
        for cue in cues:
            assert cue.kind is not None  # roles of free words have a kind
            told = cue.kind
            if cue.role == "asked":
                spelling = Spelling(cue.kind, self._speaker, asked=True)
            elif cue.role == "given":
                until = next(
                    (each.start for each in reading.cues if each.start >= cue.end and each.role == "cue"), None
                )
                spelling = Spelling(cue.kind, self._speaker, asked=False)
                if (span := self._spelling.content(cue.end, until)) is not None:
                    yield *span, cue.kind
            else:
                begin = self._spelling.skip_leads(0)
                if begin < cue.start and cue.start - begin <= MOST_WORDS and not self._spelling.declined():
                    yield begin, cue.start, cue.kind
        if spelling and not told and spelling.idle <= ANSWERED:
            if spelling.asked and spelling.by != self._speaker:
                if not self._spelling.declined() and (span := self._spelling.content(0, None)) is not None:
                    yield *span, spelling.kind
                    spelling = replace(spelling, by=self._speaker, asked=False, idle=0)
            else:
                yield from ((start, end, spelling.kind) for start, end in self._spelling.spelled(strict=True))
        ask = self._state.ask
        spelled = [
            kind
            for kind in (*(ask.secrets if ask and ask.live else ()), *(cue.kind for cue in reading.cues))
            if kind in SPELLED - FREE
        ]
        if spelled and spelled[0]:
            yield from ((start, end, spelled[0]) for start, end in self._spelling.spelled(strict=False))
        if spelling and told:
            self._state = replace(self._state, ask=Ask((spelling.kind,), self._new_thread()))
        self._state = replace(self._state, spelling=spelling)


_GOES_ON = frozenset({"and", "then", "dash", "next", "y", "luego", "guion"})
