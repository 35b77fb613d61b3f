"""A call with the dialog: what the caller does, what was said, where it stands. No driver, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from documents import LEVELS
from msgspec.structs import replace

from ivr.dialog import advance, begin
from ivr.dialog.actions import Action, Arrival, Heard, Keys, Learnt, MemberFacts, Nothing, Spoken, World
from ivr.document.model import Document, Language
from records.contact import Verification

NOON = datetime(2026, 11, 24, 17, tzinfo=UTC)  # Tuesday, 12:00 in New York
NIGHT = datetime(2026, 11, 25, 3, tzinfo=UTC)  # the same Tuesday, 22:00
MOBILE = "+14045550123"

ROSE = MemberFacts(member_id="m1", first_name="Rose", relation="retiree")
PAUL = MemberFacts(member_id="m2", first_name="Paul", relation="active", language="es")
HIDDEN = MemberFacts(member_id="m3", first_name="Ann", relation="retiree", protected=True)
CHILD = MemberFacts(member_id="m4", first_name="Tim", relation="survivor", minor=True)


class Call:
    """Begins on arrival. `said` is what the last action says, in words as the document writes them."""

    def __init__(
        self,
        document: Document,
        *,
        number: str = MOBILE,
        dialled: str = "",
        member: MemberFacts | None = None,
        now: datetime = NOON,
        announced: Mapping[str, dict[Language, str]] | None = None,
        levels: Mapping[str, Verification] = LEVELS,
    ) -> None:
        self.document = document
        self.world = World(now=now, announced=dict(announced or {}), levels=dict(levels))
        arrival = Arrival(number=number, dialled=dialled, member=member, matches=1 if member else 0)
        self.state, self.action = begin(document, arrival, self.world)
        self.actions: list[Action] = [self.action]

    def hears(self, *heard: Heard) -> Call:
        for each in heard:
            self.state, self.action = advance(self.document, self.state, each, self.world)
            self.actions.append(self.action)
        return self

    def presses(self, *keys: str) -> Call:
        """Each answers one action; `#` at the end closes the input."""
        return self.hears(*(Keys(digits=key.removesuffix("#"), ended=key.endswith("#")) for key in keys))

    def waits(self, times: int = 1) -> Call:
        return self.hears(*[Nothing()] * times)

    def listens_through(self) -> Call:
        """A prompt that is played to its end."""
        return self.hears(Keys(digits=""))

    @property
    def said(self) -> list[str]:
        return texts(self.action)

    @property
    def at(self) -> str:
        return self.state.at

    @property
    def learnt(self) -> Learnt:
        return self.state.learnt

    @property
    def path(self) -> tuple[str, ...]:
        return self.state.learnt.path


def texts(action: Action) -> list[str]:
    if not isinstance(action, Spoken):
        return []
    return [line.prompt.texts[line.language or action.language] for line in action.lines]


def entered(document: Document, at: str, **fields: object) -> Call:
    """A call that starts at this step."""
    return Call(replace(document, start=at), **fields)  # type: ignore[arg-type]
