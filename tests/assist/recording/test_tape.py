"""The file: sealed seconds that survive the death of their writer, and nobody's curiosity."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sounds import chunk

from assist.recording.companding import SILENCE
from assist.recording.sealing import CHUNK_BYTES, CHUNK_SAMPLES, SEALED_BYTES, DamagedChunk
from assist.recording.tape import HEAD_BYTES, Tape, TapeReader
from core.errors import Problem

KEY, CONTACT = b"k" * 32, "c1"
HALF = CHUNK_SAMPLES // 2


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "2026" / "c1.rec"


@pytest.fixture(params=["young", "straight"])
def young(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    return tmp_path / "young" if request.param == "young" else None


def recorded(path: Path, young: Path | None, chunks: int = 5) -> Tape:
    tape = Tape(path, CONTACT, KEY, young=young)
    for number in range(chunks):
        tape.write(number, chunk(number))
    return tape


def place(number: int) -> int:
    return HEAD_BYTES + number * SEALED_BYTES


def everything(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())


def test_what_was_written_is_read_while_it_is_young_and_after_it_settled(path: Path, young: Path | None) -> None:
    tape = recorded(path, young)
    reader = TapeReader(path, CONTACT, KEY, young=young)
    assert [reader.read(number) for number in range(6)] == [*map(chunk, range(5)), None]
    assert reader.length == 5
    assert tape.settle(3) == (3 if young else 0)
    assert tape.young == (2 if young else 0)
    assert [reader.read(number) for number in range(6)] == [*map(chunk, range(5)), None]
    tape.settle(9)
    tape.close()
    with Tape(path, CONTACT, KEY, young=young) as again:
        again.write(8, chunk(8))
        again.settle(9)
    with TapeReader(path, CONTACT, KEY) as settled:
        assert [settled.read(number) for number in range(9)] == [*map(chunk, range(5)), None, None, None, chunk(8)]
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_nothing_of_it_lies_open_on_the_disk_and_sizes_tell_nothing(tmp_path: Path, path: Path) -> None:
    tape = recorded(path, tmp_path / "young", 2)
    tape.write(2, bytes([SILENCE]) * CHUNK_BYTES)
    tape.settle(1)
    stored = everything(tmp_path)
    assert all(bytes([number]) * 16 not in stored for number in (0, 1, SILENCE) if number)
    assert {file.stat().st_size for file in (tmp_path / "young").rglob("*") if file.is_file()} == {SEALED_BYTES}


def test_two_writers_refuse_and_a_reader_is_welcome(path: Path, young: Path | None) -> None:
    tape = recorded(path, young)
    with pytest.raises(Problem, match="somebody else is recording"):
        Tape(path, CONTACT, KEY, young=young)
    with TapeReader(path, CONTACT, KEY, young=young) as reader:
        assert reader.read(4) == chunk(4)
    tape.close()
    Tape(path, CONTACT, KEY, young=young).close()


@pytest.mark.parametrize("how", ["a bit", "cut", "swapped", "another's", "another key"])
def test_what_was_tampered_with_is_said_of_that_second_alone(tmp_path: Path, path: Path, how: str) -> None:
    recorded(path, None).close()
    data, key = bytearray(path.read_bytes()), KEY
    broken = {2}
    if how == "a bit":
        data[place(2) + 5000] ^= 1
    elif how == "cut":
        del data[place(4) + 100 :]
        broken = {4}
    elif how == "swapped":
        data[place(1) : place(2)], data[place(2) : place(3)] = data[place(2) : place(3)], data[place(1) : place(2)]
        broken = {1, 2}
    elif how == "another's":
        other = tmp_path / "c2.rec"
        with Tape(other, "c2", KEY) as tape:
            tape.write(2, chunk(2))
        data[place(2) : place(3)] = other.read_bytes()[place(2) : place(3)]
    else:
        key, broken = b"x" * 32, {0, 1, 2, 3, 4}
    path.write_bytes(data)
    with TapeReader(path, CONTACT, key) as reader:
        for number in range(5):
            if number in broken:
                with pytest.raises(DamagedChunk, match=f"second {number}") as damaged:
                    reader.read(number)
                assert KEY.decode() not in str(damaged.value)
            else:
                assert reader.read(number) == chunk(number)


def test_what_is_no_recording_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="cannot be read"):
        TapeReader(tmp_path / "none.rec", CONTACT, KEY)
    for content in (b"", b"RIFF" * 100):
        (tmp_path / "other.rec").write_bytes(content)
        with pytest.raises(Problem, match="is no recording"):
            TapeReader(tmp_path / "other.rec", CONTACT, KEY)
    with pytest.raises(Problem, match="is no recording"):
        Tape(tmp_path / "other.rec", CONTACT, KEY)


def test_a_young_second_that_is_silenced_was_never_on_the_disk(tmp_path: Path, path: Path) -> None:
    young = tmp_path / "young"
    tape = recorded(path, young)
    before = {file.name: file.read_bytes() for file in (young / CONTACT).iterdir()}
    assert tape.silence(CHUNK_SAMPLES + HALF, 3 * CHUNK_SAMPLES) == 0
    tape.settle(9)
    stored = everything(tmp_path)
    assert before["1"] not in stored
    assert before["2"] not in stored
    assert before["0"] in stored
    assert tape.read(0) == chunk(0)
    assert tape.read(1) == chunk(1)[: CHUNK_BYTES // 2] + bytes([SILENCE]) * (CHUNK_BYTES // 2)
    assert tape.read(2) == bytes([SILENCE]) * CHUNK_BYTES
    assert tape.read(3) == chunk(3)


def test_a_settled_second_is_overwritten_where_it_stands(tmp_path: Path, path: Path, young: Path | None) -> None:
    tape = recorded(path, young)
    tape.settle(9)
    size, old = path.stat().st_size, path.read_bytes()[place(3) : place(4)]
    assert tape.silence(3 * CHUNK_SAMPLES + 10, 3 * CHUNK_SAMPLES + 20) == 1
    assert path.stat().st_size == size
    assert old not in everything(tmp_path)
    assert old[100:200] not in everything(tmp_path)
    kept = tape.read(3)
    assert kept is not None
    assert (kept[:20], kept[20:40], kept[40:]) == (chunk(3)[:20], bytes([SILENCE]) * 20, chunk(3)[40:])
    tape.close()
    assert not (tmp_path / "young" / CONTACT).exists()


def test_a_damaged_second_is_silenced_whole_and_what_is_not_there_stays_so(path: Path, young: Path | None) -> None:
    tape = recorded(path, young, 3)
    tape.settle(9)
    with path.open("r+b") as file:
        file.seek(place(1) + 50)
        file.write(b"damaged!")
    tape.silence(CHUNK_SAMPLES, CHUNK_SAMPLES + 1)
    tape.silence(7 * CHUNK_SAMPLES, 8 * CHUNK_SAMPLES)
    assert tape.read(1) == bytes([SILENCE]) * CHUNK_BYTES
    assert (tape.read(7), tape.length) == (None, 3)


def test_a_destroyed_tape_is_gone_and_a_copy_of_it_without_its_head_is_worth_nothing(
    tmp_path: Path, path: Path, young: Path | None
) -> None:
    tape = recorded(path, young)
    tape.settle(3)
    copy = tmp_path / "copy.rec"
    os.link(path, copy)
    tape.destroy()
    assert not path.exists()
    assert not (tmp_path / "young" / CONTACT).exists()
    with TapeReader(copy, CONTACT, KEY) as reader, pytest.raises(DamagedChunk):
        reader.read(0)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk with room for four seconds."""
    if os.geteuid() != 0:
        pytest.skip("a disk of its own needs root")
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=72k", "tmpfs", disk], check=True)
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_a_full_disk_says_so_and_takes_again_when_there_is_room(small_disk: Path) -> None:
    (small_disk / "other").write_bytes(b"x" * 20_000)
    with Tape(small_disk / "c1.rec", CONTACT, KEY) as tape:
        written = iter(range(9))
        with pytest.raises(OSError, match="No space"):
            any(tape.write(number, chunk(number)) for number in written)
        refused = next(written) - 1
        assert 0 < refused < 5
        assert tape.length == refused
        (small_disk / "other").unlink()
        tape.write(refused, chunk(refused))
        assert [tape.read(number) for number in range(refused + 1)] == list(map(chunk, range(refused + 1)))


