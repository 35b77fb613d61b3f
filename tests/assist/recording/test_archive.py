"""Recordings after the call: by rule, for good, with proof; and what a crash leaves is put in order."""

from __future__ import annotations

import asyncio
import hashlib
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from recording_house import CALL, MASTER, House
from sounds import played
from sqlalchemy import delete

from assist.recording.archive import BY_RULE
from assist.recording.places import file_of
from core.errors import Problem
from records.recording import Held, NoRecording, RecordingGone
from records.retention import Retention
from records.tables import AuditEntry


async def recorded(house: House, call_id: str = CALL, seconds: int = 3) -> str:
    contact_id = await house.begun(call_id)
    await house.talk(seconds, call_id=call_id)
    await house.recorder.end(call_id)
    return contact_id


def file(house: House) -> Path:
    return next((house.folder / "kept").rglob("*.rec"))


async def test_deletion_leaves_nothing_but_its_proof(house: House, everything: Callable[[], bytes]) -> None:
    contact_id = await recorded(house)
    assert await house.archive.prove(contact_id) is None
    gone = await house.archive.delete(contact_id, by="morgan", why="the member asked")
    assert everything() == b""
    assert (gone.removed, gone.bytes, len(gone.sha256)) == (True, 64 + 3 * 16_028, 64)
    proof = await house.archive.prove(contact_id)
    assert proof is not None
    assert (proof.deleted, proof.log_whole) == (gone, True)
    entry = (await house.audit.looks(limit=1)).items[0]
    assert (entry.id, entry.agent_id, entry.about) == (proof.entry, "morgan", f"sha256 {gone.sha256}")
    assert contact_id in entry.why
    assert await house.archive.delete(contact_id, by="luis", why="again") == gone
    for refused in (house.archive.play(contact_id, 0, 1), house.archive.silence(contact_id, 0, 1)):
        with pytest.raises(RecordingGone):
            await refused
    await house.db.write(lambda session: session.execute(delete(AuditEntry)) and None)
    proof = await house.archive.prove(contact_id)
    assert proof is not None
    assert (proof.entry, proof.log_whole) == (None, False)


async def test_the_hash_is_the_files(house: House) -> None:
    contact_id = await recorded(house)
    await house.recorder.let_go(contact_id)
    said = hashlib.sha256(file(house).read_bytes()).hexdigest()
    assert (await house.archive.delete(contact_id, by="morgan", why="asked for")).sha256 == said


async def test_a_file_that_could_not_be_removed_is_removed_later(house: House) -> None:
    """The process dies between the end of the key and that of the file."""
    contact_id = await recorded(house)
    await house.recorder.let_go(contact_id)
    await house.kept.destroy(contact_id, by="morgan", why="asked for", sha256="ab" * 32, size=1)
    assert file(house).exists()
    await house.archive.recover()
    assert list((house.folder / "kept").rglob("*.rec")) == []
    gone = await house.kept.deleted(contact_id)
    assert gone is not None
    assert gone.removed


async def test_a_lost_file_is_said_and_can_still_be_deleted(house: House) -> None:
    contact_id = await recorded(house)
    await house.recorder.let_go(contact_id)
    file(house).unlink()
    with pytest.raises(Problem, match="cannot be read"):
        await house.archive.play(contact_id, 0, 1)
    with pytest.raises(Problem, match="is not there"):
        await house.archive.silence(contact_id, 0, 1)
    gone = await house.archive.delete(contact_id, by="morgan", why="asked for")
    assert (gone.sha256, gone.bytes, gone.removed) == ("none", 0, True)


async def test_a_damaged_second_is_silent_and_said_and_the_rest_is_heard(house: House) -> None:
    contact_id = await recorded(house, seconds=4)
    await house.recorder.let_go(contact_id)
    with file(house).open("r+b") as tape:
        tape.seek(64 + 2 * 16_028 + 77)
        tape.write(b"?")
    heard = await house.archive.play(contact_id, 0.5, 3.5)
    assert (heard.damaged, heard.start_s, heard.end_s) == ((2,), 0.5, 3.5)
    samples = played(heard.wav)
    assert samples[:12_000].all()
    assert not samples[12_000:20_000].any()
    assert samples[20_000:].all()


async def test_what_is_beyond_the_end_is_not_there(house: House) -> None:
    contact_id = await recorded(house)
    heard = await house.archive.play(contact_id, 2.5, 99.0)
    assert (heard.start_s, heard.end_s, len(played(heard.wav))) == (2.5, 3.0, 4000)
    nothing = await house.archive.play(contact_id, 50.0, 60.0)
    assert (len(played(nothing.wav)), nothing.damaged) == (0, ())
    with pytest.raises(NoRecording):
        await house.archive.play("another", 0.0, 1.0)
    with pytest.raises(Problem, match="letters, digits"):
        file_of(house.folder, "../../etc/passwd", house.clock.now())


