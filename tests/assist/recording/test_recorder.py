"""Calls are recorded, paused, silenced; a disk that fails costs its sound and nothing else."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from recording_house import CALL, House
from sounds import played, speech
from waiting import until

from core.database import Database
from core.errors import Problem
from records.contacts import ConsentMissing
from records.recording import Recording, RecordingGone


async def heard(house: House, contact_id: str, start_s: float = 0.0, end_s: float = 600.0) -> NDArray[np.int16]:
    return played((await house.archive.play(contact_id, start_s, end_s)).wav)


async def known(house: House, contact_id: str) -> Recording:
    found = await house.kept.get(contact_id)
    assert found is not None
    return found


def silent(samples: NDArray[np.int16], start_s: float, end_s: float) -> bool:
    return not samples[round(start_s * 8000) : round(end_s * 8000)].any()


def sounding(samples: NDArray[np.int16], start_s: float, end_s: float) -> bool:
    return bool(samples[round(start_s * 8000) : round(end_s * 8000)].all())


async def test_both_sides_are_kept_as_they_were_spoken(house: House) -> None:
    contact_id = await house.begun()
    await house.talk(6)
    await house.recorder.end(CALL)
    found = await known(house, contact_id)
    assert (found.state, found.silent) == ("kept", ())
    assert found.length_s == pytest.approx(6)
    samples = await heard(house, contact_id)
    assert (samples == speech(0, 6 * 8000)[:, None]).all()
    assert (await heard(house, contact_id, 2.0, 3.5) == samples[16_000:28_000]).all()
    with pytest.raises(Problem, match="no span"):
        await heard(house, contact_id, 3.0, 2.0)
    with pytest.raises(Problem, match="too many at once"):
        await heard(house, contact_id, 0.0, 601.0)


@pytest.mark.parametrize("consent", ["pending", "refused"])
async def test_without_consent_there_is_nothing_to_record_with(house: House, consent: str) -> None:
    await house.agreed(consent=consent)
    with pytest.raises(ConsentMissing):
        await house.recorder.begin(CALL, house.clock.now())
    await house.talk(3)
    await house.recorder.end(CALL)
    assert not (house.folder / "kept").exists()
    assert house.recorder.contacts == frozenset()


async def test_a_pause_is_silence_and_listed(house: House, everything: Callable[[], bytes]) -> None:
    contact_id = await house.begun()
    await house.talk(2)
    await house.recorder.pause(CALL, "paused", by="dana")
    await house.talk(1)
    await house.recorder.pause(CALL, "secret")
    await house.recorder.resume(CALL, "paused")
    await house.talk(1)
    await house.recorder.resume(CALL, "secret")
    await house.recorder.resume(CALL, "secret")
    await house.talk(3)
    await house.recorder.end(CALL)
    listed = (await known(house, contact_id)).silent
    assert [span.kind for span in listed] == ["paused", "secret"]
    samples = await heard(house, contact_id)
    assert [(span.start_s, span.end_s) for span in listed] == [(2.0, 3.0), (3.0, 4.0)]
    assert silent(samples, 2.0, 4.0)
    assert sounding(samples, 0.0, 2.0)
    assert sounding(samples, 4.0, 7.0)
    with pytest.raises(Problem, match="not being recorded"):
        await house.recorder.pause(CALL, "paused")
    states = ["on", "paused", "secret", "on", "off"]  # of two pauses the agent's is told
    assert house.told == [(CALL, state) for state in states]


async def test_a_pause_outlives_the_process(house: House) -> None:
    contact_id = await house.begun()
    await house.talk(2)
    await house.recorder.pause(CALL, "secret")
    await house.talk(2)
    await house.recorder.stop()
    other = house.again()
    await other.recorder.start()
    await other.recorder.begin(CALL, house.clock.now())
    assert other.recorder.pauses(CALL) == {"secret"}
    assert other.told == [(CALL, "secret")]
    await other.talk(2)
    await other.recorder.resume(CALL, "secret")
    await other.talk(2)
    await other.recorder.end(CALL)
    span = (await known(house, contact_id)).silent[0]
    assert (span.kind, span.start_s, span.end_s) == ("secret", 2.0, 6.0)
    samples = await heard(other, contact_id)
    assert silent(samples, 2.0, 6.0)
    assert sounding(samples, 6.0, 8.0)
    await other.recorder.stop()
    await other.archive.stop()


async def test_what_is_found_afterwards_is_silent_everywhere(house: House, everything: Callable[[], bytes]) -> None:
    """While it is being kept, seconds later, and long after the call: nothing of the old bytes is on the disk."""
    contact_id = await house.begun()
    await house.talk(5)
    await until(lambda: len(everything()) > 4 * 16_000)
    before = everything()
    first = await house.archive.silence(contact_id, 1.0, 3.0)
    assert (first.on_disk > 0) == (house.young is None)
    assert before[64 + 16_028 + 50 : 64 + 16_028 + 90] not in everything()
    await house.archive.silence(contact_id, 5.5, 6.5)  # of this nothing was kept yet
    await house.talk(3)
    await house.recorder.end(CALL)
    await house.recorder.let_go(contact_id)
    assert house.recorder.contacts == frozenset()
    assert (await house.archive.silence(contact_id, 4.0, 4.5)).on_disk == 1
    samples = await heard(house, contact_id)
    for start_s, end_s in ((1.0, 3.0), (4.0, 4.5), (5.5, 6.5)):
        assert silent(samples, start_s, end_s)
    for start_s, end_s in ((0.0, 1.0), (3.0, 4.0), (4.5, 5.5), (6.5, 8.0)):
        assert sounding(samples, start_s, end_s)
    assert await house.kept.undone() == ()
    with pytest.raises(Problem, match="no span"):
        await house.archive.silence(contact_id, 5.0, 5.0)


async def test_seconds_settle_once_nobody_may_want_them_silent(house: House, young: Path | None) -> None:
    contact_id = await house.begun()
    await house.talk(3)
    await house.recorder.end(CALL)
    assert contact_id in house.recorder.contacts
    house.clock.advance(40)
    await until(lambda: not house.recorder.contacts)
    assert young is None or list(young.iterdir()) == []
    assert sounding(await heard(house, contact_id), 0.0, 3.0)


async def test_a_call_that_is_begun_twice_is_recorded_once_and_not_by_two(house: House) -> None:
    contact_id = await house.begun()
    assert await house.recorder.begin(CALL, house.clock.now()) == contact_id
    await house.agreed("call-2")
    zero = house.clock.now()
    at_once = await asyncio.gather(*(house.recorder.begin("call-2", zero) for _ in range(5)))
    assert len(set(at_once)) == 1
    other = house.again()
    with pytest.raises(Problem, match="somebody else"):
        await other.recorder.begin(CALL, house.clock.now())
    with pytest.raises(Problem, match="still being recorded"):
        await house.archive.delete(contact_id, by="morgan", why="asked for")
    await other.recorder.stop()
    await other.archive.stop()


async def test_a_call_that_ends_while_its_recording_begins_is_not_recorded_for_ever(house: House) -> None:
    contact_id = await house.agreed()
    beginning = asyncio.ensure_future(house.recorder.begin(CALL, house.clock.now()))
    await asyncio.sleep(0)
    beginning.cancel()
    await house.recorder.end(CALL)
    await house.recorder.let_go(contact_id)
    assert house.recorder.contacts == frozenset()
    assert (await known(house, contact_id)).state == "kept"


async def test_after_a_restart_it_goes_on_with_the_gap_listed(house: House) -> None:
    contact_id = await house.begun()
    zero = house.clock.now()
    await house.talk(3)
    house.clock.advance(0.4)
    await house.recorder.stop()
    house.clock.advance(3.6)
    other = house.again()
    await other.recorder.start()
    assert await other.recorder.begin(CALL, zero) == contact_id
    await other.talk(3)
    await other.recorder.end(CALL)
    found = await known(other, contact_id)
    assert found.length_s == pytest.approx(10)
    assert [(span.kind, span.start_s, span.end_s) for span in found.silent] == [("gap", 3.4, 7.0)]
    samples = await heard(other, contact_id)
    assert sounding(samples, 0.0, 3.0)
    assert silent(samples, 3.0, 7.0)
    assert sounding(samples, 7.0, 10.0)
    await other.recorder.stop()
    await other.archive.stop()


def mount(folder: Path, options: str) -> None:
    """A disk of its own, or the one that is there with other options."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)


