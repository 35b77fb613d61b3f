"""Lists that may grow without end are given in pages, each with the place where the next one begins.

A place is where the last item of a page stands in the list's order (its time or name, its id), so that what is added
meanwhile neither repeats nor hides an item. Clients get it as a word to hand back, and read nothing into it.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, NamedTuple, TypeVar

import msgspec

from core.events import Message
from core.routes import Refusal

Item = TypeVar("Item")


class Paging(Message, frozen=True, kw_only=True):
    """The query of a paged list: at most `limit` items, those after the cursor `after` (empty: from the first on)."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20
    after: Annotated[str, msgspec.Meta(max_length=800)] = ""

    def place(self) -> Place | None:
        """Where to begin (None: with the first item). Raises `Refusal(422)` for a cursor that is none of ours."""
        try:
            place = self._decoded(Place)
            return place and place._replace(at=place.at.astimezone(UTC))
        except OverflowError:
            raise _none_of_ours() from None

    def name_place(self) -> NamePlace | None:
        """The same in a list ordered by name."""
        return self._decoded(NamePlace)

    def _decoded(self, kind: type[AnyPlace]) -> AnyPlace | None:
        if not self.after:
            return None
        try:
            return msgspec.json.decode(base64.b64decode(self.after, altchars=b"-_", validate=True), type=kind)
        except (ValueError, OverflowError, msgspec.DecodeError):
            raise _none_of_ours() from None


def _none_of_ours() -> Refusal:
    return Refusal(422, "`after` is not the `next` of another page", remedy="Begin without it")


Id = Annotated[str, msgspec.Meta(pattern=r"\A[!-~]{1,64}\Z")]


class Place(NamedTuple):
    """Where an item stands in a list ordered by time, and by id where times are equal."""

    at: Annotated[datetime, msgspec.Meta(tz=True)]
    id: Id


class NamePlace(NamedTuple):
    """Where an item stands in a list ordered by name, and by id where names are equal."""

    name: Annotated[str, msgspec.Meta(max_length=120)]
    id: Id


AnyPlace = TypeVar("AnyPlace", Place, NamePlace)


def cut(
    found: Sequence[Item], limit: int, place: Callable[[Item], Place | NamePlace]
) -> tuple[tuple[Item, ...], str | None]:
    """A page of what was found by asking for `limit` + 1 items: the items, and the cursor of the next page if any."""
    if len(found) <= limit:
        return tuple(found), None
    page = tuple(found[:limit])
    return page, base64.urlsafe_b64encode(msgspec.json.encode(place(page[-1]))).decode()
