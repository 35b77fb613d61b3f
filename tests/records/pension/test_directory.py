"""What a call gets of a pension system that fails: the last known profile with its date, or nobody, and at once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_plan import RestPlan

from core.clock import ManualClock
from core.database import Database
from core.errors import DatabaseGone
from records.pension.directory import Breaker, PensionAccounts, PensionDirectory
from records.pension.local import OwnKnowledge
from records.pension.mapping import RestMapping
from records.pension.ports import PensionGone
from records.pension.rest_profiles import RestProfileSource
from records.requests import Requests

START = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


class Centre:
    def __init__(self, service: RestPlan, mapping: RestMapping, clock: ManualClock, **told: float) -> None:
        self.service, self.clock = service, clock
        self.source = RestProfileSource(mapping, service.url, within_s=5)
        self.directory = PensionDirectory(self.source, clock, within_s=0.2, **told)  # type: ignore[arg-type]


@pytest.fixture
async def centre(service: RestPlan, rest_mapping: RestMapping, clock: ManualClock):
    centre = Centre(service, rest_mapping, clock)
    yield centre
    await centre.source.close()


async def test_what_is_asked_again_within_moments_is_not_asked_there(centre: Centre):
    loretta = await centre.directory.profile("m-7")
    centre.clock.advance(9)
    assert await centre.directory.profile("m-7") == loretta
    assert len(centre.service.asked) == 1
    centre.clock.advance(2)
    centre.service.members["m-7"]["email"] = "new@example.org"
    fresh = await centre.directory.profile("m-7")
    assert fresh is not None
    assert fresh.email == "new@example.org"


async def test_a_change_that_was_made_is_seen_at_once(centre: Centre):
    await centre.directory.profile("m-7")
    await centre.directory.by_phone("+14045550123")
    centre.service.members["m-7"]["email"] = "new@example.org"
    centre.directory.forget("m-7")
    member = await centre.directory.profile("m-7")
    matches = await centre.directory.by_phone("+14045550123")
    assert member is not None
    assert (member.email, matches.members[0].email) == ("new@example.org", "new@example.org")


@pytest.mark.parametrize("failure", ["never", "500", "half", "wrong", "page"])
async def test_the_last_known_profile_says_as_of_when(centre: Centre, failure: str):
    known = await centre.directory.by_phone("+14045550123")
    centre.clock.advance(3600)
    centre.service.plans = [failure]
    shown = await centre.directory.by_phone("+14045550123")
    flag = "as of 2026-03-10 14:00 UTC: the pension system gives no answer now"
    assert shown.members == tuple(msgspec.structs.replace(each, flags=(flag,)) for each in known.members)
    assert await centre.directory.by_phone("+14045550123") == known, "well again"


async def test_what_was_never_known_or_is_too_old_is_gone_as_a_database_would_be(centre: Centre):
    centre.service.plans = ["500"]
    with pytest.raises(DatabaseGone):
        await centre.directory.profile("m-7")
    assert await centre.directory.profile("m-8") is None
    centre.clock.advance(60)
    centre.service.plans = ["500"]
    with pytest.raises(PensionGone):
        await centre.directory.profile("m-8")
    await centre.directory.profile("m-7")
    centre.clock.advance(24 * 3600 + 1)
    centre.service.plans = ["500"]
    with pytest.raises(PensionGone):
        await centre.directory.profile("m-7")


async def test_a_system_that_never_answers_is_left_alone_and_tried_again(
    centre: Centre, caplog: pytest.LogCaptureFixture
):
    centre.service.plans = ["never"] * 6
    for _ in range(20):
        with pytest.raises(PensionGone):
            await asyncio.wait_for(centre.directory.profile("m-7"), 3)
    assert len(centre.service.asked) == 5
    centre.clock.advance(11)
    for _ in range(3):
        with pytest.raises(PensionGone):
            await centre.directory.profile("m-7")
    assert len(centre.service.asked) == 6
    centre.clock.advance(11)
    assert await centre.directory.profile("m-7") is not None
    assert caplog.text.count("members are shown as last known") == 1


async def test_a_member_with_a_wrong_value_does_not_stop_the_others(centre: Centre, caplog: pytest.LogCaptureFixture):
    centre.service.members["m-6"] = {**centre.service.members["m-7"], "id": "m-6", "born": "last year"}
    for _ in range(8):
        with pytest.raises(PensionGone):
            await centre.directory.profile("m-6")
    assert await centre.directory.profile("m-7") is not None
    assert caplog.text.count("birth_date is not a day") == 1
    assert "last year" not in caplog.text


async def test_memory_is_bounded(service: RestPlan, rest_mapping: RestMapping, clock: ManualClock):
    centre = Centre(service, rest_mapping, clock, bound=3)
    for number in range(5):
        service.members[f"n{number}"] = {**service.members["m-7"], "id": f"n{number}"}
        await centre.directory.profile(f"n{number}")
    service.plans = ["500"] * 2
    clock.advance(60)
    with pytest.raises(PensionGone):
        await centre.directory.profile("n0")
    assert await centre.directory.profile("n4") is not None
    await centre.source.close()


async def test_our_own_knowledge_is_added(centre: Centre, db: Database, clock: ManualClock):
    asked = await Requests(db, clock).ask("mail_form", call_id="c", member_id="m-7", details={}, at=START)
    directory = PensionDirectory(centre.source, clock, local=OwnKnowledge(db))
    member = await directory.profile("m-7")
    assert member is not None
    assert member.open_matters == (f"By telephone: mail form (reference {asked.request.reference})",)


def test_it_is_a_directory_and_with_our_own_tables_all_that_the_menu_asks():
    for name in ("by_access", "account", "prove", "remember_language", "by_phone", "by_number", "profile"):
        assert callable(getattr(PensionAccounts, name))


# --- the breaker --------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 30)), max_size=60))
def test_a_breaker_never_lets_more_through_than_it_may(story: list[tuple[bool, float]]):
    breaker, now, failures, let_at = Breaker(failures=3, rest_s=10), 0.0, 0, -100.0
    for well, seconds in story:
        now += seconds
        if not breaker.lets(now):
            assert failures >= 3
            assert now - let_at < 10
            continue
        assert failures < 3 or now - let_at >= 10
        let_at = now
        if well:
            breaker.answered()
            failures = 0
        else:
            breaker.failed(now)
            failures += 1
