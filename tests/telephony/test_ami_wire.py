"""AMI on the wire: what Asterisk sends, in whatever pieces it arrives, and what we refuse to send."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Problem
from telephony.ami.wire import Framer, encode

GREETING = b"Asterisk Call Manager/11.0.0\r\n"
STREAM = (
    GREETING
    + b"Response: Success\r\nActionID: 1\r\nMessage: Authentication accepted\r\n\r\n"
    + "Event: Newchannel\r\nCallerIDName: Zoé 😀\r\nAccountCode: \r\n\r\n".encode()
    + b"Event: DTMFBegin\r\nDigit: 4\r\n\r\n"
    + b"Event: QueueMemberStatus\r\nQueue: pensions\r\nPausedReason: \r\n\r\n"
)


def test_events_and_responses_alike() -> None:
    framer = Framer()
    messages = framer.feed(STREAM)
    assert [m.get("Event") or m["Response"] for m in messages] == [
        "Success",
        "Newchannel",
        "DTMFBegin",
        "QueueMemberStatus",
    ]
    assert framer.greeting == "11.0.0"
    assert messages[1] == {"Event": "Newchannel", "CallerIDName": "Zoé 😀", "AccountCode": ""}
    assert messages[3]["PausedReason"] == ""


@given(st.lists(st.integers(0, len(STREAM)), max_size=30))
def test_reads_may_fall_anywhere(cuts: list[int]) -> None:
    edges = sorted({0, *cuts, len(STREAM)})
    framer = Framer()
    pieces = [m for a, b in pairwise(edges) for m in framer.feed(STREAM[a:b])]
    assert pieces == Framer().feed(STREAM)


@given(st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"Event: A", b": ", b":", b"\xc3", b"\xa9", b"x", b"Key: v"])))
def test_any_rubbish_gives_the_same_however_it_is_cut(parts: list[bytes]) -> None:
    data = b"".join(parts)
    whole, bytewise = Framer(), Framer()
    assert whole.feed(data) == [m for i in range(len(data)) for m in bytewise.feed(data[i : i + 1])]
    assert (whole.malformed, whole.greeting) == (bytewise.malformed, bytewise.greeting)


@given(st.binary())
def test_no_bytes_raise(data: bytes) -> None:
    Framer().feed(data)


def test_repeated_headers_are_joined_in_order() -> None:
    [message] = Framer().feed(b"Response: Success\r\nOutput: one\r\nOutput: \r\nOutput: three\r\n\r\n")
    assert message["Output"] == "one\n\nthree"


def test_header_names_are_spelt_one_way() -> None:
    [message] = Framer().feed(b"event: Hangup\r\nUniqueID: a.1\r\nlinkedid: a.1\r\nX-Own: 1\r\n\r\n")
    assert message == {"Event": "Hangup", "Uniqueid": "a.1", "Linkedid": "a.1", "X-Own": "1"}


def test_a_name_seen_broken_is_not_learnt() -> None:
    framer = Framer()
    framer.feed(b"Event: A\r\nstray line\r\n\r\n")
    assert framer.feed(b"Event: A\r\nstray line\r\n\r\n") == [{"Event": "A"}]
    assert framer.malformed == 2


def test_malformed_lines_are_counted_and_skipped() -> None:
    framer = Framer()
    data = (
        b"garbage without colon\r\n\r\n\r\n\r\nEvent: A\r\nnocolon\r\n: empty\r\nKey:\r\nK2: a: b\r\n\r\nX: 1\r\n\r\n"
    )
    assert framer.feed(data) == [{"Event": "A", "Key": "", "K2": "a: b"}]
    assert framer.malformed == 5  # two lines of A, the stray line, and the two blocks that are no message


def test_one_line_end_too_many_does_no_harm() -> None:
    framer = Framer()
    messages = framer.feed(b"Event: A\r\nK: \r\n\r\n\r\nEvent: B\r\n\r\n")
    assert messages == [{"Event": "A", "K": ""}, {"Event": "B"}]
    assert framer.malformed == 0


def test_unwanted_events_are_only_counted() -> None:
    framer = Framer(frozenset({"Hangup"}))
    data = b"Event: VarSet\r\nValue: 1\r\n\r\nEvent: Hangup\r\n\r\nEvent: HangupRequest\r\n\r\nEvent: X\r\n\r\n"
    assert framer.feed(data) == [{"Event": "Hangup"}]
    assert framer.skipped == 3


def test_an_event_that_answers_an_action_is_always_wanted() -> None:
    framer = Framer(frozenset())
    assert framer.feed(b"Event: CoreShowChannel\r\nActionID: 7\r\n\r\nResponse: Success\r\n\r\n") == [
        {"Event": "CoreShowChannel", "ActionID": "7"},
        {"Response": "Success"},
    ]


def test_300_kilobytes_in_one_line_are_kept() -> None:
    [message] = Framer().feed(b"Event: A\r\nValue: " + b"x" * 300_000 + b"\r\n\r\n")
    assert len(message["Value"]) == 300_000


@pytest.mark.parametrize("read", [1000, 7, 100_000])
def test_an_absurd_length_is_dropped_and_the_next_message_read(read: int) -> None:
    framer = Framer(max_block=5000)
    data = b"Event: A\r\nValue: " + b"x" * 20_000 + b"\r\n\r\nEvent: B\r\n\r\n"
    messages = [m for i in range(0, len(data), read) for m in framer.feed(data[i : i + read])]
    assert messages == [{"Event": "B"}]
    assert framer.oversized == 1


def test_a_stream_without_end_does_not_grow() -> None:
    framer = Framer(max_block=10_000)
    framer.feed(b"Event: A\r\n")
    tracemalloc.start()
    for _ in range(1000):
        framer.feed(b"x" * 10_000)
    grown, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 50_000
    assert peak < 200_000


def test_a_server_that_is_no_asterisk_has_no_greeting() -> None:
    framer = Framer()
    assert framer.greeting is None
    framer.feed(b"SSH-2.0-OpenSSH_9.2\r\n")
    assert framer.greeting == ""


def test_an_action_as_bytes() -> None:
    assert encode({"Action": "Originate", "Variable": ["A=1", "B=é"]}) == (
        "Action: Originate\r\nVariable: A=1\r\nVariable: B=é\r\n\r\n".encode()
    )


@pytest.mark.parametrize("value", ["5551234\r\nAction: Command", "a\nb", "a\rb", "a\0b", "\ud800"])
def test_no_value_smuggles_in_another_header(value: str) -> None:
    with pytest.raises(Problem) as caught:
        encode({"Action": "Hangup", "Channel": value})
    assert value not in str(caught.value)


def test_no_name_smuggles_in_another_header() -> None:
    with pytest.raises(Problem):
        encode({"Action": "Hangup", "A: b\r\nC": "d"})
