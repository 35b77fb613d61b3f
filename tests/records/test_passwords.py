"""Secrets that people know: never in clear, never answered by guessing faster."""

from __future__ import annotations

import asyncio

import pytest

from core.errors import DatabaseBusy
from records.passwords import Passwords


async def test_the_right_secret_matches_its_digest_only():
    passwords = Passwords("pepper")
    digest = passwords.digest("4827")
    assert "4827" not in digest
    assert digest != passwords.digest("4827")
    assert await passwords.matches(digest, "4827")
    assert not await passwords.matches(digest, "4828")
    assert not await passwords.matches(digest, "")


@pytest.mark.parametrize("secret", ["", "4827"])
async def test_where_there_is_no_digest_nothing_matches(secret: str):
    assert not await Passwords("pepper").matches(None, secret)


async def test_a_flood_of_guesses_is_told_busy_and_the_loop_goes_on(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("records.passwords._LIMIT_S", 60.0)  # this machine may be busy with other things
    passwords = Passwords("pepper")
    digest = passwords.digest("4827")
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await asyncio.sleep(0.005)
            longest = max(longest, loop.time() - before)

    watching = asyncio.create_task(watch())
    results = await asyncio.gather(*(passwords.matches(digest, "0000") for _ in range(50)), return_exceptions=True)
    watching.cancel()

    assert sum(isinstance(result, DatabaseBusy) for result in results) == 50 - 32
    assert results.count(False) == 32
    assert longest < 1.0  # on the loop they would have blocked it for the time of all of them


async def test_a_check_that_takes_too_long_is_told_busy(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("records.passwords._LIMIT_S", 0.001)
    passwords = Passwords("pepper")
    with pytest.raises(DatabaseBusy, match="too many"):
        await passwords.matches(passwords.digest("4827"), "4827")
