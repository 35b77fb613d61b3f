"""Pages of lists: every item once, and no trust in what comes back as a cursor."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.paging import NamePlace, Paging, Place, cut
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


NAMES = st.sampled_from(["Ann", "Äbte", "李", "Bo", "N" * 120])


@given(names=st.lists(NAMES, max_size=30), limit=st.integers(1, 10))
def test_the_pages_by_name_together_are_the_list(names: list[str], limit: int) -> None:
    whole = sorted(NamePlace(name, f"id-{number}") for number, name in enumerate(names))
    got: list[NamePlace] = []
    cursor: str | None = ""
    while cursor is not None:
        paging = msgspec.convert({"limit": limit, "after": cursor}, Paging)  # as it comes back
        place = paging.name_place()
        page, cursor = cut([one for one in whole if place is None or one > place], limit, lambda one: one)
        got += page
    assert got == whole


def test_a_cursor_of_another_list_is_refused() -> None:
    _, by_time = cut([item(0), item(1)], 1, lambda one: one)
    _, by_name = cut([NamePlace("Ann", "a"), NamePlace("Bo", "b")], 1, lambda one: one)
    assert by_time is not None
    assert by_name is not None
    with pytest.raises(Refusal, match="Begin without it"):
        Paging(after=by_name).place()
    assert Paging(after=by_time).place() == item(0)
    with pytest.raises(Refusal, match="Begin without it"):
        Paging(after="made up").name_place()


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
