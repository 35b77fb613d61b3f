"""The protocol between those who publish and those who listen. Engines live in `realtime.bus`.

Subjects are dotted words: `call.<call id>`, `queue.<name>`, `agent.<agent id>`. Patterns use `*` for one word and a
final `>` for one or more, as NATS does.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Protocol
from urllib.parse import unquote

import msgspec

from core.events import Event

_OUTSIDE_A_WORD = re.compile(r"[^\w-]")


def word(name: str) -> str:
    """A name as one word of a subject, whatever is in it: `north.desk 2` is `north%2Edesk%202`."""
    return _OUTSIDE_A_WORD.sub(
        lambda outside: "".join(f"%{byte:02X}" for byte in outside[0].encode(errors="surrogatepass")), name
    )


def name_of(spelled: str) -> str | None:
    """The name that `word` spelled so; None for what it never makes (a pattern, two words, another spelling)."""
    name = unquote(spelled)
    return name if name and word(name) == spelled else None


class Position(msgspec.Struct, frozen=True):
    """A place in a subject's stream. Offsets count from 1 within an epoch; another epoch means another history."""

    epoch: str
    offset: int


class Delivery(msgspec.Struct, frozen=True):
    """One event as a subscriber receives it. Not `kept`: it passes by at the subject's position, which stays."""

    subject: str
    position: Position
    event: Event
    kept: bool = True


class SubscriptionOverflow(Exception):
    """The subscriber fell further behind than its bound; what it missed is not delivered: it must re-read its state."""


class Subscription(Protocol):
    """An ordered stream of deliveries. Iterating raises `SubscriptionOverflow` after the bound was passed."""

    def __aiter__(self) -> AsyncIterator[Delivery]: ...

    async def close(self) -> None:
        """Stop receiving; a pending iteration ends."""


class Bus(Protocol):
    """Publish and subscribe. Events of one subject arrive in the order they were published."""

    async def publish(self, subject: str, event: Event, *, kept: bool = True) -> Position:
        """Hand `event` to every matching subscriber and return the place it got.

        One that is not `kept` (words that are still being spoken) goes to who listens now, gets no place of its own
        (the subject's position is returned), and is never recovered.
        """

    def subscribe(self, pattern: str, *, bound: int = 10_000) -> Subscription:
        """Receive everything published from now on under `pattern`, at most `bound` undelivered events behind."""

    def listen(self, pattern: str, listener: Callable[[Delivery], None]) -> Callable[[], None]:
        """Call `listener` with each delivery, without a task between, until the returned function is called.

        For those who only hand on: the listener returns at once and never waits. One that raises is logged, and
        neither the publisher nor the other listeners notice.
        """

    async def position(self, subject: str) -> Position:
        """Where the subject stands now (offset 0 when nothing was published in this epoch)."""

    async def since(self, subject: str, position: Position) -> Sequence[Delivery] | None:
        """What came after `position`, complete; None where that cannot be promised (other epoch, too long ago)."""
