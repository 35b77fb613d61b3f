"""Agents' states and the rules about them: told as events, without a phone system."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.errors import Problem
from core.events import Event
from telephony.agents.rules import AgentRules, Outcome, Pause
from telephony.agents.states import STANDARD, AgentState, states
from telephony.events import (
    AgentLeft,
    AgentOfferEnded,
    CallAnswered,
    DeviceState,
    PhoneSystemChanged,
    QueueMemberChanged,
)

NOW = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
A1 = "PJSIP/a1"
CALL = {"call_id": "c1", "linkedid": "pbx-1.1"}


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


class Phone:
    """The PBX as far as the rules see it: it does what it is told, and says so."""

    def __init__(self, *, wrap_up_s: float = 60, no_answers: int = 2, queues: tuple[str, ...] = ("general",)) -> None:
        self.rules = AgentRules(wrap_up_s=wrap_up_s, no_answers=no_answers, away_after_s=30)
        self.queues, self.now = queues, 0.0
        self.reason = ""
        self.telephone: DeviceState = "not_in_use"
        self.paused_at: datetime | None = None
        self.last_call: datetime | None = None
        self.hears = True  # what it is told
        self.told: list[AgentState] = []
        self.asked: list[str] = []
        self.take(self.rules.feed(PhoneSystemChanged(at=NOW, system="pbx", up=True)))
        self.says()

    def says(self) -> None:
        """The PBX tells how the device stands in each of its queues."""
        for queue in self.queues:
            self.take(
                self.rules.feed(
                    QueueMemberChanged(
                        at=at(self.now),
                        queue=queue,
                        device=A1,
                        member=True,
                        state=self.telephone,
                        paused=bool(self.reason),
                        paused_reason=self.reason,
                        penalty=0,
                        paused_at=self.paused_at,
                        last_call=self.last_call,
                    )
                )
            )

    def signs_off(self) -> None:
        for queue in self.queues:
            gone = QueueMemberChanged(
                at=at(self.now),
                queue=queue,
                device=A1,
                member=False,
                state=self.telephone,
                paused=False,
                paused_reason="",
                penalty=0,
            )
            self.take(self.rules.feed(gone))
        self.reason = ""

    def take(self, out: Outcome) -> None:
        self.told += [event.state for event in out.events]
        for command in out.commands:
            assert isinstance(command, Pause)
            self.asked.append(command.reason)
            if self.hears:
                self.does(command.reason)

    def does(self, reason: str) -> None:
        """Paused, or let in again: by us or by somebody else."""
        self.reason, self.paused_at = reason, at(self.now)
        self.says()

    def desk(self, there: bool) -> None:
        self.take(self.rules.desk(A1, there, at(self.now)))

    def chooses(self, name: str) -> None:
        self.take(self.rules.choose(A1, name, at(self.now)))

    def happens(self, event: Event, telephone: DeviceState) -> None:
        self.telephone = telephone
        self.take(self.rules.feed(event))
        self.says()

    def later(self, seconds: float) -> None:
        self.now += seconds
        self.take(self.rules.tick(at(self.now)))

    def answers(self, queue: str = "general") -> None:
        """A call of the queue; of none where it is a transferred one."""
        legs = {"caller_uniqueid": "1.1", "agent_uniqueid": "1.2", "agent_channel": "x"}
        self.happens(CallAnswered(at=at(self.now), **CALL, device=A1, queue=queue, **legs), "in_use")

    def hangs_up(self) -> None:
        self.last_call = at(self.now)
        left = AgentLeft(at=at(self.now), **CALL, device=A1, agent_uniqueid="1.2", talk_s=30)
        self.happens(left, "not_in_use")

    def rings_out(self) -> None:
        ended = AgentOfferEnded(at=at(self.now), **CALL, device=A1, result="no_answer", ring_s=15)
        self.happens(ended, "not_in_use")

    @property
    def state(self) -> AgentState:
        return self.rules.states()[A1]


def seen(phone: Phone) -> list[str]:
    """The presences told, each once as long as it lasts."""
    out: list[str] = []
    for state in phone.told:
        if not out or out[-1] != state.presence:
            out.append(state.presence)
    return out


def test_a_call_and_its_wrap_up_leave_no_moment_for_another_offer() -> None:
    phone = Phone()
    phone.answers()
    assert phone.reason == "wrap-up"  # paused while still talking
    assert phone.state.presence == "on_call"
    phone.now = 100
    phone.hangs_up()
    assert (phone.state.presence, phone.state.until) == ("wrap_up", at(160))
    phone.later(59)
    assert phone.state.presence == "wrap_up"
    phone.later(1)
    assert (phone.state.presence, phone.reason) == ("available", "")
    assert seen(phone) == ["available", "on_call", "wrap_up", "available"]


def test_it_counts_from_the_end_of_the_call_also_where_the_telephone_is_heard_first() -> None:
    phone = Phone()
    phone.answers()
    phone.now = 300
    phone.telephone = "not_in_use"
    phone.says()
    assert (phone.state.presence, phone.state.until) == ("wrap_up", at(360))


def test_wrap_up_is_extended_and_ended() -> None:
    phone = Phone()
    phone.answers()
    phone.hangs_up()
    phone.take(phone.rules.extend(A1, 120, at(0)))
    assert phone.state.until == at(180)
    phone.take(phone.rules.extend(A1, 100_000, at(0)))
    assert phone.state.until == at(3600)
    phone.take(phone.rules.end_wrap_up(A1, at(0)))
    assert phone.state.presence == "available"
    assert phone.rules.due() is None
    assert phone.rules.extend(A1, 60, at(0)).events == []


def test_a_state_chosen_during_the_call_follows_the_wrap_up() -> None:
    phone = Phone()
    phone.answers()
    phone.take(phone.rules.choose(A1, "lunch", at(0)))
    assert (phone.state.presence, phone.state.next) == ("on_call", "lunch")
    phone.hangs_up()
    assert (phone.state.presence, phone.state.next) == ("wrap_up", "lunch")
    phone.later(60)
    assert (phone.state.presence, phone.state.reason, phone.state.next) == ("paused", "lunch", "")
    phone.take(phone.rules.choose(A1, "available", at(0)))
    assert phone.state.presence == "available"


def test_a_state_chosen_while_it_rings_holds_when_nobody_answered() -> None:
    phone = Phone()
    phone.telephone = "ringing"
    phone.says()
    phone.take(phone.rules.choose(A1, "meeting", at(0)))
    assert phone.state.presence == "ringing"
    phone.rings_out()
    assert (phone.state.presence, phone.state.reason) == ("paused", "meeting")


def test_available_during_wrap_up_ends_it() -> None:
    phone = Phone()
    phone.answers()
    phone.hangs_up()
    phone.take(phone.rules.choose(A1, "available", at(0)))
    assert phone.state.presence == "available"


def test_what_is_done_elsewhere_is_as_true() -> None:
    phone = Phone(queues=("general", "analysis"))
    phone.reason = "doctor"
    phone.says()
    assert (phone.state.presence, phone.state.reason) == ("paused", "doctor")
    phone.reason = ""
    phone.says()
    assert phone.state.presence == "available"
    phone.answers()
    phone.hangs_up()
    phone.reason = ""  # somebody lets calls in at the console, in mid-wrap-up
    phone.says()
    assert (phone.state.presence, phone.state.until) == ("available", None)
    phone.later(120)
    assert phone.asked == ["wrap-up"]


def test_paused_in_one_queue_only_is_not_paused() -> None:
    phone = Phone(queues=("general", "analysis"))
    phone.take(phone.rules.feed(_paused("general", "lunch")))
    assert phone.state.presence == "available"


def test_who_does_not_answer_twice_is_paused_with_the_reason() -> None:
    phone = Phone()
    phone.rings_out()
    assert phone.state.presence == "available"
    phone.rings_out()
    assert (phone.state.presence, phone.state.reason) == ("paused", "not-answering")
    phone.take(phone.rules.choose(A1, "available", at(0)))
    phone.rings_out()
    assert phone.state.presence == "available"  # counted anew


def test_an_answer_in_between_forgives() -> None:
    phone = Phone(wrap_up_s=0)
    phone.rings_out()
    phone.answers()
    phone.hangs_up()
    phone.rings_out()
    assert phone.asked == []


def test_a_desk_that_is_gone_is_away_until_it_is_back() -> None:
    phone = Phone()
    phone.take(phone.rules.desk(A1, False, at(0)))
    phone.later(29)
    assert phone.state.presence == "available"
    phone.later(1)
    assert (phone.state.presence, phone.state.reason) == ("away", "desk")
    phone.take(phone.rules.desk(A1, True, at(40)))
    assert phone.state.presence == "available"


def test_a_desk_that_is_back_before_the_pbx_confirmed_the_pause_is_not_away() -> None:
    phone = Phone()
    phone.desk(False)
    phone.hears = False
    phone.later(30)
    assert phone.asked == ["away"]
    phone.desk(True)
    phone.does("away")  # both in their order
    phone.does("")
    assert (phone.asked, phone.state.presence) == (["away", ""], "available")


def test_who_signs_on_after_somebody_whose_desk_was_gone_begins_anew() -> None:
    phone = Phone()
    phone.desk(False)
    phone.signs_off()
    phone.later(60)
    phone.says()
    phone.later(60)
    assert phone.asked == []


def test_that_a_desk_is_gone_can_be_told_again_without_beginning_anew() -> None:
    phone = Phone()
    phone.desk(False)
    phone.later(20)
    phone.desk(False)
    phone.later(10)
    assert phone.state.presence == "away"


def test_without_a_time_for_it_nobody_is_away() -> None:
    phone = Phone()
    phone.rules = AgentRules(wrap_up_s=60, no_answers=2, away_after_s=0)
    phone.says()
    phone.desk(False)
    phone.later(3600)
    assert (phone.state.presence, phone.rules.due()) == ("available", None)


def test_who_signs_out_of_the_page_in_mid_call_is_away_after_the_wrap_up_and_is_not_rung_between() -> None:
    phone = Phone()
    phone.answers()
    phone.desk(False)
    phone.later(600)
    assert phone.state.presence == "on_call"
    phone.hangs_up()
    phone.later(60)
    assert seen(phone) == ["available", "on_call", "wrap_up", "away"]


def test_a_page_that_is_loaded_anew_is_not_away() -> None:
    phone = Phone()
    phone.take(phone.rules.desk(A1, False, at(0)))
    phone.take(phone.rules.desk(A1, True, at(2)))
    phone.later(60)
    assert phone.asked == []


def test_a_desk_that_is_gone_changes_no_lunch() -> None:
    phone = Phone()
    phone.take(phone.rules.choose(A1, "lunch", at(0)))
    phone.take(phone.rules.desk(A1, False, at(0)))
    phone.later(60)
    phone.take(phone.rules.desk(A1, True, at(61)))
    assert (phone.state.presence, phone.state.reason) == ("paused", "lunch")


def test_a_wrap_up_from_before_a_restart_ends_when_it_would_have() -> None:
    """The pause is as old as the answer: what counts is when the call ended."""
    phone = Phone(queues=())
    phone.queues, phone.reason, phone.paused_at = ("general",), "wrap-up", at(0)
    phone.last_call, phone.now = at(600), 640
    phone.says()
    assert (phone.state.presence, phone.state.until) == ("wrap_up", at(660))
    phone.later(20)
    assert phone.state.presence == "available"


def test_of_several_queues_the_latest_end_of_a_call_counts() -> None:
    phone = Phone(queues=())
    phone.reason, phone.paused_at, phone.now = "wrap-up", at(0), 640
    for queue, ended in (("general", 300), ("analysis", 600)):
        phone.queues, phone.last_call = (queue,), at(ended)
        phone.says()
    assert phone.state.until == at(660)


def test_a_wrap_up_that_was_over_before_a_restart_ends_as_soon_as_all_is_known() -> None:
    phone = Phone(queues=())
    phone.queues, phone.reason, phone.paused_at, phone.last_call = ("general",), "wrap-up", at(0), at(10)
    phone.now = 640
    phone.says()
    phone.later(1)
    assert (phone.state.presence, phone.asked) == ("available", [""])


@pytest.mark.parametrize("passing", ["unavailable", "ringing"])
def test_a_telephone_that_is_gone_or_rings_for_a_moment_ends_no_wrap_up(passing: DeviceState) -> None:
    phone = Phone()
    phone.answers()
    phone.now = 100
    phone.hangs_up()
    phone.take(phone.rules.extend(A1, 120, at(100)))
    phone.now, phone.telephone = 110, passing
    phone.says()
    phone.now, phone.telephone = 115, "not_in_use"
    phone.says()
    assert (phone.state.presence, phone.state.until) == ("wrap_up", at(280))


def test_without_wrap_up_nobody_is_paused() -> None:
    phone = Phone(wrap_up_s=0)
    phone.answers()
    phone.hangs_up()
    assert (phone.state.presence, phone.asked) == ("available", [])


@pytest.mark.parametrize(
    ("telephone", "presence"),
    [("unavailable", "away"), ("invalid", "away"), ("ringing", "ringing"), ("busy", "on_call"), ("on_hold", "on_call")],
)
def test_the_telephone_tells_too(telephone: DeviceState, presence: str) -> None:
    phone = Phone()
    phone.telephone = telephone
    phone.says()
    assert phone.state.presence == presence


def test_the_deployments_own_states_stand_beside_the_standard_ones() -> None:
    assert [state.name for state in states(("outreach=Outreach calls",))][-1] == "outreach"
    assert len(states(("lunch=Midday",))) == len(STANDARD)
    for unfit in ("Outreach", "out reach=Outreach", "wrap-up=Mine", "=x", "x="):
        with pytest.raises(Problem, match="agent_states"):
            states((unfit,))


def test_a_call_that_somebody_sends_to_who_is_at_lunch_leaves_them_there_after_its_wrap_up() -> None:
    phone = Phone()
    phone.chooses("lunch")
    phone.answers(queue="")
    assert (phone.state.presence, phone.state.next) == ("on_call", "lunch")
    phone.hangs_up()
    assert phone.state.presence == "wrap_up"
    phone.later(60)
    assert (phone.state.presence, phone.state.reason) == ("paused", "lunch")
    assert "available" not in seen(phone)[1:]


def test_a_pause_without_a_reason_stays_what_it_is() -> None:
    phone = Phone()
    for queue in phone.queues:
        phone.take(phone.rules.feed(_paused(queue, "")))
    event = AgentOfferEnded(at=NOW, **CALL, device=A1, result="no_answer", ring_s=15)
    phone.take(phone.rules.feed(event))
    legs = {"caller_uniqueid": "1.1", "agent_uniqueid": "1.2", "agent_channel": "x"}
    phone.take(phone.rules.feed(CallAnswered(at=NOW, **CALL, device=A1, queue="", **legs)))
    assert phone.asked == []


def test_who_is_off_the_phones_does_not_fail_to_answer() -> None:
    phone = Phone(no_answers=1)
    phone.chooses("lunch")
    phone.rings_out()
    assert (phone.state.presence, phone.state.reason) == ("paused", "lunch")


def test_what_was_chosen_while_it_rang_comes_before_the_rule() -> None:
    phone = Phone(no_answers=1)
    phone.telephone = "ringing"
    phone.says()
    phone.chooses("meeting")
    phone.rings_out()
    assert (phone.state.presence, phone.state.reason) == ("paused", "meeting")


def test_what_the_pbx_did_not_hear_is_asked_again_until_it_does() -> None:
    phone = Phone()
    phone.answers()
    phone.hangs_up()
    phone.hears = False
    phone.later(60)
    phone.later(3)
    assert (phone.state.presence, phone.asked) == ("wrap_up", ["wrap-up", "", ""])
    phone.hears = True
    phone.later(3)
    assert (phone.state.presence, phone.rules.due()) == ("available", None)


def test_while_the_pbx_is_not_heard_nothing_is_asked_again_and_then_it_is() -> None:
    phone = Phone()
    phone.hears = False
    phone.chooses("lunch")
    phone.take(phone.rules.feed(PhoneSystemChanged(at=at(1), system="pbx", up=False)))
    phone.later(3600)
    assert (phone.asked, phone.rules.due()) == (["lunch"], None)
    phone.hears = True
    phone.take(phone.rules.feed(PhoneSystemChanged(at=at(3600), system="pbx", up=True)))
    phone.later(1)
    assert (phone.state.presence, phone.state.reason) == ("paused", "lunch")


def test_what_somebody_chose_meanwhile_is_not_overtaken_by_a_rule_that_was_not_heard() -> None:
    phone = Phone()
    phone.hears = False
    phone.answers()
    phone.telephone = "not_in_use"
    phone.does("dentist")
    phone.later(3)
    assert (phone.asked, phone.state.reason) == (["wrap-up"], "dentist")


def test_new_queues_are_joined_in_the_pause_that_lasts() -> None:
    phone = Phone()
    assert phone.rules.pause(A1) == ""
    phone.chooses("lunch")
    assert phone.rules.pause(A1) == "lunch"
    phone.hears = False
    phone.chooses("available")
    assert phone.rules.pause(A1) == ""


def _paused(queue: str, reason: str) -> QueueMemberChanged:
    return QueueMemberChanged(
        at=NOW,
        queue=queue,
        device=A1,
        member=True,
        state="not_in_use",
        paused=True,
        paused_reason=reason,
        penalty=0,
    )
