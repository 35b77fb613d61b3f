"""Closing by telephone: codes that nobody guesses, telephones that may, and the shipped menu up to the read-back."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from closing_house import HOUR, NOW, SERVICES, TOMORROW_AT_EIGHT, ZONE, House, close, closing_menu

from core.errors import Problem
from ivr.calling_numbers import CallingNumbers
from ivr.closing_codes import AT_MOST, DIGITS, IN_A_ROW, ClosingCodes, Whose
from ivr.closing_phone import ClosingByTelephone
from ivr.closing_texts import texts
from ivr.dialog.actions import Arrival, Ask, HangUp, Heard, Keys, Listen, Nothing, Served, Spoken, World
from ivr.dialog.stepping import advance, begin
from ivr.self_service.service import Customer
from ivr.speaking.values import Clock, Day
from ivr.speaking.words import fill
from records.agents import Agents, Hired, Moved

OFFICE, ELSEWHERE = "+14045550177", "+14045550199"


def wrong(code: str) -> str:
    """The same person, another secret."""
    return code[:-1] + str((int(code[-1]) + 1) % 10)


class Phones:
    """Sam supervises, Ann takes calls; both have a code."""

    def __init__(self, house: House, *, numbers: tuple[str, ...] = ("(404) 555-0177", "1001")) -> None:
        self.house = house
        self.agents = Agents(house.db, house.passwords, house.clock)
        self.codes = ClosingCodes(house.db, house.clock, house.passwords)
        self.phone = ClosingByTelephone(
            closing=house.service,
            codes=self.codes,
            calling=CallingNumbers(house.db, house.clock),
            agents=self.agents,
            numbers=numbers,
            hours=house.hours,
            queue=lambda: SERVICES,
            clock=house.clock,
            zone=ZONE,
        )
        self.services = {service.spec.name: service for service in self.phone.services()}

    async def hire(self) -> None:
        sam = await self.agents.hire(Hired(username="sam", name="Sam Superior", role="supervisor", level=4))
        ann = await self.agents.hire(Hired(username="ann", name="Ann Arbor", role="agent"))
        self.sam, self.ann = sam.agent_id, ann.agent_id
        self.code, self.anns = await self.codes.give(self.sam), await self.codes.give(self.ann)

    async def ask(self, service: str, code: str = "", number: str = OFFICE) -> Served:
        customer = Customer(
            call_id="c1",
            member_id="",
            number=number,
            language="en",
            verification="none",
            inputs={"code": code or self.code},
        )
        served = await self.services[service](customer, self.house.clock.now())
        assert set(served.values) == set(self.services[service].spec.outcomes[served.outcome])
        return served


@pytest.fixture
async def phones(house: House) -> Phones:
    made = Phones(house)
    await made.hire()
    return made


# --- codes ------------------------------------------------------------------------------------------


async def test_a_code_says_whose_it_is_and_a_new_one_makes_it_void(phones: Phones) -> None:
    assert phones.code.isdigit()
    assert len(phones.code) == DIGITS
    assert await phones.codes.check(phones.code) == Whose(phones.sam)
    newer = await phones.codes.give(phones.sam)
    assert await phones.codes.check(newer) == Whose(phones.sam)
    if newer != phones.code:
        assert await phones.codes.check(phones.code) == "wrong"
    assert await phones.codes.take_away(phones.sam)
    assert await phones.codes.check(newer) == "wrong"
    assert not await phones.codes.take_away(phones.sam)


@pytest.mark.parametrize("code", ["", "1", "000000000", "12345678901234567890", "abcdefghi", "٣٣٣٣٣٣٣٣٣"])
async def test_what_is_nobodys_code_is_wrong(phones: Phones, code: str) -> None:
    if code[:3] not in (phones.code[:3], phones.anns[:3]):
        assert await phones.codes.check(code) == "wrong"


async def test_wrong_ones_lock_a_code_for_a_while_and_in_the_end_for_good(phones: Phones, house: House) -> None:
    for _ in range(IN_A_ROW.failures):
        assert await phones.codes.check(wrong(phones.code)) == "wrong"
    assert await phones.codes.check(phones.code) == "locked"
    assert await ClosingCodes(house.db, house.clock, house.passwords).check(phones.code) == "locked"
    assert await phones.codes.check(phones.anns) == Whose(phones.ann)
    for _ in range(AT_MOST // IN_A_ROW.failures - 1):
        house.clock.advance(IN_A_ROW.time.total_seconds())
        for _ in range(IN_A_ROW.failures):
            assert await phones.codes.check(wrong(phones.code)) == "wrong"
    house.clock.advance(timedelta(days=30).total_seconds())
    assert await phones.codes.check(phones.code) == "locked"
    assert await phones.codes.check(await phones.codes.give(phones.sam)) == Whose(phones.sam)


async def test_a_right_one_forgives_the_wrong_ones_before_it(phones: Phones) -> None:
    for _ in range(3 * IN_A_ROW.failures):
        assert await phones.codes.check(wrong(phones.code)) == "wrong"
        assert await phones.codes.check(phones.code) == Whose(phones.sam)


# --- services ---------------------------------------------------------------------------------------


async def test_the_centre_is_closed_until_the_next_days_opening_with_the_standard_message(
    phones: Phones, house: House
) -> None:
    told = {"day": Day(day=TOMORROW_AT_EIGHT.astimezone(ZONE).date()), "time": Clock(time=time(8))}
    assert await phones.ask("closing_state") == Served(outcome="is_open", values=told)
    await house.waits("ann")
    assert await phones.ask("close_centre") == Served(outcome="closed", values=told)
    await house.service.look()
    assert house.known.announced() == {"": texts().standard}
    assert list(house.taken) == ["PJSIP/trunk-ann"]  # called back, keeping the place
    assert len(await house.callbacks.open()) == 1
    assert await phones.ask("closing_state") == Served(outcome="is_closed", values=told)
    [entry] = await house.log("close")
    assert (entry.agent_id, entry.why.rpartition(": ")[2]) == (phones.sam, "closed by telephone")
    assert await phones.ask("open_centre") == Served(outcome="opened")
    assert house.known.announced() == {}
    assert await phones.ask("open_centre") == Served(outcome="is_open")


async def test_closed_twice_by_telephone_it_is_closed_once(phones: Phones, house: House) -> None:
    first = await phones.ask("close_centre")
    assert await phones.ask("close_centre") == first
    assert len(house.service.current()) == 1


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (NOW, TOMORROW_AT_EIGHT),
        (datetime(2026, 3, 10, 10, 0, tzinfo=UTC), TOMORROW_AT_EIGHT),  # six in the morning: for this day
        (
            datetime(2026, 3, 10, 23, 0, tzinfo=UTC),
            datetime(2026, 3, 12, 12, 0, tzinfo=UTC),
        ),  # in the evening: the next
        (datetime(2026, 3, 13, 15, 0, tzinfo=UTC), datetime(2026, 3, 16, 12, 0, tzinfo=UTC)),  # a Friday
    ],
)
async def test_until_when_it_would_be_closed(phones: Phones, house: House, now: datetime, until: datetime) -> None:
    assert phones.phone.until(now) == until


async def test_what_a_page_closed_is_ended_by_telephone_and_a_single_queue_is_not(phones: Phones, house: House) -> None:
    await house.closes(ends_at=NOW + HOUR)
    await house.closes(close(queue=SERVICES, ends_at=NOW + 2 * HOUR))
    assert (await phones.ask("closing_state")).outcome == "is_closed"
    assert (await phones.ask("open_centre")).outcome == "opened"
    assert set(house.known.announced()) == {SERVICES}
    assert (await phones.ask("closing_state")).outcome == "is_open"


@pytest.mark.parametrize("service", ["closing_state", "close_centre", "open_centre"])
async def test_who_may_not_does_nothing(phones: Phones, house: House, service: str) -> None:
    assert (await phones.ask(service, number=ELSEWHERE)).outcome == "not_allowed"
    assert (await phones.ask(service, number="")).outcome == "not_allowed"
    assert (await phones.ask(service, code=wrong(phones.code))).outcome == "wrong"
    assert (await phones.ask(service, code=phones.anns)).outcome == "not_allowed"
    await phones.agents.move(phones.sam, Moved(role="agent"))
    assert (await phones.ask(service)).outcome == "not_allowed"
    assert house.service.current() == ()
    await phones.agents.move(phones.sam, Moved(role="administrator"))
    assert (await phones.ask(service, number="1001")).outcome != "not_allowed"
    await phones.agents.leave(phones.sam)
    assert (await phones.ask(service)).outcome == "not_allowed"


async def test_from_elsewhere_nobody_can_try_codes(phones: Phones) -> None:
    for _ in range(2 * IN_A_ROW.failures):
        assert (await phones.ask("closing_state", code=wrong(phones.code), number=ELSEWHERE)).outcome == "not_allowed"
    assert (await phones.ask("closing_state")).outcome == "is_open"


async def test_one_telephone_cannot_try_for_ever(phones: Phones) -> None:
    outcomes = [(await phones.ask("closing_state", code=f"{n:09d}")).outcome for n in range(999_000_000, 999_000_012)]
    assert outcomes.count("locked") >= 2


def test_a_number_that_is_none_is_refused_at_the_start(house: House) -> None:
    with pytest.raises(Problem, match="closing_numbers: 'the office' is no telephone number"):
        Phones(house, numbers=("the office",))


# --- the shipped menu -------------------------------------------------------------------------------


class Visit:
    """Somebody of the staff in the menu for closing, with the services behind it."""

    def __init__(self, phones: Phones) -> None:
        self.phones, self.said = phones, ""
        self.document = closing_menu()
        self.state, self.action = begin(self.document, Arrival(number=OFFICE), self.world)

    @property
    def world(self) -> World:
        house = self.phones.house
        levels = {name: service.spec.level for name, service in self.phones.services.items()}
        return World(now=house.clock.now(), announced=dict(house.known.announced()), levels=levels)

    async def enters(self, keys: str) -> None:
        """Until the next question, or the end."""
        self.said = ""
        heard: Heard = Keys(digits=keys) if keys else Nothing()
        while True:
            self.state, self.action = advance(self.document, self.state, heard, self.world)
            if isinstance(self.action, Spoken):
                self.said += " ".join(
                    fill(line.prompt.texts[self.action.language], line.values, self.action.language)
                    for line in self.action.lines
                )
            if isinstance(self.action, Listen | HangUp):
                return
            heard = await self._served(self.action) if isinstance(self.action, Ask) else Keys(digits="")

    async def _served(self, asked: Ask) -> Served:
        return await self.phones.ask(asked.service, asked.inputs["code"])


async def test_somebody_closes_hears_it_read_back_and_opens_again(phones: Phones, house: House) -> None:
    visit = Visit(phones)
    await visit.enters("1")
    assert visit.said == "Enter your closing code."
    assert isinstance(visit.action, Listen)
    assert visit.action.sensitive
    await visit.enters(phones.code)
    assert "until Wednesday, March eleventh" in visit.said
    assert "at eight" in visit.said
    await visit.enters("1")
    assert visit.said.startswith("The centre is closed until Wednesday, March eleventh")
    assert house.known.closed(SERVICES)
    await visit.enters("1")
    assert visit.said.startswith("The centre takes calls again")
    assert isinstance(visit.action, HangUp)
    assert not house.known.closed(SERVICES)


async def test_who_says_nothing_changes_nothing(phones: Phones, house: House) -> None:
    visit = Visit(phones)
    for keys in ("2", phones.code, "", ""):
        await visit.enters(keys)
    assert visit.said == "No se cambió nada. Hasta luego."
    assert isinstance(visit.action, HangUp)
    assert house.service.current() == ()


async def test_a_wrong_code_is_asked_for_again_until_it_is_locked(phones: Phones) -> None:
    visit = Visit(phones)
    await visit.enters("1")
    for _ in range(IN_A_ROW.failures):
        await visit.enters(wrong(phones.code))
        assert visit.said == "That is not a closing code. Enter your closing code."
    await visit.enters(phones.code)
    assert visit.said.startswith("Too many wrong codes were entered.")
    assert isinstance(visit.action, HangUp)


async def test_no_code_is_in_what_the_contact_learns(phones: Phones) -> None:
    visit = Visit(phones)
    for keys in ("1", phones.code, "1"):
        await visit.enters(keys)
    assert phones.code not in str(visit.state.learnt)
    assert phones.code[3:] not in str(visit.state.learnt)
