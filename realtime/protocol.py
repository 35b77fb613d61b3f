"""What a browser and Memberline say to each other, apart from the events themselves. Generated to TypeScript.

Over the websocket (`wss://gateway/?ticket=…`), all text frames, one JSON object each:

1. The gateway greets with `hello`.
2. The client sends `subscribe` with the epoch and offset of the snapshot that it fetched over HTTP. `agent.me` stands
   for `agent.<own id>`; everything that comes back carries the real name.
3. `subscribed` with `recovered: true`: exactly the events between the client's offset and the stated one follow, then
   all new ones. `recovered: false`: the past cannot be given; fetch the snapshot again and drop events that it holds
   (same epoch, offset not above the snapshot's). Either way new events flow from the stated offset on.
4. Offsets of a subject rise by one. A client that sees a gap or another epoch subscribes again with what it has.
5. An event with `kept: false` passes by (words still being spoken): it stands at the subject's present offset, is
   never recovered, and is only for a client that is up to date.
6. Before a planned end the gateway says `bye` with the seconds after which this client may come back, so that
   thousands do not come at once.

The address names the versions that the client speaks (`&v=1`, or `&v=1,2`); `hello` says which one is spoken. Where
there is none in common the connection is closed with 4406: the page is older than the server and must be loaded anew.

Unknown fields are ignored on both sides. A message that is not understood is answered by `error`; the connection stays.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from core.access import User
from core.events import Event, Message

VERSIONS = (1,)  # that this gateway speaks

# Close codes of our own; the library's that are used too are named in `memberline.protocol_page`.
CLOSE_TICKET = 4401  # the ticket is unknown, used or too old: get a new one
CLOSE_SIGNED_OUT = 4403  # the session ended: sign in again
CLOSE_SLOW = 4008  # too slow to take what was sent: come back and recover
CLOSE_NONSENSE = 4400  # too many messages that made no sense
CLOSE_VERSION = 4406  # no version in common: load the page anew

ErrorCode = Literal["malformed", "unknown_type", "not_allowed", "too_many_subscriptions"]


class ClientMessage(Message, frozen=True, kw_only=True, tag_field="type", tag=str.lower):
    """The base of what a client sends."""


class Subscribe(ClientMessage, frozen=True, kw_only=True):
    """Send me `subject`. Without `epoch` nothing is recovered. A second one for the same subject replaces the first."""

    subject: str
    epoch: str = ""
    offset: Annotated[int, msgspec.Meta(ge=0, le=2**53)] = 0


class Unsubscribe(ClientMessage, frozen=True, kw_only=True):
    subject: str


AnyClientMessage = Subscribe | Unsubscribe


class ServerMessage(Message, frozen=True, kw_only=True, tag_field="type", tag=str.lower):
    """The base of what the gateway sends."""


class Hello(ServerMessage, frozen=True, kw_only=True):
    """The connection stands. `version` is the one that is spoken."""

    version: int
    user: User


class Subscribed(ServerMessage, frozen=True, kw_only=True):
    """The subject stands at `epoch` and `offset`. `recovered`: what was missed up to there follows; else reload."""

    subject: str
    recovered: bool
    epoch: str
    offset: int


class Unsubscribed(ServerMessage, frozen=True, kw_only=True):
    subject: str


class Pushed(ServerMessage, frozen=True, kw_only=True, tag="event"):
    """One event of a subscribed subject. Not `kept`: it passes by, at the subject's present offset."""

    subject: str
    epoch: str
    offset: int
    event: Event
    kept: bool = True


class Bye(ServerMessage, frozen=True, kw_only=True):
    """The gateway is about to end as planned: come back after so many seconds."""

    return_after_s: float


class Refused(ServerMessage, frozen=True, kw_only=True, tag="error"):
    """What was wrong with a message of the client's, in words. `subject` where it concerned one, else empty."""

    code: ErrorCode
    message: str
    subject: str = ""


AnyServerMessage = Hello | Subscribed | Unsubscribed | Pushed | Bye | Refused


class SignIn(Message, frozen=True, kw_only=True):
    """POST /api/session; it and GET answer with the `User`."""

    username: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    password: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
    code: Annotated[str, msgspec.Meta(max_length=12)] = ""  # of the second factor, where it is asked for


class SignInWays(Message, frozen=True, kw_only=True):
    """GET /api/sign-in: with a password, or at `/api/oidc` through the organisation's identity provider."""

    password: bool
    organisation: bool


class TicketInfo(Message, frozen=True, kw_only=True):
    """POST /api/ticket. Open `url` within `expires_s` seconds, once; the ticket is in it already."""

    ticket: str
    url: str
    expires_s: int


class ProblemDetails(Message, frozen=True, kw_only=True):
    """Any answer of 400 and above (application/problem+json, RFC 9457). `detail` says what to do.

    `type` is `about:blank`, or `urn:memberline:code` where signing in needs the second factor's code as well.
    """

    title: str
    status: int
    detail: str
    request_id: str
    type: str = "about:blank"


def decode(frame: str | bytes) -> AnyClientMessage:
    """A client's message; raises `msgspec.MsgspecError` (with the place) for anything else."""
    return _DECODER.decode(frame)


_DECODER: msgspec.json.Decoder[AnyClientMessage] = msgspec.json.Decoder(AnyClientMessage)
