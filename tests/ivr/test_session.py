"""What a session does in the moments that a real telephone seldom hits: keys and words that cross, limits, failures."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from menu_house import ACCESS, BIRTH, EVERYTHING, LAST_FOUR, MEMBER, NUMBER, PIN, Hum, Hums, Surroundings
from waiting import until

from core.bus import Delivery
from core.clock import ManualClock, SystemClock
from core.errors import Problem
from ivr.caller_channel import CallerChannel
from ivr.dialog.actions import Keys, Line, MemberFacts, Nothing, Said
from ivr.known import Visitor
from ivr.leases import LEASE_S, LIMIT, Leases
from ivr.parts import Parts
from ivr.session import Session
from realtime.bus import InProcessBus
from records.events import CallerKnown, MenuWalked
from telephony.ami.agi import AgiResult, CallerGone
from telephony.ami.errors import ActionFailed

SOUND = Hum("/sounds/hum", 1.0)
NOW = datetime(2026, 11, 25, 15, tzinfo=UTC)
TIMEOUT = AgiResult(200, "", "timeout")
NO_KEY = AgiResult(200, "0")


def keys(digits: str, *, timeout: bool = False) -> AgiResult:
    """What GET DATA returns; `Pbx` gives it as GET OPTION does where a single key is asked for."""
    return AgiResult(200, digits, "timeout" if timeout else "")


def as_option(entered: AgiResult) -> AgiResult:
    """One key, `#` too, as GET OPTION tells it: the number of its character, 0 for none."""
    if entered.data == "timeout":
        return AgiResult(200, "0", endpos=8000)
    return key(entered.result or "#")


def key(one: str) -> AgiResult:
    """What WAIT FOR DIGIT and STREAM FILE return."""
    return AgiResult(200, str(ord(one)), endpos=4000)


@dataclass(frozen=True)
class Until:
    """A command that waits until we press a key of our own, and then ends like this."""

    result: AgiResult


@dataclass
class Pbx:
    """A channel whose commands end as a test has written down, in order."""

    script: deque[AgiResult | Until | Exception] = field(default_factory=deque)
    commands: list[str] = field(default_factory=list)
    secret: list[str] = field(default_factory=list)
    pressed: list[str] = field(default_factory=list)
    variables: list[tuple[str, str]] = field(default_factory=list)
    gone: bool = False
    in_the_script: bool = True  # whether waits for keys are; they come as the machine is slow or fast
    waiting: asyncio.Event = field(default_factory=asyncio.Event)

    def then(self, *results: AgiResult | Until | Exception) -> None:
        self.script.extend(results)

    async def __call__(self, channel: str, command: str, *, sensitive: bool = False, within: float = 60.0) -> AgiResult:
        self.commands.append(command)
        if sensitive:
            self.secret.append(command)
        if command in ("ASYNCAGI BREAK", "HANGUP"):
            return AgiResult(200, "0")
        if command.startswith("WAIT FOR DIGIT") and not self.in_the_script:
            self.waiting.clear()
            await self.waiting.wait()
            return key("D")
        match self.script.popleft():
            case Exception() as failure:
                raise failure
            case Until(result=result):
                self.waiting.clear()
                await self.waiting.wait()
            case result:
                pass
        return as_option(result) if command.startswith("GET OPTION") and result.code == 200 else result

    async def press(self, channel: str, key: str) -> None:
        self.pressed.append(key)
        self.waiting.set()

    async def set_variable(self, channel: str, name: str, value: str) -> None:
        if self.gone:
            raise ActionFailed("No such channel", place=channel)
        self.variables.append((name, value))


@pytest.fixture
def pbx() -> Pbx:
    return Pbx()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def channel(pbx: Pbx, clock: ManualClock) -> CallerChannel:
    return CallerChannel("PJSIP/trunk-1", agi=pbx, outside=pbx, clock=clock)


async def nothing_to_say() -> None:
    return None


async def after(event: asyncio.Event) -> str:
    await event.wait()
    return "done"


# --- the channel ---------------------------------------------------------------------------------


async def test_a_question_is_one_command(channel: CallerChannel, pbx: Pbx) -> None:
    pbx.then(keys("5"))
    assert await channel.read(SOUND, 1, 6.0) == Keys(digits="5")
    assert pbx.commands == ['GET OPTION "/sounds/hum" "0123456789*#" 6000']


async def test_one_key_more_may_be_any_or_none(channel: CallerChannel, pbx: Pbx, clock: ManualClock) -> None:
    pbx.then(keys("*"), keys(""), TIMEOUT)
    assert await channel.read(SOUND, 1, 6.0) == Keys(digits="*")
    clock.advance(3.0)  # else the pound key might belong to the answer before
    assert await channel.read(SOUND, 1, 6.0) == Keys(digits="", ended=True)
    assert await channel.read(SOUND, 1, 6.0) == Nothing()


async def test_each_command_wakes_the_channel_except_the_last(pbx: Pbx, clock: ManualClock) -> None:
    woken: list[int] = []
    channel = CallerChannel(
        "PJSIP/trunk-1", agi=pbx, outside=pbx, clock=clock, wake=lambda: woken.append(len(pbx.commands))
    )
    pbx.then(keys("5"), NO_KEY)
    await channel.read(SOUND, 1, 6.0)
    await channel.play(SOUND)
    assert woken == [0, 1]  # before each is written, for it takes its turn after what is written before the next wait


@pytest.mark.parametrize(
    ("result", "heard"),
    [
        (keys("12"), Keys(digits="12", ended=True)),
        (keys("123"), Keys(digits="123")),
        (keys(""), Keys(digits="", ended=True)),
        (keys("12", timeout=True), Keys(digits="12")),
        (TIMEOUT, Nothing()),
    ],
)
async def test_the_pound_key_and_silence_are_told_apart(
    channel: CallerChannel, pbx: Pbx, result: AgiResult, heard: Keys | Nothing
) -> None:
    pbx.then(result)
    assert await channel.read(None, 3, 1.0) == heard


async def test_keys_pressed_while_we_work_are_the_first_of_the_answer(channel: CallerChannel, pbx: Pbx) -> None:
    done = asyncio.Event()
    pbx.then(key("4"), Until(key("D")), keys("56"))
    working = asyncio.create_task(channel.meanwhile(after(done), nothing_to_say, 5.0))
    await until(lambda: len(pbx.commands) == 2)
    done.set()
    assert await working == "done"
    assert await channel.read(SOUND, 3, 6.0) == Keys(digits="456")
    assert pbx.pressed == ["D"]
    assert pbx.commands[-1] == 'GET DATA "/sounds/hum" 6000 2'
    assert all(command in pbx.secret for command in pbx.commands[:2])  # a key may be the first of a PIN


async def test_a_whole_answer_pressed_ahead_needs_no_question(channel: CallerChannel, pbx: Pbx) -> None:
    done = asyncio.Event()
    pbx.then(key("1"), key("2"), key("#"), key("7"), Until(key("D")))
    working = asyncio.create_task(channel.meanwhile(after(done), nothing_to_say, 5.0))
    await until(lambda: len(pbx.commands) == 5)
    done.set()
    await working
    assert await channel.read(SOUND, 20, 6.0, sensitive=True) == Keys(digits="12", ended=True)
    assert await channel.read(SOUND, 1, 6.0) == Keys(digits="7")
    assert len(pbx.commands) == 5


async def test_a_key_of_ours_that_came_too_late_is_no_answer(channel: CallerChannel, pbx: Pbx) -> None:
    done = asyncio.Event()
    pbx.then(Until(NO_KEY), key("8"), key("D"), keys("3"))
    working = asyncio.create_task(channel.meanwhile(after(done), nothing_to_say, 5.0))
    await until(lambda: len(pbx.commands) == 1)
    done.set()
    await working
    assert await channel.read(SOUND, 2, 6.0) == Keys(digits="83")  # the caller's key before ours is not lost
    assert pbx.commands[1:3] == ["WAIT FOR DIGIT 20"] * 2


async def test_what_is_said_ends_the_question(channel: CallerChannel, pbx: Pbx) -> None:
    said = Said(keys="2", text="payments", sure=True)

    async def hear() -> Said:
        return said

    pbx.then(Until(keys("")))
    assert await channel.read(SOUND, 1, 6.0, hear=hear) == said
    assert pbx.pressed == ["#"]


async def test_who_has_begun_to_press_goes_on_pressing(channel: CallerChannel, pbx: Pbx) -> None:
    async def hear() -> Said:
        return Said(keys="1", text="one", sure=True)

    pbx.then(Until(keys("7")), keys("89"))
    assert await channel.read(SOUND, 3, 6.0, hear=hear) == Keys(digits="789")
    assert pbx.commands[-1] == 'GET DATA "" 6000 2'  # without saying it all again


async def test_words_that_cross_the_last_key_are_too_late(channel: CallerChannel, pbx: Pbx) -> None:
    async def hear() -> Said:
        return Said(keys="1", text="one", sure=True)

    pbx.then(Until(keys("7")), key("#"), keys("4"))
    assert await channel.read(SOUND, 1, 6.0, hear=hear) == Keys(digits="7")
    assert await channel.read(SOUND, 1, 6.0) == Keys(digits="4")  # the `#` that we pressed is taken back first


async def test_words_at_the_last_moment_count(channel: CallerChannel, pbx: Pbx) -> None:
    said = Said(keys="1", text="one", sure=True)

    async def hear() -> Said:
        return said

    pbx.then(Until(TIMEOUT), NO_KEY, keys("4"))
    assert await channel.read(SOUND, 1, 6.0, hear=hear) == said
    assert await channel.read(SOUND, 1, 6.0) == Keys(digits="4")


async def test_a_pound_key_long_after_an_entry_is_an_answer(
    channel: CallerChannel, pbx: Pbx, clock: ManualClock
) -> None:
    pbx.then(keys("1234"), keys(""), keys(""))
    await channel.read(SOUND, 4, 6.0)
    clock.advance(3.0)
    assert await channel.read(SOUND, 4, 6.0) == Keys(digits="", ended=True)
    assert len(pbx.commands) == 2


async def test_what_takes_too_long_is_given_up(channel: CallerChannel, pbx: Pbx) -> None:
    pbx.then(Until(NO_KEY))
    with pytest.raises(TimeoutError):
        await channel.meanwhile(asyncio.Event().wait(), nothing_to_say, 0.1)


async def test_a_failure_of_the_work_is_the_workers_own(channel: CallerChannel) -> None:
    async def fails() -> None:
        raise Problem("away")

    with pytest.raises(Problem, match="away"):
        await channel.meanwhile(fails(), nothing_to_say, 5.0)


async def test_a_channel_that_is_gone_says_so(channel: CallerChannel, pbx: Pbx) -> None:
    pbx.gone = True
    with pytest.raises(CallerGone):
        await channel.tell("ML_QUEUE", "member_services")


# --- whose caller it is --------------------------------------------------------------------------


@pytest.fixture
def leases(pbx: Pbx) -> Leases:
    return Leases(pbx.set_variable, SystemClock(), every_s=0.01)


async def test_the_limit_is_put_off_until_the_caller_is_let_go(pbx: Pbx, leases: Leases) -> None:
    leases.take("PJSIP/trunk-1")
    await until(lambda: len(pbx.variables) >= 3)
    leases.release("PJSIP/trunk-1")
    renewed = list(pbx.variables)
    await asyncio.sleep(0.05)
    leases.lost("PJSIP/trunk-1")  # AsyncAGIEnd, after we let go: nothing to take back
    await asyncio.sleep(0.01)
    assert set(renewed) == {(LIMIT, str(LEASE_S))}
    assert pbx.variables == renewed
    await leases.stop()


async def test_a_limit_that_may_have_met_the_caller_outside_is_taken_back(pbx: Pbx, leases: Leases) -> None:
    leases.take("PJSIP/trunk-1")
    leases.lost("PJSIP/trunk-1")
    await until(lambda: pbx.variables == [(LIMIT, "0")])
    await leases.stop()


async def test_a_process_that_stood_still_leaves_the_caller_to_the_dialplan(
    pbx: Pbx, caplog: pytest.LogCaptureFixture
) -> None:
    clock = ManualClock(NOW)
    leases = Leases(pbx.set_variable, clock, every_s=0.01)
    leases.take("PJSIP/trunk-1")
    await asyncio.sleep(0)
    clock.advance(4.0)
    await until(lambda: "stood still" in caplog.text)
    assert pbx.variables == []
    await leases.stop()


async def test_a_channel_is_woken_at_once_and_only_while_it_is_ours(pbx: Pbx) -> None:
    leases = Leases(pbx.set_variable, SystemClock(), every_s=60.0)
    leases.wake("PJSIP/trunk-1")
    leases.take("PJSIP/trunk-1")
    leases.wake("PJSIP/trunk-1")
    await until(lambda: pbx.variables == [(LIMIT, str(LEASE_S))])
    leases.wake("PJSIP/trunk-1")
    leases.release("PJSIP/trunk-1")  # before that one has had its turn
    await asyncio.sleep(0.01)
    assert len(pbx.variables) == 1
    await leases.stop()


async def test_who_may_be_elsewhere_by_now_is_not_woken(pbx: Pbx) -> None:
    clock = ManualClock(NOW)
    leases = Leases(pbx.set_variable, clock, every_s=60.0)
    leases.take("PJSIP/trunk-1")
    clock.advance(4.0)
    for _ in range(2):
        leases.wake("PJSIP/trunk-1")
        await asyncio.sleep(0.01)
    assert pbx.variables == []
    await leases.stop()


# --- the session ---------------------------------------------------------------------------------


@dataclass
class House:
    pbx: Pbx
    bus: InProcessBus
    around: Surroundings
    hums: Hums
    session: Session
    known: list[CallerKnown]
    walks: list[MenuWalked]
    held: list[bool]  # whether the channel is ours, each time that it changes


@pytest.fixture
def made(pbx: Pbx, clock: ManualClock, tmp_path: Path) -> Callable[[], House]:
    def make() -> House:
        around, hums, bus = Surroundings(), Hums(tmp_path), InProcessBus()
        pbx.in_the_script = False
        known: list[CallerKnown] = []
        walks: list[MenuWalked] = []
        held: list[bool] = []

        def heard(delivery: Delivery) -> None:
            if isinstance(delivery.event, CallerKnown):
                known.append(delivery.event)
            if isinstance(delivery.event, MenuWalked):
                walks.append(delivery.event)

        bus.listen("call.>", heard)
        parts = Parts(
            sounds=hums,
            identity=around,
            services=around,
            queues=around,
            callbacks=around,
            world=around.world,
            bus=bus,
            clock=clock,
        )
        session = Session(
            Visitor(call_id="c1", channel="PJSIP/trunk-1", uniqueid="1.1", number="+14045550199", dialled="5550100"),
            document=EVERYTHING,
            channel=CallerChannel("PJSIP/trunk-1", agi=pbx, outside=pbx, clock=clock),
            parts=parts,
            take=lambda: held.append(True),
            let_go=lambda: held.append(False),
        )
        return House(pbx, bus, around, hums, session, known, walks, held)

    return make


def secret_reads(house: House) -> list[str]:
    return [command for command in house.pbx.secret if command.startswith("GET DATA")]


async def test_what_is_known_is_told_when_it_changes_and_only_then(made: Callable[[], House]) -> None:
    house = made()
    house.pbx.then(keys("1"), NO_KEY, TIMEOUT, keys("7"))  # English, the notice, silence at the menu, urgent
    await house.session.run()
    assert [(each.language, each.consent, each.chosen) for each in house.known] == [
        ("en", "pending", ""),
        ("en", "pending", ""),
        ("en", "given", ""),
        ("en", "given", "Urgent"),
    ]
    assert {each.menu_version for each in house.known} == {EVERYTHING.version}
    assert house.pbx.commands[-1] == "ASYNCAGI BREAK"
    assert ("ML_QUEUE", "hurried") in house.pbx.variables
    assert house.session.left
    assert house.held[0] is False  # let go before the dialplan has the channel


async def test_the_language_is_remembered_for_whoever_proved_who_they_are(made: Callable[[], House]) -> None:
    house = made()
    house.pbx.then(keys("2"), NO_KEY, keys("3"), keys(NUMBER), keys(PIN), NO_KEY)
    await house.session.run()
    assert house.around.remembered == [(MEMBER.member_id, "es")]
    assert ("CHANNEL(language)", "es") in house.pbx.variables
    assert house.known[-1].verification == "pin"
    assert PIN not in repr(house.known)
    assert len(secret_reads(house)) == 1


async def test_who_acts_for_a_member_is_told_and_their_language_is_not_the_members(made: Callable[[], House]) -> None:
    house = made()
    house.pbx.then(keys("2"), NO_KEY, keys("3"), keys(ACCESS), keys(PIN), NO_KEY)
    await house.session.run()
    acting = house.known[-1].acting
    assert acting is not None
    assert (acting.authority_id, acting.name) == ("a1", "Ann")
    assert not any(each.acting for each in house.known if each.verification == "none")
    assert house.around.remembered == []


async def test_what_was_done_is_told_once_at_the_end_without_a_secret_or_a_number(made: Callable[[], House]) -> None:
    house = made()
    house.pbx.then(keys("2"), NO_KEY, keys("3"), keys(NUMBER), keys(PIN), NO_KEY)
    await house.session.run()
    [walk] = house.walks
    assert walk.did[:2] == ("language 2", "notice -")
    assert f"who {'x' * len(NUMBER)}#" in walk.did
    assert "who =right" in walk.did
    assert PIN not in repr(walk)
    assert NUMBER not in repr(walk)


async def test_what_was_done_up_to_a_hangup_is_told_too(made: Callable[[], House]) -> None:
    house = made()
    house.pbx.then(keys("1"), NO_KEY, CallerGone("hung up"))
    await house.session.run()
    assert [walk.did for walk in house.walks] == [("language 1", "notice -")]


async def test_knowledge_is_two_secret_reads(made: Callable[[], House]) -> None:
    house = made()
    house.pbx.then(keys("1"), NO_KEY, keys("3"), keys(NUMBER), keys(""), keys(LAST_FOUR), keys(BIRTH), NO_KEY)
    await house.session.run()
    assert house.around.proofs == [(LAST_FOUR, BIRTH)]
    assert [command.rpartition(" ")[2] for command in secret_reads(house)] == ["20", "4", "8"]


async def test_a_hangup_ends_it_with_the_path_so_far(made: Callable[[], House]) -> None:
    house = made()
    house.pbx.then(keys("1"), NO_KEY, CallerGone("hung up"))
    await house.session.run()
    assert house.known[-1].menu_path == ("language: en",)
    assert house.session.left
    assert house.hums.forgotten == ["c1"]


async def test_who_hangs_up_before_the_next_words_has_chosen_all_the_same(
    made: Callable[[], House], monkeypatch: pytest.MonkeyPatch
) -> None:
    house, sound = made(), Hums.sound

    async def gone_at_the_notice(hums: Hums, lines: Sequence[Line], language: str, slow: bool, call_id: str) -> Hum:
        if "notice" in lines[0].prompt.texts.values():
            raise CallerGone("hung up")
        return await sound(hums, lines, language, slow, call_id)

    monkeypatch.setattr(Hums, "sound", gone_at_the_notice)
    house.pbx.then(keys("1"))
    await house.session.run()
    assert house.known[-1].menu_path == ("language: en",)


async def test_the_caller_hears_on_before_their_choice_is_told(made: Callable[[], House]) -> None:
    house = made()
    told_after: list[str] = []
    house.bus.listen("call.>", lambda delivery: told_after.append(house.pbx.commands[-1]))
    house.pbx.then(keys("1"), NO_KEY, keys("7"))
    await house.session.run()
    asked = [command.partition(" ")[0] for command in told_after]
    assert asked[:2] == ["GET", "STREAM"]


async def test_a_pbx_that_refuses_leaves_the_caller_to_the_dialplan(made: Callable[[], House]) -> None:
    house = made()
    house.pbx.then(*[AgiResult(510, "", "Invalid or unknown command")] * 10)
    await house.session.run()
    assert ("ML_PERSON", "member_services") in house.pbx.variables
    assert house.known[-1].menu_path[-1] == "the menu failed"
    assert house.session.left  # the last try says nothing, and lets go in order
    assert house.pbx.commands[-1] == "ASYNCAGI BREAK"


async def test_a_document_of_its_own_word_for_a_protected_member_stays_out_of_the_events(
    made: Callable[[], House],
) -> None:
    house = made()
    house.around.calling = MemberFacts(member_id="m9", first_name="Rosa", protected=True)
    house.pbx.then(keys("1"), NO_KEY, keys("7"))
    await house.session.run()
    assert "Rosa" not in repr(house.known)
