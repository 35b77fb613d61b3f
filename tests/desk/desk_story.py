"""A call as a desk sees it: a retiree whose payment is wrong and who needs an analyst."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from msgspec.structs import replace

from assist.desk.messages import (
    Alarm,
    AnyDeskEvent,
    CallChanged,
    Caller,
    CallOffered,
    DeskCall,
    DeskState,
    DraftChanged,
    Guide,
    Letter,
    Phase,
    StateChanged,
    Statement,
    Suggested,
    Suggestion,
    Utterance,
    Words,
)
from assist.desk.routes import Destination, DirectoryInfo
from assist.desk.wall import AgentLine, CallLine, WaitingLine, Wall
from assist.handbook.model import Offered
from core.access import User
from records.agents import Agent
from records.audit import Look
from records.contact import ContactDraft, ProposedUpdate
from records.profile import Authority, Beneficiary, MemberProfile, PastContact, Payment
from telephony.agents.states import STANDARD, AgentState

AT = datetime.now(UTC).replace(microsecond=0)
ADMINISTRATOR = User(agent_id="ada", name="Ada Byron", role="administrator")
AUDITOR = User(agent_id="otto", name="Otto Prüfer", role="auditor")
SCHEDULER = User(agent_id="sid", name="Sid Hours", role="scheduler")
AGENT = User(agent_id="dana", name="Dana Whitfield", role="agent")
SUPERVISOR = User(agent_id="sam", name="Sam Okafor", role="supervisor")

MEMBER = MemberProfile(
    member_id="m-4471902",
    member_number="4471902",
    name="Lorraine Abernathy",
    relation="retiree",
    status="receiving_benefit",
    birth_date="1953-08-14",
    plan="Teachers and School Employees",
    tier="Tier 1 (before 2008)",
    employer="Bibb County School District",
    service_years=24.5,
    address=("218 Magnolia Court", "Macon, GA 31204"),
    phone="+14785550142",
    email="l.abernathy@example.org",
    benefit_cents=218_640,
    next_payment=Payment(date="2026-03-31", amount_cents=194_215),
    beneficiaries=(Beneficiary(name="Theodore Abernathy", relation="spouse", share_percent=100),),
    open_matters=("Service credit review asked for on Feb 18", "Address confirmation letter returned"),
    flags=("Hard of hearing: speak up",),
    authorities=(
        Authority(
            authority_id="y-1",
            name="Theodore Abernathy",
            kind="power_of_attorney",
            document="durable power of attorney",
            may_change=True,
            topics=(),
            valid_from="2024-05-01",
            valid_until=None,
        ),
        Authority(
            authority_id="y-2",
            name="June Abernathy",
            kind="representative",
            document="signed release",
            may_change=False,
            topics=("payment_status",),
            valid_from="2022-01-01",
            valid_until="2023-01-01",
        ),
    ),
    last_contacts=(
        PastContact(
            contact_id="k-1",
            at=datetime(2026, 2, 18, 15, 4, tzinfo=UTC),
            channel="call",
            topics=("service_credit",),
            summary="Asked why the annual statement shows 19.5 years; review opened.",
            resolution="follow_up",
        ),
        PastContact(
            contact_id="k-2",
            at=datetime(2026, 1, 27, 19, 30, tzinfo=UTC),
            channel="letter",
            topics=("tax_form_1099r",),
            summary="Asked for a duplicate 1099-R; mailed on January 29.",
            resolution="resolved",
        ),
        PastContact(
            contact_id="k-3",
            at=datetime(2025, 11, 4, 14, 12, tzinfo=UTC),
            channel="call",
            topics=("address_change",),
            summary="Moved in with her sister; new address entered, confirmation mailed.",
            resolution="resolved",
        ),
    ),
)

CALLER = Caller(
    number="+14785550142",
    verification="pin",
    consent="given",
    language="en",
    chosen="Benefit, service credit or retirement",
    menu_path=("Member number and PIN", "Benefit, service credit or retirement"),
    waited_s=74.0,
)

DIRECTORY = DirectoryInfo(
    states=STANDARD,
    destinations=(
        Destination(
            id="pension_analyst",
            name="Pension Analyst",
            kind="internal",
            purpose="account specifics beyond the handbook: disputed amounts or service credit, recalculation",
        ),
        Destination(
            id="survivor_services",
            name="Annuitant and Survivor Services",
            kind="internal",
            purpose="report of a death, survivor and beneficiary claims",
        ),
        Destination(
            id="supervisor",
            name="Supervisor (level 4)",
            kind="internal",
            purpose="the caller asks for a manager, or makes a formal complaint",
        ),
        Destination(
            id="social_security",
            name="Social Security Administration",
            kind="agency",
            purpose="Social Security's own benefits, numbers and offsets",
        ),
    ),
    topics=("address_change", "benefit_dispute", "benefit_estimate", "payment_status", "service_credit", "other"),
)

STAFF = (
    Agent(
        agent_id="dana",
        username="dana",
        name="Dana Whitfield",
        role="agent",
        level=1,
        specialties=(),
        device="PJSIP/1001",
        queues={"member_services": 0, "specialists": 2},
    ),
    Agent(agent_id="ada", username="ada", name="Ada Byron", role="administrator", level=1, specialties=(), device=None),
)

LOOKS = tuple(
    Look(
        id=40 - n,
        at=AT,
        agent_id="dana",
        agent_name="Dana Whitfield",
        action=action,
        member_id="m000017",
        contact_id=None,
        about="",
        why="call 0197b2c4",
    )
    for n, action in enumerate(("history", "screen_pop", "confirm"))
)

WALL = Wall(
    queues=(WaitingLine(name="member_services", waiting=3), WaitingLine(name="pension_analyst", waiting=0)),
    agents=(
        AgentLine(
            agent_id=AGENT.agent_id,
            name=AGENT.name,
            device="PJSIP/1001",
            state=AgentState(presence="on_call", since=AT),
        ),
        AgentLine(
            agent_id="luis", name="Luis Ferrer", device="PJSIP/1002", state=AgentState(presence="available", since=AT)
        ),
    ),
    calls=(
        CallLine(
            call_id="call-1",
            caller=MEMBER.name,
            member_id=MEMBER.member_id,
            protected=False,
            queue="member_services",
            phase="talking",
            agent=AGENT.name,
            started_at=AT,
            chosen=CALLER.chosen,
        ),
    ),
)

GUIDE = Guide(
    passages=(
        Offered(
            passage_id="p-1",
            document="04-service-credit.md",
            anchor="disputing-your-service",
            title="Service credit",
            path=("Service credit", "If your service is wrong"),
            page=None,
            text="Your statement shows the service that employers reported.\nA review takes about sixty days.",
            highlights=("A review takes about sixty days.",),
            version="v1",
            label="2026.1",
            effective=date(2026, 1, 1),
        ),
    ),
    statements=(
        Statement(statement_id="recorded_line", kind="must_say", text="This call is recorded.", said=False),
        Statement(statement_id="no_password", kind="must_not", text="Never ask for a password.", said=False),
    ),
    letters=(
        Letter(
            letter_id="service_review",
            title="Service Credit Review Request",
            kind="form",
            about="years that are missing",
            forms=("M-130",),
        ),
    ),
)
ALARM = Alarm(
    alarm_id="self_harm-1",
    kind="self_harm",
    title="Words of self-harm",
    steps=("Stay on the line and stay calm.", "Offer 988."),
    evidence="i don't want to be here anymore",
    evidence_utterance_id="u-3",
)
SUGGESTION = Suggestion(
    suggestion_id="s-1",
    destination="pension_analyst",
    destination_name="Pension Analyst",
    confidence=0.88,
    reason="Disputed service credit with an effect on the benefit: an analyst can go back through the contributions.",
    evidence="it has me at nineteen and a half years and i worked twenty four",
    evidence_utterance_id="u-3",
)

DRAFT = ContactDraft(
    topics=("service_credit", "benefit_dispute"),
    reason="Disputes the service credit on the annual statement",
    summary="Says her statement credits 19.5 years although she worked 24.5 full time. Gave a new telephone number.",
    updates=(ProposedUpdate(field="phone", value="478-555-0186"),),
    commitments=("send the contribution history within five business days",),
    resolution="transferred",
)

_LINES = (
    ("agent", "thank you for calling member services this is dana how can i help you"),
    ("caller", "yes good morning i called last month and the young man told me to look at my statement"),
    ("caller", "well i looked and it has me at nineteen and a half years and i worked twenty four"),
    ("agent", "okay let me look at that with you i see two thousand one through two thousand ten at half credit"),
    ("caller", "that's just it i was job sharing on paper but i worked full days and the board paid in full"),
    ("agent", "i see the contributions posted but not why it was credited at half"),
    ("caller", "somebody decided that and i don't agree with it and it throws off my whole check"),
    ("agent", "an analyst can go through the contribution history and i'll have it sent to you in five business days"),
    ("caller", "my number changed too it's four seven eight five five five oh one eight six"),
)


def desk(call: DeskCall | None = None) -> DeskState:
    return DeskState(
        agent_id=AGENT.agent_id,
        agent_name=AGENT.name,
        device="PJSIP/1001",
        state=AgentState(presence="available", since=AT - timedelta(minutes=4)),
        speech_model="demo speech model",
        phones_up=True,
        call=call,
    )


def ringing(member: MemberProfile | None = MEMBER, caller: Caller = CALLER) -> DeskCall:
    """The call as it is offered."""
    return DeskCall(
        call_id="call-1",
        phase="ringing",
        queue="member_services",
        offered_at=AT,
        answered_at=None,
        ended_at=None,
        caller=caller,
        member=member,
        candidates=(),
        transcribed="refused" if caller.consent == "refused" else "live",
        recording="off" if caller.consent == "refused" else "on",
        transcript=(),
        suggestions=(),
        alarms=(),
        guide=Guide(),
        transfer=None,
        briefing="",
        acting=None,
        draft=ContactDraft(),
    )


def offered(call: DeskCall) -> tuple[AnyDeskEvent, ...]:
    return StateChanged(at=AT, state=AgentState(presence="ringing", since=AT)), CallOffered(at=AT, call=call)


def phase(now: Phase) -> tuple[AnyDeskEvent, ...]:
    state = AgentState(presence="wrap_up" if now == "wrap_up" else "on_call", since=AT)
    return StateChanged(at=AT, state=state), CallChanged(at=AT, call_id="call-1", phase=now)


def words(number: int, *, share: float = 1.0) -> Words:
    """The line of that number (from 1), as far as it was heard: `share` of its words."""
    speaker, text = _LINES[number - 1]
    heard = text.split()[: max(1, round(len(text.split()) * share))]
    utterance = Utterance(
        utterance_id=f"u-{number}",
        speaker="agent" if speaker == "agent" else "caller",
        name=AGENT.name if speaker == "agent" else MEMBER.name,
        start_s=2.0 + 7 * number,
        end_s=8.0 + 7 * number,
        text=" ".join(heard),
        confidence=0.9,
        final=share == 1.0,
    )
    return Words(at=AT, call_id="call-1", utterance=utterance)


def conversation(until: int = len(_LINES)) -> tuple[AnyDeskEvent, ...]:
    """All that was said up to that line."""
    return tuple(words(number) for number in range(1, until + 1))


def suggested(suggestion: Suggestion = SUGGESTION) -> Suggested:
    return Suggested(at=AT, call_id="call-1", suggestion=suggestion)


def drafted(draft: ContactDraft = DRAFT) -> DraftChanged:
    return DraftChanged(at=AT, call_id="call-1", draft=draft)


def named(name: str) -> MemberProfile:
    return replace(MEMBER, name=name)