async def test_rules_delete_and_holds_keep(house: House) -> None:
    contact_ids = [await recorded(house, f"call-{number}", 1) for number in range(3)]
    await house.kept.hold(contact_ids[1], "morgan", "case 12")
    with pytest.raises(Held):
        await house.archive.delete(contact_ids[1], by="morgan", why="asked for")
    rules = Retention(days=30)
    assert await house.archive.sweep(rules) == 0
    house.clock.advance(31 * 86_400)
    assert await house.archive.sweep(rules) == 2
    assert await house.archive.sweep(rules) == 0
    gone = await house.kept.deleted(contact_ids[0])
    assert gone is not None
    assert (gone.by, gone.why, gone.removed) == (BY_RULE, "kept for 30 days", True)
    assert len(played((await house.archive.play(contact_ids[1], 0.0, 1.0)).wav)) == 8000


async def test_a_caller_who_takes_the_consent_back_leaves_nothing(
    house: House, everything: Callable[[], bytes]
) -> None:
    contact_id = await house.begun()
    await house.talk(2)
    await house.contacts.set_consent(CALL, "refused")
    await house.archive.withdraw(CALL, contact_id)
    await house.talk(2)
    assert everything() == b""
    gone = await house.kept.deleted(contact_id)
    assert gone is not None
    assert gone.removed


async def test_one_that_cannot_be_deleted_does_not_keep_the_others(house: House) -> None:
    contact_ids = [await recorded(house, f"call-{number}", 1) for number in range(3)]
    for contact_id in contact_ids:
        await house.recorder.let_go(contact_id)
    path = next(path for path in (house.folder / "kept").rglob("*.rec") if path.stem == sorted(contact_ids)[0])
    path.write_bytes(b"no recording" * 10)
    house.clock.advance(400 * 86_400)
    assert await house.archive.sweep(Retention()) == 2


_RECORDER = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from assist.recording.recorder import Recorder
from core.clock import SystemClock
from core.database import Database
from records.recording_keys import MasterKeys
from records.recordings import Recordings

async def main(url, folder, young, master):
    clock = SystemClock()
    kept = Recordings(Database(url), clock, MasterKeys(master))
    recorder = Recorder(kept=kept, clock=clock, folder=Path(folder), young=Path(young) if young else None)
    await recorder.start()
    await recorder.begin("call-1", datetime.now(UTC))
    begun = clock.monotonic()
    print("begun", flush=True)
    frame = b"\\x20\\x10" * 160
    number = 0
    while True:
        await asyncio.sleep(0.005)
        while begun + (number + 1) * 0.02 <= clock.monotonic():
            number += 1
            recorder.feed("call-1", "caller", "1", begun + number * 0.02, frame)
            recorder.feed("call-1", "agent", "2", begun + number * 0.02, frame)
            print(number * 0.02, flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_killed_process_loses_two_seconds_at_most_and_the_rest_is_put_in_order(
    house: House, everything: Callable[[], bytes]
) -> None:
    contact_id = await house.agreed()
    command = [sys.executable, "-c", _RECORDER, f"sqlite:///{house.folder / 'house.db'}", str(house.folder / "kept")]
    command += [str(house.young or ""), MASTER]
    fed_s = await _killed_after(command, 4.3)
    assert await house.kept.undone() == ()
    await house.kept.add_span(contact_id, "redacted", 0.5, 1.0, done=False)  # listed; then the process was gone
    await house.contacts.close(CALL, ended_at=house.clock.now(), outcome="answered", wait_s=1, talk_s=1)
    await house.archive.recover()
    found = await house.kept.get(contact_id)
    assert found is not None
    assert found.state == "kept"
    assert found.length_s is not None
    assert fed_s - 2.0 <= found.length_s <= fed_s
    samples = played((await house.archive.play(contact_id, 0.0, 60.0)).wav)
    assert not samples[4000:8000].any()
    assert samples[8000:].all()
    assert await house.kept.undone() == ()
    assert house.young is None or list(house.young.iterdir()) == []
    assert len(everything()) == 64 + 16_028 * round(found.length_s)


async def _killed_after(command: list[str], fed_s: float) -> float:
    """Run it, and kill it once it has recorded so much; how much it had been fed by then."""
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert await asyncio.wait_for(process.stdout.readline(), 20) == b"begun\n"
    last = 0.0
    while last < fed_s:
        last = float(await asyncio.wait_for(process.stdout.readline(), 20))
    process.send_signal(signal.SIGKILL)
    rest = (await process.stdout.read()).split()
    await process.wait()
    return float(rest[-1]) if rest else last
