"""The summary by a model of the house, against real servers that answer well, late, wrongly, too much, or never."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web

from assist.conversation import Turn
from assist.documentation.summarising import AT_ONCE, Summariser, Unfit, figures, fit
from core.errors import Problem
from records.contact import ContactDraft

DRAFT = ContactDraft(summary="Retiree called about a refund.")
CALL = [
    Turn(speaker="caller", text="i want my two thousand one hundred dollars back"),
    Turn(speaker="agent", text="i'll mail the form by march ninth"),
]
GOOD = "Retiree asked for a refund of $2,100. The form will be mailed by March 9."
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
Start = Callable[[Answer], Awaitable[str]]


@pytest.fixture
async def server() -> AsyncIterator[Start]:
    """Starts a server that answers as told; gives its address."""
    runners: list[web.AppRunner] = []

    async def start(answer: Answer) -> str:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        runners.append(runner)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}/v1"

    yield start
    for runner in runners:
        await runner.cleanup()


def saying(text: object) -> Answer:
    async def answer(request: web.Request) -> web.Response:
        return web.json_response({"choices": [{"message": {"role": "assistant", "content": text}}]})

    return answer


async def test_what_the_model_says_is_taken(server: Start) -> None:
    asked: list[dict[str, object]] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(await request.json())
        return await saying(f"  {GOOD}\n")(request)

    summariser = Summariser(await server(answer), model="llama", within_s=5)
    result = await summariser.summarise(DRAFT, CALL)
    await summariser.close()
    assert (result.text, result.why) == (GOOD, "")
    assert asked[0]["model"] == "llama"
    told = asked[0]["messages"]
    assert isinstance(told, list)
    assert told[1]["content"] == "\n".join(f"{turn.speaker}: {turn.text}" for turn in CALL)


async def broken_json(request: web.Request) -> web.Response:
    return web.Response(text='{"choices": [{"mess', content_type="application/json")


async def nothing_chosen(request: web.Request) -> web.Response:
    return web.json_response({"choices": []})


async def refused(request: web.Request) -> web.Response:
    return web.Response(status=503)


async def moved(request: web.Request) -> web.Response:
    return web.Response(status=307, headers={"Location": "http://127.0.0.1:1/elsewhere"})


async def huge(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(10_000):
        try:
            await response.write(b" " * 65536)
        except ConnectionError:  # the client had enough
            break
    return response


async def hangs_up(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (broken_json, "the answer is no chat completion"),
        (nothing_chosen, "the answer is no chat completion"),
        (saying(None), "the answer is no chat completion"),
        (refused, "the endpoint answers 503"),
        (moved, "the endpoint answers 307"),
        (huge, "an answer of more than 65,536 bytes"),
        (hangs_up, "no whole answer"),
        (saying(" \n"), "the answer is empty"),
        (saying("word " * 200), "the answer is too long"),
        (saying("One. Two. Three. Four. Five."), "the answer is too long"),
        (saying("Caller is owed $2,150."), "the answer has 1 figures that nobody said"),
        (saying("Caller is owed three hundred dollars."), "the answer has 1 figures that nobody said"),
    ],
)
async def test_the_plain_summary_stands(server: Start, answer: Answer, why: str) -> None:
    summariser = Summariser(await server(answer), model="llama", within_s=5)
    result = await summariser.summarise(DRAFT, CALL)
    await summariser.close()
    assert result.text == DRAFT.summary
    assert result.why.startswith(why)


async def test_a_late_answer_is_not_waited_for(server: Start) -> None:
    release = asyncio.Event()

    async def late(request: web.Request) -> web.StreamResponse:
        await release.wait()
        return await saying(GOOD)(request)

    summariser = Summariser(await server(late), model="llama", within_s=0.2)
    calls = [asyncio.create_task(summariser.summarise(DRAFT, CALL)) for _ in range(AT_ONCE + 2)]
    results = await asyncio.gather(*calls)
    release.set()
    await summariser.close()
    assert {result.text for result in results} == {DRAFT.summary}
    assert sorted({result.why for result in results}) == ["no answer within 0.2 s", "too many at once"]


async def test_nobody_there() -> None:
    summariser = Summariser("http://127.0.0.1:9/v1", model="llama", within_s=2)
    result = await summariser.summarise(DRAFT, CALL)
    await summariser.close()
    assert result.text == DRAFT.summary
    assert result.why.startswith("no whole answer")


async def test_a_change_is_logged_once_and_without_a_word_of_the_call(
    server: Start, caplog: pytest.LogCaptureFixture
) -> None:
    says = ["Caller is owed $77.", "Caller is owed $77.", GOOD, GOOD]

    async def answer(request: web.Request) -> web.StreamResponse:
        return await saying(says.pop(0))(request)

    summariser = Summariser(await server(answer), model="llama", within_s=5)
    with caplog.at_level("INFO", "assist.documentation.summarising"):
        for _ in range(4):
            await summariser.summarise(DRAFT, CALL)
    await summariser.close()
    told = [record.getMessage() for record in caplog.records if record.name == "assist.documentation.summarising"]
    assert told == [
        "summaries are written without the model: the answer has 1 figures that nobody said",
        "the summary endpoint answers again",
    ]


@pytest.mark.parametrize(
    "address", ["", "127.0.0.1:11434", "ftp://there/v1", "http://user:secret@there/v1", "http:///v1"]
)
def test_an_address_that_is_none(address: str) -> None:
    with pytest.raises(Problem) as raised:
        Summariser(address, model="llama")
    assert "secret" not in str(raised.value)


def test_figures_in_words_and_with_commas_are_the_same() -> None:
    assert figures("$2,140 and nine percent 19.5") == figures("two thousand one hundred and forty, 9% 19.5") | {"9"}
    with pytest.raises(Unfit, match="2 figures"):
        fit("Pay 12 by 13.", "pay it")