def unmount(folder: Path) -> None:
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
async def small_disk(house: House) -> AsyncIterator[Path]:
    """The recordings' folders are on a disk with room for six seconds."""
    if os.geteuid() != 0:
        pytest.skip("a disk of its own needs root")
    (house.folder / "kept").mkdir()
    mount(house.folder / "kept", "size=112k")
    yield house.folder / "kept"
    await house.recorder.stop()
    unmount(house.folder / "kept")


@pytest.mark.parametrize("young", [None])
async def test_a_full_disk_is_said_once_and_the_gap_listed(
    house: House, small_disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    contact_id = await house.begun()
    for _ in range(5):  # in steps, so that the thread keeps up
        await house.talk(2, pause_s=0.03)
    await until(lambda: house.told == [(CALL, "on"), (CALL, "failing")])
    mount(small_disk, "remount,size=1m")
    for _ in range(3):
        await house.talk(2, pause_s=0.03)
    await until(lambda: house.told[2:] == [(CALL, "on")])
    await house.recorder.end(CALL)
    (gap,) = (await known(house, contact_id)).silent
    assert gap.kind == "gap"
    assert gap.end_s is not None
    samples = await heard(house, contact_id)
    assert sounding(samples, 0.0, gap.start_s)
    assert silent(samples, gap.start_s, gap.end_s)
    assert sounding(samples, gap.end_s, 16.0)
    assert [record.message for record in caplog.records if "No space" in record.message] == [
        f"call {CALL} is not recorded from second {gap.start_s:.0f} on: No space left on device"
    ]


async def test_a_folder_that_cannot_be_made_is_said_and_the_call_goes_on(house: House) -> None:
    (house.folder / "kept").write_text("a file in the way")
    await house.agreed()
    with pytest.raises(Problem, match="the disk refuses"):
        await house.recorder.begin(CALL, house.clock.now())
    await house.talk(1)
    await house.recorder.end(CALL)


async def test_a_database_that_is_away_keeps_neither_sound_nor_pause_from_working(house: House) -> None:
    contact_id = await house.begun()
    await house.talk(2)
    await house.db.close()
    with pytest.raises(Problem):
        await house.recorder.pause(CALL, "secret")
    await house.talk(2)
    await house.recorder.resume(CALL, "secret")
    await house.talk(2)
    with pytest.raises(Problem):
        await house.archive.silence(contact_id, 0.0, 1.5)
    await house.recorder.end(CALL)
    back = House(
        Database(house.db.place if "://" in house.db.place else f"sqlite:///{house.db.place}"),
        house.folder,
        house.clock,
        house.young,
    )
    await house.recorder.stop()
    await back.contacts.close(CALL, ended_at=house.clock.now(), outcome="answered", wait_s=1, talk_s=1)
    await back.archive.recover()
    samples = await heard(back, contact_id)
    assert silent(samples, 0.0, 1.5)
    assert sounding(samples, 1.5, 2.0)
    assert silent(samples, 2.0, 4.0)
    assert sounding(samples, 4.0, 6.0)
    assert (await known(back, contact_id)).state == "kept"
    await back.recorder.stop()
    await back.archive.stop()
    await back.db.close()


async def test_more_sound_than_the_clock_allows_is_left_out(house: House) -> None:
    """A tap that sends everything ten times: what is kept is as long as the call."""
    contact_id = await house.begun()
    for _ in range(300):
        house.clock.advance(0.02)
        for _ in range(10):
            house.recorder.feed(CALL, "caller", "1", house.clock.monotonic(), speech(0, 160).astype("<i2").tobytes())
        await asyncio.sleep(0.001)
    await house.recorder.end(CALL)
    found = await known(house, contact_id)
    assert found.length_s == pytest.approx(6)


async def test_a_recording_that_was_deleted_is_not_begun_anew(house: House) -> None:
    contact_id = await house.begun()
    await house.talk(2)
    await house.recorder.end(CALL)
    await house.archive.delete(contact_id, by="morgan", why="asked for")
    with pytest.raises(RecordingGone):
        await house.recorder.begin(CALL, house.clock.now())
