"""Two tabs of one agent write the same contact: the last word stands until one confirms, and the other is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from one_call import DANA, Call, asked, one_call
from test_desk_service import RUTH

from assist.desk.messages import ContactConfirmed, DraftChanged
from core.routes import Refusal
from realtime.problems import as_http
from records.contact import Confirmed, ContactDraft
from records.contacts import AlreadyConfirmed

ONE, TWO = ContactDraft(summary="Of one tab."), ContactDraft(summary="Of the other.")


@pytest.fixture
async def call(tmp_path: Path) -> AsyncIterator[Call]:
    """Dana's call is over."""
    async with one_call(tmp_path, RUTH) as made:
        file = made.centre.desks.file("c1")
        assert file is not None
        file.talking = None
        yield made


async def test_both_see_what_either_saved(call: Call) -> None:
    for draft in (ONE, TWO):
        await call.routes.draft(asked(DANA, draft))
    told = [event.draft for event in call.centre.told["dana"] if isinstance(event, DraftChanged)]
    assert told == [ONE, TWO]
    shown = call.centre.desk("dana").call
    assert shown is not None
    assert shown.draft == TWO


async def test_of_two_that_confirm_at_once_one_wins_and_the_other_is_refused(call: Call) -> None:
    answers = await asyncio.gather(
        *(call.routes.confirm(asked(DANA, draft)) for draft in (ONE, TWO)), return_exceptions=True
    )
    [refused] = [answer for answer in answers if isinstance(answer, AlreadyConfirmed)]
    [won] = [draft for draft, answer in zip((ONE, TWO), answers, strict=True) if isinstance(answer, Confirmed)]
    assert as_http(refused).status == 409
    assert "confirmed already" in as_http(refused).detail
    contact = await call.contacts.of_call("c1")
    assert contact is not None
    assert contact.confirmed == won
    assert call.centre.desk("dana").call is None
    assert any(isinstance(event, ContactConfirmed) for event in call.centre.told["dana"])


async def test_what_is_saved_after_that_is_refused_and_changes_nothing(call: Call) -> None:
    await call.routes.confirm(asked(DANA, ONE))
    with pytest.raises(Refusal, match="confirmed already") as refused:
        await call.routes.draft(asked(DANA, TWO))
    assert refused.value.status == 409
    contact = await call.contacts.of_call("c1")
    assert contact is not None
    assert contact.confirmed == ONE
