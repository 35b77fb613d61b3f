"""Pages of lists: every item once, and no trust in what comes back as a cursor."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.paging import Paging, Place, cut
from core.routes import Refusal

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def item(number: int) -> Place:
    return Place(NOON + timedelta(microseconds=number // 3), f"item-{number:03}")


@given(length=st.integers(0, 50), limit=st.integers(1, 20))
def test_the_pages_together_are_the_list(length: int, limit: int) -> None:
    whole = [item(number) for number in range(length)]
    got: list[Place] = []
    cursor: str | None = ""
    while cursor is not None:
        place = Paging(limit=limit, after=cursor).place()
        left = whole if place is None else [one for one in whole if one > place]
        page, cursor = cut(left[: limit + 1], limit, lambda one: one)
        assert len(page) == limit or cursor is None
        got += page
    assert got == whole


@pytest.mark.parametrize(
    "cursor",
    [
        "made up",
        "AAAA",
        "é",
        "=",
        *(
            base64.urlsafe_b64encode(text).decode()
            for text in (
                b"[]",
                b"\xff",
                b'["2026-03-02T12:00:00","a"]',
                b'["2026-03-02T12:00:00Z",""]',
                b'["2026-03-02T12:00:00Z","a\\u0000"]',
                b'["0001-01-01T00:00:00+23:00","a"]',
                b'["2026-03-02T12:00:00Z","a","b"]',
            )
        ),
    ],
)
def test_a_cursor_that_is_none_of_ours_is_refused(cursor: str) -> None:
    with pytest.raises(Refusal, match="Begin without it"):
        Paging(after=cursor).place()
