"""A call as text: drives the dialog as a telephone would, with facts in place of the world. Pure: no clock, no disk.

It goes on by itself up to the next question, and stands there until the caller does something. A notice that a key may
cut short is such a question too: whatever else the caller does, they have heard it to its end.

The clock goes on by what is said and done: every prompt takes its time (longer for whoever wants it slower), a key
`KEY_S`, something said `SAYING_S`, and who waits waits as long as the question does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from core.errors import Problem
from ivr.bench import facts as made_up
from ivr.bench.doings import (
    AtAgency,
    CallerEnded,
    Doing,
    End,
    HangsUp,
    InQueue,
    MenuEnded,
    Presses,
    Says,
    SetsClock,
    Waits,
)
from ivr.bench.facts import Given
from ivr.bench.sounds import Utterance, utterance
from ivr.bench.understanding import understood
from ivr.dialog import advance, begin
from ivr.dialog.actions import (
    Ask,
    AskQueue,
    Dial,
    Enqueue,
    Find,
    Found,
    HangUp,
    Heard,
    KeepPlace,
    Keys,
    Learnt,
    Line,
    Listen,
    Nothing,
    Passed,
    Play,
    Prove,
    Proved,
    Spoken,
    State,
    World,
)
from ivr.document.model import Choose, Document
from ivr.session import BIRTH, LAST_FOUR, MOST_SECRET
from records.contact import Verification

KEY_S = 0.5
SAYING_S = 2.0


@dataclass(frozen=True)
class Turn:
    """What the caller did (None: the call began), and what came of it up to the next question.

    Beside what was said that is what happened unheard, in words: a service's outcome, a proof.
    """

    doing: Doing | None
    at: datetime  # UTC; when they did it
    happened: tuple[Utterance | str, ...] = ()

    @property
    def heard(self) -> tuple[Utterance, ...]:
        return tuple(each for each in self.happened if isinstance(each, Utterance))


class Walk:
    """`levels`: what each self-service asks, as in `World`.

    `turns` is the call so far; `over` its end, once there is one; `question` what the caller stands at until then.
    Any method may raise `made_up.Unsaid`, or a `Problem` where something cannot be said.
    """

    def __init__(self, document: Document, given: Given, levels: Mapping[str, Verification]) -> None:
        self.document, self.given = document, given
        self._levels = dict(levels)
        self._zone = ZoneInfo(document.zone)
        self.now = self._instant(given.now)
        self.over: End | None = None
        self.turns: list[Turn] = [Turn(None, self.now)]
        self.trail: list[Passed] = []  # every way that was taken
        self.visited: list[str] = []  # the steps that the caller stood at
        self._typed = ""  # keys that no question has taken yet
        self._wrong = 0  # proofs
        self._secret: list[str] = []  # what was entered of a proof in parts
        self._said = False  # whether the action at hand has been played
        self._found = Found(member=None)
        self._asked: Counter[str] = Counter()
        self._chosen: set[str] = set()  # the `choose` steps that were answered for the caller in this turn
        self.state, self._action = begin(document, made_up.arrival(given), self._world())
        self._passed()
        self._settle()

    # --- what can be asked of it

    @property
    def question(self) -> Play | Listen | Prove:
        """Only while the call is not over."""
        return cast(Play | Listen | Prove, self._action)

    @property
    def at(self) -> str:
        return self.state.at

    @property
    def learnt(self) -> Learnt:
        return self.state.learnt

    @property
    def found_by_access(self) -> bool:
        """Whether the number entered last was that of somebody who acts for the member."""
        return bool(self._found.authority)

    @property
    def local(self) -> datetime:
        return self.now.astimezone(self._zone)

    # --- what the caller does

    def do(self, doing: Doing) -> None:
        """Raises `Problem` after the end."""
        self.before(doing)
        if self.over is not None:
            raise Problem("the call is over", remedy="A caller does nothing after it")
        self._chosen.clear()
        self.turns.append(Turn(doing, self.now))
        match doing:
            case SetsClock():
                self.now = self._instant(doing.now)
            case HangsUp():
                self.over = CallerEnded()
            case Presses():
                self._passes(len(doing.keys) * KEY_S)
                self._typed += doing.keys
                self._settle()
            case Says():
                self._say_it(doing)
            case Waits():
                if not self.listen_on():
                    self._wait()

    def before(self, doing: Doing) -> None:
        """What they hear before they do this: a notice to its end, unless this is the key that cuts it short."""
        if isinstance(doing, Says | Presses):
            while not (isinstance(doing, Presses) and self._stops(doing.keys)) and self.listen_on():
                pass

    def listen_on(self) -> bool:
        """Hear the notice at hand to its end, as part of the same turn; False where there is none."""
        if self.over is not None or not isinstance(self._action, Play):
            return False
        self._hear(Keys(digits=""))
        return True

    def _stops(self, keys: str) -> bool:
        return isinstance(self._action, Play) and keys[:1] in self._action.stop_keys

    def _say_it(self, doing: Says) -> None:
        action = self._action
        self._passes(SAYING_S)
        if isinstance(action, Listen) and action.words is not None:
            self._hear(understood(doing.text, action.words, action.language, clearly=doing.clearly))
        else:
            self._note("nobody listens to speech here")
            self._wait()

    def _wait(self) -> None:
        self._passes(cast(Listen | Prove, self._action).wait_s)
        if isinstance(self._action, Prove):
            self._prove("nothing")
        else:
            self._hear(Nothing())

    # --- on to the next question

    def _settle(self) -> None:
        """Do what needs no caller, and take the keys that they have pressed, up to a question or the end."""
        while self.over is None:
            action = self._action
            if isinstance(action, Spoken) and not self._said:
                self._say(action.lines)
                self._said = True
            heard = self._done(action)
            if heard is None:
                return
            self._go_on(heard)

    def _done(self, action: object) -> Heard | None:
        """What comes of the action by itself, or of keys that wait for it; None where it is for the caller."""
        facts = self.given.facts
        match action:
            case Enqueue():
                self.over = InQueue(action.queue, action.priority, action.skills, action.facts)
                return None
            case HangUp():
                self.over = MenuEnded()
                return None
            case Dial():
                if made_up.answered(facts, action.number):
                    self.over = AtAgency(action.number)
                    return None
                self._note(f"nobody answers at {action.number}")
                return Keys(digits="")
            case Find():
                self._found = made_up.find(facts, action.number)
                self._note("that number is known" if self._found.member else "that number is not known")
                return self._found
            case Ask():
                served = made_up.serve(facts, action.service, self._asked)
                self._asked[action.service] += 1
                self._note(f"{action.service}: {served.outcome or made_up.FAILED}")
                return served
            case AskQueue():
                return made_up.queue_now(facts, action.queue)
            case KeepPlace():
                kept = made_up.keep(facts, action)
                self._note(f"a call back to {action.number}: {'kept' if kept.reference else 'refused'}")
                return kept
            case Play():
                return self._played(action)
            case Listen():
                return self._chosen_language() or (self._take(action.most, action.wait_s) if self._typed else None)
            case Prove() if self._typed:
                return self._part(action)
        return None

    def _played(self, action: Play) -> Keys | None:
        """Stands only where a key may stop it and none has been pressed."""
        if action.stop_keys and self._typed[:1] and self._typed[0] in action.stop_keys:
            key, self._typed = self._typed[0], self._typed[1:]
            return Keys(digits=key)
        return None if action.stop_keys and not self._typed else Keys(digits="")

    def _take(self, most: int, wait_s: float) -> Keys:
        """As many keys as the question takes, up to `#`; too few of them are taken after the wait for the next."""
        before, closed, after = self._typed.partition("#")
        if closed and len(before) <= most:
            self._typed = after
            return Keys(digits=before, ended=True)
        keys, self._typed = self._typed[:most], self._typed[most:]
        if len(keys) < most:
            self._passes(wait_s)
        return Keys(digits=keys)

    def _chosen_language(self) -> Keys | None:
        """The key of the language that the caller is given to choose, once a turn."""
        step = self.document.steps.get(self.at)
        if not isinstance(step, Choose) or not self.given.language or self._typed or self.at in self._chosen:
            return None
        self._chosen.add(self.at)
        key = next((key for key, language in step.keys.items() if language == self.given.language), "")
        if not key:
            return None
        self._passes(KEY_S)
        self._note(f"chooses {self.given.language}")
        return Keys(digits=key)

    # --- secrets

    def _part(self, action: Prove) -> Proved | None:
        """The next part of a proof: one of a PIN or code, two of what a member knows."""
        knowledge = action.way == "knowledge"
        most = (LAST_FOUR, BIRTH)[len(self._secret)] if knowledge else MOST_SECRET
        keys = self._take(most, action.wait_s).digits
        if keys in ("0", "*", ""):
            return self._proved({"0": "person", "*": "back", "": "nothing"}[keys])
        self._secret.append(keys)
        if knowledge and len(self._secret) == 1:
            self._say(action.then)
            return self._part(action) if self._typed else None
        return self._proved(made_up.prove(self.given.facts, self._found, action.way, tuple(self._secret), self._wrong))

    def _proved(self, result: str) -> Proved:
        self._secret = []
        self._wrong += result == "wrong"
        if result in ("right", "wrong", "locked"):
            self._note(f"that is {result}")
        return Proved(result=result)  # type: ignore[arg-type] # one of its words

    def _prove(self, result: str) -> None:
        self._hear(self._proved(result))

    # --- the dialog

    def _hear(self, heard: Heard) -> None:
        self._go_on(heard)
        self._settle()

    def _go_on(self, heard: Heard) -> None:
        state: State = self.state
        self.state, self._action = advance(self.document, state, heard, self._world())
        self._said = False
        self._passed()

    def _passed(self) -> None:
        self.trail += self.state.trail
        self.visited.append(self.at)

    def _world(self) -> World:
        announced = {name: dict(texts) for name, texts in self.given.facts.announced.items()}
        return World(now=self.now, announced=announced, levels=self._levels)

    def _instant(self, local: datetime) -> datetime:
        return local.replace(tzinfo=self._zone).astimezone(UTC)

    def _passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def _say(self, lines: tuple[Line, ...]) -> None:
        spoken = cast(Spoken, self._action)
        said = [utterance(line, spoken.language, slow=spoken.slow, pace=self.document.slow) for line in lines]
        self._passes(sum(each.seconds for each in said))
        self._happens(*said)

    def _note(self, words: str) -> None:
        self._happens(words)

    def _happens(self, *what: Utterance | str) -> None:
        turn = self.turns[-1]
        self.turns[-1] = Turn(turn.doing, turn.at, (*turn.happened, *what))
