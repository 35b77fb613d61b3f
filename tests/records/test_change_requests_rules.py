"""A dangerous change never goes with one person or before its time, whatever happens in whatever order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.access import Role
from records.change_rules import (
    NONE,
    OPEN,
    STRICT,
    AnyAct,
    ChangeRules,
    Combination,
    Confirmed,
    Ended,
    Followed,
    Noticed,
    NotNow,
    Occurrence,
    Passed,
    Refused,
    Reversed,
    Safeguard,
    Seconded,
    Standing,
    Taken,
    lacking,
    moved,
    proposed,
)

RULES = ChangeRules()
NOW = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def begun(field: str = "bank_details", rules: ChangeRules = RULES, **told: object) -> Standing:
    return proposed(field, at=NOW, by="dana", rules=rules, **told)  # type: ignore[arg-type]


def test_an_ordinary_change_goes_as_soon_as_it_is_confirmed():
    standing = moved(begun("email"), Confirmed(by="dana"), NOW, RULES)
    assert (standing.state, lacking(standing, NOW), standing.reasons) == ("approved", (), ())


def test_bank_details_wait_for_a_colleague_the_notice_and_three_days():
    standing = moved(begun(), Confirmed(by="dana"), NOW, RULES)
    assert standing.state == "waiting"
    assert lacking(standing, NOW) == ("a second person", "notice to the member's old contact")
    standing = moved(standing, Noticed(), NOW + HOUR, RULES)
    standing = moved(standing, Seconded(by="grace", role="senior"), NOW + 2 * HOUR, RULES)
    assert lacking(standing, NOW + 2 * HOUR) == ("the waiting period until 2026-03-13 15:00 UTC",)
    assert moved(standing, Passed(), NOW + HOUR + 3 * DAY - timedelta(seconds=1), RULES).state == "waiting"
    assert moved(standing, Passed(), NOW + HOUR + 3 * DAY, RULES).state == "approved"


@pytest.mark.parametrize("who", ["dana", "morgan"])
def test_the_second_person_is_never_the_one_who_proposed_or_confirmed(who: str):
    standing = moved(begun(), Confirmed(by="morgan"), NOW, RULES)
    with pytest.raises(NotNow, match="another than the first"):
        moved(standing, Seconded(by=who, role="supervisor"), NOW, RULES)


def test_an_agent_is_no_second_person_but_may_stop_it():
    standing = moved(begun(), Confirmed(by="dana"), NOW, RULES)
    with pytest.raises(NotNow, match="must be senior or specialist or supervisor"):
        moved(standing, Seconded(by="lee", role="agent"), NOW, RULES)
    with pytest.raises(NotNow, match="may refuse"):
        moved(standing, Refused(by="lee", role="agent"), NOW, RULES)
    stopped = moved(standing, Reversed(by="lee", why="the member never asked"), NOW, RULES)
    assert (stopped.state, stopped.decided_by, stopped.why) == ("reversed", "lee", "the member never asked")
    assert moved(stopped, Reversed(by="lee"), NOW, RULES) is stopped
    with pytest.raises(NotNow, match="reversed already"):
        moved(stopped, Reversed(by="kim"), NOW, RULES)


@pytest.mark.parametrize(
    ("field", "other", "days", "held"),
    [
        ("mailing_address", "refund", 5, True),
        ("mailing_address", "phone", 29, True),
        ("phone", "mailing_address", 29, True),
        ("phone", "mailing_address", 31, False),
        ("email", "mailing_address", 1, False),
        ("phone", "refund", 1, False),
    ],
)
def test_an_address_with_a_refund_or_a_new_telephone_is_held(field: str, other: str, days: int, held: bool):
    standing = begun(field, occurred=[Occurrence(what=other, at=NOW - days * DAY)])
    assert standing.safeguard == (STRICT if held else NONE)
    assert bool(standing.reasons) is held


def test_what_follows_calls_an_approved_change_back_until_it_is_sent():
    approved = moved(begun("mailing_address"), Confirmed(by="dana"), NOW, RULES)
    held = moved(approved, Followed(what="refund"), NOW + HOUR, RULES)
    assert (held.state, held.reasons) == ("waiting", ("mailing address and refund within a short time",))
    with pytest.raises(NotNow, match="does not go"):
        moved(held, Taken(), NOW + HOUR, RULES)
    sent = moved(approved, Taken(), NOW, RULES)
    assert moved(sent, Followed(what="refund"), NOW + HOUR, RULES) is sent


def test_what_was_sent_is_not_taken_back_and_ends_once():
    sent = moved(moved(begun("email"), Confirmed(by="dana"), NOW, RULES), Taken(), NOW, RULES)
    assert moved(sent, Taken(), NOW, RULES) is sent
    with pytest.raises(NotNow, match="sent already"):
        moved(sent, Reversed(by="dana"), NOW, RULES)
    done = moved(sent, Ended(done=True), NOW, RULES)
    assert done.state == "done"
    assert moved(done, Ended(done=False), NOW, RULES) is done


# --- whatever happens ---------------------------------------------------------------------------

PEOPLE = ("dana", "morgan", "grace", "lee")
people = st.sampled_from(PEOPLE)
ONWARDS: tuple[AnyAct, ...] = (  # what brings a change nearer to its going
    Confirmed(by="dana"),
    Seconded(by="grace", role="senior"),
    Seconded(by="morgan", role="senior"),
    Noticed(),
    Passed(),
    Taken(),
    Ended(done=True),
)
ANYTHING: tuple[AnyAct, ...] = (
    *(Confirmed(by=who) for who in PEOPLE),
    *(Seconded(by=who, role=role) for who in PEOPLE for role in get_args(Role)),
    *(Refused(by=who, role=role) for who in PEOPLE for role in ("agent", "supervisor")),
    *(Reversed(by=who) for who in PEOPLE),
    *(Noticed(by=who) for who in PEOPLE),
    Followed(what="refund"),
    Followed(what="phone"),
    Ended(done=False),
)
acts = st.sampled_from([*ONWARDS * 24, *ANYTHING])  # else few stories would come to a sending
safeguards = st.builds(
    Safeguard, second_person=st.booleans(), wait_hours=st.sampled_from([0.0, 1.0, 72.0]), notice=st.booleans()
)
rulebooks = st.builds(
    lambda bank, address, combined: ChangeRules(
        fields={"bank_details": bank, "mailing_address": address},
        combinations=(Combination(field="mailing_address", others=("refund", "phone"), within_days=30),),
        combined=combined,
    ),
    safeguards,
    safeguards,
    safeguards,
)
stories = st.lists(st.tuples(acts, st.sampled_from([0, 0, 1, 24, 71, 72])), min_size=12, max_size=20)


@settings(max_examples=2000, deadline=None)
@given(
    rules=rulebooks, field=st.sampled_from(["bank_details", "mailing_address"]), by=st.none() | people, story=stories
)
def test_no_story_lets_a_dangerous_change_through(rules: ChangeRules, field: str, by: str | None, story):
    at, standing = NOW, proposed(field, at=NOW, by=by, rules=rules)
    confirmed_at, notices, sendings = None, [], 0
    for act, hours in story:
        at += hours * HOUR
        before = standing
        try:
            standing = moved(standing, act, at, rules)
        except NotNow:
            continue
        if before.state not in OPEN:
            assert standing is before, "an end stands"
        if before.confirmed_by is None and standing.confirmed_by is not None:
            confirmed_at = at
        if isinstance(act, Noticed):
            assert standing.noticed_at == before.noticed_at or act.by not in (by or "", before.confirmed_by or "")
            notices.append(at)
        if standing.state == "sent" and before.state != "sent":
            sendings += 1
            asked = standing.safeguard
            assert asked.and_also(rules.fields[field]) == asked, "no safeguard is ever dropped"
            assert confirmed_at is not None
            if asked.second_person:
                assert standing.seconded_by not in (None, standing.confirmed_by, by)
            waited_since = confirmed_at
            if asked.notice:
                assert notices
                waited_since = notices[0]
            assert at - waited_since >= timedelta(hours=asked.wait_hours)
    assert sendings <= 1, "never twice"
