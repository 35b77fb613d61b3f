"""What is set of queues: refused with all that is wrong, on record, and in force for the next caller."""

from __future__ import annotations

import pytest
from closing_house import ANALYSIS, LATE_SHIFT, SERVICES, House
from hypothesis import given
from hypothesis import strategies as st

from core.routes import Refusal
from ivr.queue_settings import QueueSetting, QueueSettingAsked, QueueSettings, problems
from ivr.waiting.overflow import Overflow
from ivr.waiting.queues import Queues

QUEUES = (SERVICES, ANALYSIS, LATE_SHIFT)


class Pbx:
    """What it was told to remember."""

    def __init__(self, house: House) -> None:
        self.kept: dict[str, str] = {}
        self.overflow = Overflow(house.db, self.remember, QUEUES, closed=house.known.closed)

    async def remember(self, key: str, value: str) -> None:
        self.kept[key] = value


def settings(house: House, pbx: Pbx) -> QueueSettings:
    return QueueSettings(
        house.db, clock=house.clock, audit=house.audit, queues=lambda: QUEUES, changed=pbx.overflow.apply
    )


async def test_what_is_set_holds_at_once_and_after_a_restart(house: House) -> None:
    pbx = Pbx(house)
    chosen = settings(house, pbx)
    asked = QueueSettingAsked(
        target_s=20, target_share=0.8, overflow_to=ANALYSIS, overflow_after_s=120, callback_above_s=240
    )
    await chosen.set(SERVICES, asked, "sue")
    assert pbx.kept[f"overflow_to/{SERVICES}"] == ANALYSIS
    assert pbx.kept[f"overflow_after/{SERVICES}"] == "120"
    assert chosen.callback_above_s(SERVICES) == 240
    again = settings(house, pbx)
    await again.load()
    assert again.callback_above_s(SERVICES) == 240
    assert again.callback_above_s(ANALYSIS) is None
    [late, analysis, services] = sorted(await again.all(), key=lambda each: QUEUES[::-1].index(each.queue))
    assert (late, analysis) == (QueueSetting(queue=LATE_SHIFT), QueueSetting(queue=ANALYSIS))
    assert (services.target_s, services.target_share, services.changed_by) == (20, 0.8, "sue")


async def test_each_change_is_on_record_with_what_became_another(house: House) -> None:
    chosen = settings(house, Pbx(house))
    await chosen.set(SERVICES, QueueSettingAsked(target_s=20, target_share=0.8), "sue")
    await chosen.set(SERVICES, QueueSettingAsked(target_s=30, target_share=0.8), "max")
    log = [(row.agent_id, row.about, row.why) for row in await house.log("queue_setting")]
    assert log == [
        ("sue", f"queue {SERVICES}", "target_s None → 20, target_share None → 0.8"),
        ("max", f"queue {SERVICES}", "target_s 20 → 30"),
    ]


async def test_what_is_taken_away_is_gone(house: House) -> None:
    pbx = Pbx(house)
    chosen = settings(house, pbx)
    await chosen.set(SERVICES, QueueSettingAsked(overflow_to=ANALYSIS, overflow_after_s=60), "sue")
    await chosen.set(SERVICES, QueueSettingAsked(), "sue")
    assert pbx.kept[f"overflow_to/{SERVICES}"] == pbx.kept[f"overflow_after/{SERVICES}"] == ""


async def test_nobody_goes_on_to_a_queue_that_is_closed(house: House) -> None:
    pbx = Pbx(house)
    await settings(house, pbx).set(SERVICES, QueueSettingAsked(overflow_to=ANALYSIS, overflow_after_s=60), "sue")
    closure = await house.closes(queue=ANALYSIS)
    await pbx.overflow.apply()
    assert pbx.kept[f"overflow_to/{SERVICES}"] == ""
    await house.service.end(closure.closure_id, "sue")
    await pbx.overflow.apply()
    assert pbx.kept[f"overflow_to/{SERVICES}"] == ANALYSIS


async def test_a_queue_that_is_not_there_is_refused(house: House) -> None:
    with pytest.raises(Refusal, match="no queue 'benefits'") as refused:
        await settings(house, Pbx(house)).set("benefits", QueueSettingAsked(), "sue")
    assert refused.value.status == 404


def test_all_that_is_wrong_is_told_at_once() -> None:
    asked = QueueSettingAsked(target_s=20, overflow_to="benefits", overflow_after_s=5)
    assert problems(SERVICES, asked, QUEUES) == (
        "A target is a share of callers and a time: give both, or neither",
        "There is no queue 'benefits': use one of late_shift, pension_analysis",
    )
    assert problems(SERVICES, QueueSettingAsked(overflow_to=SERVICES), QUEUES) == (
        "Callers cannot go on to the queue that they are in",
    )
    assert problems(SERVICES, QueueSettingAsked(overflow_after_s=5), QUEUES) == ("Say where callers go on to",)


@given(
    target_s=st.one_of(st.none(), st.integers(1, 7200)),
    share=st.one_of(st.none(), st.floats(0.01, 1)),
    to=st.sampled_from(["", *QUEUES, "elsewhere"]),
    after=st.one_of(st.none(), st.integers(1, 7200)),
)
def test_whatever_is_taken_leads_somewhere_else_that_is_there(
    target_s: int | None, share: float | None, to: str, after: int | None
) -> None:
    asked = QueueSettingAsked(target_s=target_s, target_share=share, overflow_to=to, overflow_after_s=after)
    taken = problems(SERVICES, asked, QUEUES) == ()
    assert taken is (
        (target_s is None) == (share is None) and to in ("", ANALYSIS, LATE_SHIFT) and bool(to or not after)
    )


async def test_the_menu_offers_a_call_back_from_the_wait_that_was_set(house: House) -> None:
    chosen = settings(house, Pbx(house))
    await chosen.set(SERVICES, QueueSettingAsked(callback_above_s=0), "sue")
    queues = Queues(bus=house.bus, clock=house.clock, callback_above_s=chosen.callback_above_s)
    assert (await queues.now(SERVICES)).callback_above_s == 0
    assert (await queues.now(ANALYSIS)).callback_above_s is None