def test_young_ones_without_room_go_to_the_disk(small_disk: Path, path: Path) -> None:
    with Tape(path, CONTACT, KEY, young=small_disk) as tape:
        for number in range(8):
            tape.write(number, chunk(number))
        assert 0 < tape.young < 8
        assert tape.unsheltered == 8 - tape.young
        assert [tape.read(number) for number in range(8)] == list(map(chunk, range(8)))
        tape.silence(0, 8 * CHUNK_SAMPLES)
        tape.settle(9)
    with TapeReader(path, CONTACT, KEY) as reader:
        assert {reader.read(number) for number in range(8)} == {bytes([SILENCE]) * CHUNK_BYTES}


_WRITER = """
import sys
from pathlib import Path
from assist.recording.tape import Tape
tape = Tape(Path(sys.argv[1]), "c1", b"k" * 32, young=Path(sys.argv[2]) if sys.argv[2] else None)
for number in range(10**6):
    tape.write(number, bytes([number % 0x70]) * 16000)
    tape.settle(number - 3)
    print(number, flush=True)
"""


def test_a_writer_that_is_killed_leaves_all_that_it_said_it_kept(path: Path, young: Path | None) -> None:
    for pause in (0.0, 0.003, 0.011):
        path.unlink(missing_ok=True)
        command = [sys.executable, "-c", _WRITER, str(path), str(young or "")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            for _ in range(20):
                writer.stdout.readline()
            time.sleep(pause)
            writer.send_signal(signal.SIGKILL)
            last = 20 + sum(1 for line in writer.stdout if line.endswith("\n"))
        with Tape(path, CONTACT, KEY, young=young) as tape:
            tape.settle(tape.length)
            assert [tape.read(number) for number in range(last)] == list(map(chunk, range(last)))
            assert tape.length <= last + 1
            tape.destroy()
