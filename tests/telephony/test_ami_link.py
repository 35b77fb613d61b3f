"""The link to the PBX: one clear error, or connected; every wait ends; nothing is said twice; down and back by itself.

The flaws of panoramisk that the link covers each have their test here.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import islice

import pytest
from fake_ami import SECRET, FakeAmi
from waiting import until

from core.errors import Problem
from telephony.ami.connection import Connection
from telephony.ami.errors import ActionFailed, ActionTimeout, LinkDown
from telephony.ami.link import AmiLink, Patience, delays

QUICK = Patience(connect=0.5, ping_every=0.05, ping_within=0.1, retry_first=0.01, retry_most=0.05)


@pytest.fixture
async def pbx() -> AsyncIterator[FakeAmi]:
    async with FakeAmi() as fake:
        yield fake


class Consumer:
    """Keeps what a link hands over, in order."""

    def __init__(self) -> None:
        self.story: list[object] = []

    def on_event(self, message: dict[str, str]) -> None:
        if message["Event"] != "FullyBooted":
            self.story.append(message)

    def names(self) -> list[str]:
        return [entry["Event"] if isinstance(entry, dict) else str(entry) for entry in self.story]


@pytest.fixture
async def link(pbx: FakeAmi) -> AsyncIterator[AmiLink[None]]:
    link = AmiLink[None]("test", pbx.address, on_event=Consumer().on_event, patience=QUICK)
    await link.start()
    yield link
    await link.stop()


async def refusal(fake: FakeAmi, **changed: object) -> str:
    link = AmiLink[None]("test", replace(fake.address, **changed), on_event=Consumer().on_event, patience=QUICK)
    with pytest.raises(Problem) as caught:
        await link.start()
    assert SECRET not in str(caught.value)
    return str(caught.value)


# Connected and logged in, or one clear error


async def test_no_server(pbx: FakeAmi) -> None:
    await pbx.vanish()
    assert "no server answers" in await refusal(pbx)


async def test_wrong_secret(pbx: FakeAmi) -> None:
    assert "user 'ml' is refused (Authentication failed)" in await refusal(pbx, secret="wrong")


async def test_refused_permission_names_all_that_is_missing(pbx: FakeAmi) -> None:
    assert "may not use Atxfer, QueueAdd" in await refusal(pbx, needs=frozenset({"QueueAdd", "Atxfer", "Originate"}))


async def test_an_asterisk_that_is_too_old_never_sees_the_secret() -> None:
    async with FakeAmi(greeting=b"Asterisk Call Manager/7.0.3\r\n") as old:
        assert "too old (AMI 7.0.3)" in await refusal(old)
        assert old.heard == []


async def test_something_else_on_that_port_never_sees_the_secret() -> None:
    async with FakeAmi(greeting=b"SSH-2.0-OpenSSH_9.2\r\n") as ssh:
        assert "not an Asterisk manager interface" in await refusal(ssh)
        assert ssh.heard == []


async def test_a_server_that_says_nothing() -> None:
    async with FakeAmi(greeting=b"") as mute:
        assert "no greeting within 0.5 s" in await refusal(mute)


async def test_a_login_that_is_not_answered(pbx: FakeAmi) -> None:
    pbx.silent = True
    assert "no answer to the login" in await refusal(pbx)


async def test_an_asterisk_that_is_still_starting() -> None:
    async with FakeAmi(booted=False) as starting:
        assert "did not say FullyBooted" in await refusal(starting, booted=True)


# Every action ends


async def test_an_answer(pbx: FakeAmi, link: AmiLink[None]) -> None:
    pbx.answers["CoreSettings"] = lambda action: [{"Response": "Success", "AsteriskVersion": "22.10.1"}]
    answer = await link.action({"Action": "CoreSettings"})
    assert answer == {"Response": "Success", "AsteriskVersion": "22.10.1", "ActionID": answer["ActionID"]}


async def test_an_action_without_answer_has_a_deadline(pbx: FakeAmi, link: AmiLink[None]) -> None:
    with pytest.raises(ActionTimeout, match="no answer within"):
        await link.action({"Action": "Originate", "Async": "true"}, within=0.05)
    assert link.up


async def test_a_refusal_says_what_the_pbx_said(pbx: FakeAmi, link: AmiLink[None]) -> None:
    pbx.answers["Redirect"] = lambda action: [{"Response": "Error", "Message": "Channel does not exist: PJSIP/x"}]
    with pytest.raises(ActionFailed, match="Channel does not exist: PJSIP/x"):
        await link.action({"Action": "Redirect"})


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ({"Action": "AGI", "Channel": "PJSIP/x", "Command": "ANSWER", "CommandID": "c1"}, "Added AGI command to queue"),
        ({"Action": "QueueAdd", "Queue": "q", "Interface": "PJSIP/x"}, "Added interface to queue"),
        ({"Action": "Originate", "Channel": "PJSIP/x"}, "Originate successfully queued"),
        ({"Action": "Atxfer", "Channel": "PJSIP/x", "Exten": "1"}, "Atxfer successfully queued"),
        ({"Action": "CancelAtxfer", "Channel": "PJSIP/x"}, "Attended transfer successfully queued"),
    ],
)
async def test_answers_that_look_like_the_start_of_a_list(
    pbx: FakeAmi, link: AmiLink[None], action: dict[str, str], said: str
) -> None:
    pbx.answers[action["Action"]] = lambda _: [{"Response": "Success", "Message": said}]
    assert (await link.action(action, within=1))["Message"] == said
    assert link.up
    assert pbx.connections == 1


async def test_a_list(pbx: FakeAmi, link: AmiLink[None]) -> None:
    pbx.answers["CoreShowChannels"] = lambda action: [
        {"Response": "Success", "EventList": "start", "Message": "Channels will follow"},
        {"Event": "CoreShowChannel", "Channel": "PJSIP/a"},
        {"Event": "CoreShowChannel", "Channel": "PJSIP/b"},
        {"Event": "CoreShowChannelsComplete", "EventList": "Complete", "ListItems": "2"},
    ]
    items = await link.list_action({"Action": "CoreShowChannels"})
    assert [item["Channel"] for item in items] == ["PJSIP/a", "PJSIP/b"]


async def test_a_refused_list(pbx: FakeAmi, link: AmiLink[None]) -> None:
    pbx.answers["QueueStatus"] = lambda action: [{"Response": "Error", "Message": "Permission denied"}]
    with pytest.raises(ActionFailed, match="Permission denied"):
        await link.list_action({"Action": "QueueStatus"})


async def test_the_late_rest_of_a_list_is_not_taken_for_events(pbx: FakeAmi) -> None:
    consumer = Consumer()
    link = AmiLink[None]("test", pbx.address, on_event=consumer.on_event, patience=QUICK)
    await link.start()
    pbx.answers["DeviceStateList"] = lambda action: [{"Response": "Success", "EventList": "start"}]
    with pytest.raises(ActionTimeout):
        await link.list_action({"Action": "DeviceStateList"}, within=0.05)
    late = pbx.actions("DeviceStateList")[0]["ActionID"]
    pbx.say({"Event": "DeviceStateChange", "ActionID": late}, {"Event": "Hangup"})
    await until(lambda: "Hangup" in consumer.names())
    assert consumer.names() == ["Hangup"]
    await link.stop()


async def test_a_line_break_in_a_value_is_refused_and_nothing_sent(pbx: FakeAmi, link: AmiLink[None]) -> None:
    with pytest.raises(Problem, match="line break"):
        await link.action({"Action": "Hangup", "Channel": "PJSIP/x\r\n\r\nAction: Command\r\nCommand: core stop now"})
    await link.action({"Action": "Ping"})
    assert pbx.actions("Hangup") == []
    assert pbx.actions("Command") == []


# Down


async def test_who_awaits_an_answer_learns_that_the_link_went_down(pbx: FakeAmi, link: AmiLink[None]) -> None:
    waiting = asyncio.create_task(link.action({"Action": "Originate"}, within=5))
    await until(lambda: bool(pbx.actions("Originate")))
    pbx.drop()
    with pytest.raises(LinkDown):
        await asyncio.wait_for(waiting, 1)


async def test_nothing_is_sent_again_after_a_reconnect(pbx: FakeAmi, link: AmiLink[None]) -> None:
    waiting = asyncio.create_task(link.action({"Action": "Originate"}, within=5))
    await until(lambda: bool(pbx.actions("Originate")))
    pbx.drop()
    with pytest.raises(LinkDown):
        await waiting
    await until(lambda: pbx.connections == 2 and link.up)
    await link.action({"Action": "Ping"})
    assert len(pbx.actions("Originate")) == 1


async def test_an_action_while_down_fails_at_once(pbx: FakeAmi, link: AmiLink[None]) -> None:
    await pbx.vanish()
    await until(lambda: not link.up)
    with pytest.raises(LinkDown):
        await asyncio.wait_for(link.action({"Action": "Ping"}), 0.1)


async def test_an_action_before_the_start_fails_at_once(pbx: FakeAmi) -> None:
    with pytest.raises(LinkDown):
        await AmiLink[None]("test", pbx.address, on_event=Consumer().on_event).action({"Action": "Ping"})


async def test_a_half_open_connection_is_noticed(pbx: FakeAmi, link: AmiLink[None]) -> None:
    pbx.silent = True
    await until(lambda: not link.up, within=QUICK.ping_every + QUICK.ping_within + 0.5)
    pbx.silent = False
    await until(lambda: link.up)


def test_a_half_open_connection_is_noticed_within_fifteen_seconds() -> None:
    assert Patience().ping_every + Patience().ping_within < 15


def test_attempts_grow_apart_up_to_a_limit_and_are_spread() -> None:
    patience = Patience(retry_first=0.25, retry_most=2)
    assert list(islice(delays(patience, lambda: 0.0), 6)) == [0.25, 0.5, 1, 2, 2, 2]
    assert list(islice(delays(patience, lambda: 1.0), 2)) == [0.125, 0.25]


async def test_one_line_when_down_and_one_when_back(
    pbx: FakeAmi, link: AmiLink[None], caplog: pytest.LogCaptureFixture
) -> None:
    await pbx.vanish()
    await until(lambda: not link.up)
    await asyncio.sleep(0.2)  # several attempts
    await pbx.listen()
    await until(lambda: link.up)
    assert [record.getMessage().split(" (")[0].split(" after")[0] for record in caplog.records] == [
        f"test: the link to AMI 127.0.0.1:{pbx.port} is down",
        f"test: the link to AMI 127.0.0.1:{pbx.port} is back",
    ]


# Events


async def test_events_arrive_in_order_and_split_characters_whole(pbx: FakeAmi) -> None:
    consumer = Consumer()
    link = AmiLink[None]("test", pbx.address, on_event=consumer.on_event, patience=QUICK)
    await link.start()
    data = "Event: A\r\nName: Zoé\r\nPausedReason: \r\n\r\n".encode()
    cut = data.index(b"\xc3") + 1
    pbx.raw(b"Event: First\r\n\r\n" + data[:cut])
    await until(lambda: len(consumer.story) == 1)
    pbx.raw(data[cut:])
    await until(lambda: len(consumer.story) == 2)
    assert consumer.story[1] == {"Event": "A", "Name": "Zoé", "PausedReason": ""}
    await link.stop()


async def test_a_consumer_that_fails_is_named_without_data(pbx: FakeAmi, caplog: pytest.LogCaptureFixture) -> None:
    seen = []

    def fails_on_hangup(message: dict[str, str]) -> None:
        if message["Event"] == "Hangup":
            raise ValueError(message["CallerIDNum"])
        seen.append(message["Event"])

    link = AmiLink[None]("test", pbx.address, on_event=fails_on_hangup, patience=QUICK)
    await link.start()
    pbx.say({"Event": "Hangup", "CallerIDNum": "5551234"}, {"Event": "Newchannel"})
    await until(lambda: "Newchannel" in seen)
    assert link.up
    assert pbx.connections == 1
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert "event Hangup failed: ValueError" in record.getMessage()
    assert "5551234" not in caplog.text
    await link.stop()


async def test_callbacks_that_fail_do_not_end_the_link(pbx: FakeAmi, caplog: pytest.LogCaptureFixture) -> None:
    def fails(*_: object) -> None:
        raise KeyError("5551234")

    async def take(connection: Connection) -> str:
        return "snapshot"

    link = AmiLink(
        "test",
        pbx.address,
        on_event=Consumer().on_event,
        snapshot=take,
        on_connected=fails,
        on_disconnected=fails,
        patience=QUICK,
    )
    await link.start()
    pbx.drop()
    await until(lambda: pbx.connections == 2 and link.up)
    assert "event disconnected failed: KeyError" in caplog.text
    assert caplog.text.count("event connected failed: KeyError") == 2
    assert "5551234" not in caplog.text
    await link.stop()


async def test_rubbish_does_not_end_the_link(pbx: FakeAmi) -> None:
    consumer = Consumer()
    link = AmiLink[None]("test", pbx.address, on_event=consumer.on_event, patience=QUICK)
    await link.start()
    pbx.raw(b"\xff\xfe garbage\r\n\r\nEvent: \r\n\r\nResponse: x\r\nActionID: nosuch\r\n\r\nEvent: Last\r\n\r\n")
    await until(lambda: "Last" in consumer.names())
    assert link.up
    await link.stop()


# The snapshot


async def test_what_happens_while_the_snapshot_is_taken_follows_it(pbx: FakeAmi) -> None:
    consumer = Consumer()

    async def take(connection: Connection) -> str:
        pbx.say({"Event": "BeforeTheList"})
        await connection.action({"Action": "Ping"}, within=1)
        pbx.say({"Event": "AfterTheList"})
        await connection.action({"Action": "Ping"}, within=1)
        return "snapshot"

    link = AmiLink(
        "test",
        pbx.address,
        on_event=consumer.on_event,
        snapshot=take,
        on_connected=consumer.story.append,
        on_disconnected=lambda: consumer.story.append("down"),
        patience=QUICK,
    )
    await link.start()
    pbx.say({"Event": "Later"})
    await until(lambda: "Later" in consumer.names())
    assert consumer.names() == ["snapshot", "BeforeTheList", "AfterTheList", "Later"]
    consumer.story.clear()
    pbx.drop()
    await until(lambda: len(consumer.story) == 4)
    assert consumer.names() == ["down", "snapshot", "BeforeTheList", "AfterTheList"]
    await link.stop()


async def test_a_snapshot_that_fails_is_tried_again(pbx: FakeAmi) -> None:
    attempts = []

    async def take(connection: Connection) -> str:
        attempts.append(connection)
        if len(attempts) == 2:
            await connection.action({"Action": "NeverAnswered"}, within=0.01)
        return "snapshot"

    consumer = Consumer()
    link = AmiLink(
        "test",
        pbx.address,
        on_event=consumer.on_event,
        snapshot=take,
        on_connected=consumer.story.append,
        patience=QUICK,
    )
    await link.start()
    pbx.drop()
    await until(lambda: len(attempts) == 3 and link.up)
    assert consumer.names() == ["snapshot", "snapshot"]
    assert attempts[1].lost.done()
    await link.stop()


async def test_a_snapshot_that_never_ends_has_a_deadline(pbx: FakeAmi) -> None:
    async def take(connection: Connection) -> str:
        await asyncio.Event().wait()
        return "never"

    patience = replace(QUICK, snapshot=0.05)
    link = AmiLink("test", pbx.address, on_event=Consumer().on_event, snapshot=take, patience=patience)
    with pytest.raises(ActionTimeout, match="the snapshot was not complete"):
        await link.start()


async def test_stop_while_down_leaves_nothing(pbx: FakeAmi, link: AmiLink[None]) -> None:
    await pbx.vanish()
    await until(lambda: not link.up)
    await link.stop()
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("ami.")]
