"""The file of one recording: a head, then one sealed chunk a second, each at its own place. Blocks; for one thread.

Young chunks wait in a folder that lives in memory (`young`), one file each: a killed process loses none of them, and a
second that is silenced while it waits there was never on a disk. `settle` moves them to the file. A second that was
settled is overwritten where it stands. Without such a folder chunks go to the file at once.

    head: "MLREC" and version (8 bytes), salt (32), unused (24); chunk n: at 64 + n * SEALED_BYTES

A place that was never written reads as zeros: nothing was recorded then.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from assist.recording.companding import SILENCE
from assist.recording.sealing import CHUNK_BYTES, CHUNK_SAMPLES, SALT_BYTES, SEALED_BYTES, DamagedChunk, Seal
from core.errors import Problem

MAGIC = b"MLREC\0\0\1"
HEAD_BYTES = 64
SYNC_EVERY = 5  # settled chunks: what the loss of power may cost of them
_HOLE = bytes(SEALED_BYTES)


class TapeReader:
    """Reads a tape, also while it is being recorded. Raises `Problem` where there is none, or it is no tape."""

    def __init__(self, path: Path, contact_id: str, key: bytes, *, young: Path | None = None) -> None:
        self._path, self._contact = path, contact_id
        self._young = young / contact_id if young is not None else None
        self._fd = self._open()
        try:
            head = os.pread(self._fd, HEAD_BYTES, 0)
            if head[: len(MAGIC)] != MAGIC or len(head) != HEAD_BYTES:
                raise Problem("is no recording, or its head is damaged", place=str(path))
            self._seal = Seal(contact_id, key, head[len(MAGIC) :][:SALT_BYTES])
        except BaseException:
            self.close()
            raise

    def _open(self) -> int:
        try:
            return os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise Problem(f"cannot be read: {error.strerror}", place=str(self._path)) from error

    @property
    def length(self) -> int:
        """The number after the last chunk's."""
        settled = -(-max(0, os.fstat(self._fd).st_size - HEAD_BYTES) // SEALED_BYTES)
        return max([settled, *(number + 1 for number in self._waiting())])

    def read(self, number: int) -> bytes | None:
        """A chunk (two sides in turns, µ-law); None: nothing was recorded. Raises `DamagedChunk`."""
        sealed = self._young_chunk(number)  # first: a chunk leaves there only after it has come to the file
        if sealed is None:
            sealed = os.pread(self._fd, SEALED_BYTES, _place(number))
            if not sealed or sealed == _HOLE[: len(sealed)]:
                return None
        return self._seal.opened(number, sealed)

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _young_chunk(self, number: int) -> bytes | None:
        if self._young is None:
            return None
        try:
            return (self._young / str(number)).read_bytes()
        except FileNotFoundError:
            return None

    def _waiting(self) -> list[int]:
        """The chunks that have not settled, in order."""
        if self._young is None:
            return []
        try:
            return sorted(int(name) for name in os.listdir(self._young) if name.isdigit())
        except FileNotFoundError:
            return []


class Tape(TapeReader):
    """Writes a tape, or goes on with one. One writer at a time: a second one gets a `Problem`. Disks that cannot be
    written to raise `OSError`; what was written before stands."""

    def __init__(self, path: Path, contact_id: str, key: bytes, *, young: Path | None = None) -> None:
        self._unsynced = 0
        self.unsheltered = 0  # chunks that went to the disk at once though young ones have a place: it took no more
        super().__init__(path, contact_id, key, young=young)

    def _open(self) -> int:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(fd).st_size < HEAD_BYTES:  # new, or whoever made it was stopped before the first chunk
                _write(fd, (MAGIC + os.urandom(SALT_BYTES)).ljust(HEAD_BYTES, b"\0"), 0)
                os.fdatasync(fd)
        except BlockingIOError:
            os.close(fd)
            raise Problem("somebody else is recording to it", place=str(self._path)) from None
        except BaseException:
            os.close(fd)
            raise
        return fd

    def write(self, number: int, kept: bytes) -> None:
        """Seal and keep a chunk. When this returns, the death of the process does not lose it."""
        sealed = self._seal.sealed(number, kept)
        if not self._wait(number, sealed):
            self._to_file(number, sealed)

    def settle(self, before: int) -> int:
        """Have the file take the young chunks before number `before`; how many."""
        settled = [number for number in self._waiting() if number < before]
        for number in settled:
            sealed = self._young_chunk(number)
            assert sealed is not None
            assert self._young is not None
            self._to_file(number, sealed)
            (self._young / str(number)).unlink()
        return len(settled)

    @property
    def young(self) -> int:
        """How many chunks have not settled."""
        return len(self._waiting())

    def silence(self, start: int, end: int) -> int:
        """Make the samples from `start` to before `end` silence on both sides; how many chunks of that had been on the
        disk. A chunk that cannot be opened becomes silence altogether."""
        on_disk = 0
        for number, first, last in _chunks(start, end):
            try:
                kept = self.read(number)
            except DamagedChunk:
                kept = bytes([SILENCE]) * CHUNK_BYTES
            if kept is None:
                continue
            sound = np.frombuffer(kept, np.uint8).copy()
            sound[2 * first : 2 * last] = SILENCE
            sealed = self._seal.sealed(number, sound.tobytes())
            settled = any(os.pread(self._fd, SEALED_BYTES, _place(number)))
            if not self._wait(number, sealed) or settled:
                self._to_file(number, sealed)
                on_disk += settled
                if self._young is not None:
                    (self._young / str(number)).unlink(missing_ok=True)
        if on_disk:
            self._sync()
        return on_disk

    def close(self) -> None:
        """Let go of it; young chunks stay where they are."""
        if self._fd >= 0 and self._unsynced:
            self._sync()
        if self._young is not None:
            with suppress(OSError):  # not empty, or never made
                self._young.rmdir()
        super().close()

    def digest(self) -> tuple[str, int]:
        """SHA-256 of the file as it is, in hexadecimal, and its bytes. For when all has settled."""
        with open(self._path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest(), os.fstat(self._fd).st_size

    def destroy(self) -> None:
        """Overwrite what the key needs, and remove the file."""
        _write(self._fd, bytes(SALT_BYTES), len(MAGIC))
        self._sync()
        self._path.unlink(missing_ok=True)
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        forget_young(self._young)
        self.close()

    def _wait(self, number: int, sealed: bytes) -> bool:
        """Put a chunk among the young ones, whole or not at all; False: there is no such place, or no room in it."""
        if self._young is None:
            return False
        new = self._young / f".{number}"
        try:
            self._young.mkdir(mode=0o700, parents=True, exist_ok=True)
            new.write_bytes(sealed)
            new.rename(self._young / str(number))
        except OSError:
            with suppress(OSError):  # a half of it has no name that anybody looks for
                new.unlink(missing_ok=True)
            self.unsheltered += 1
            return False
        return True

    def _to_file(self, number: int, sealed: bytes) -> None:
        _write(self._fd, sealed, _place(number))
        self._unsynced += 1
        if self._unsynced >= SYNC_EVERY:
            self._sync()

    def _sync(self) -> None:
        os.fdatasync(self._fd)
        self._unsynced = 0


def forget_young(folder: Path | None) -> None:
    """Remove one recording's young chunks."""
    if folder is not None and folder.is_dir():
        shutil.rmtree(folder)


def _place(number: int) -> int:
    return HEAD_BYTES + number * SEALED_BYTES


def _chunks(start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """The chunks that samples `start` to before `end` are in: number, first and last sample within."""
    start = max(0, start)
    for number in range(start // CHUNK_SAMPLES, -(-max(start, end) // CHUNK_SAMPLES)):
        origin = number * CHUNK_SAMPLES
        yield number, max(0, start - origin), min(CHUNK_SAMPLES, end - origin)


def _write(fd: int, data: bytes, place: int) -> None:
    """All of it or `OSError`; a half that a full disk took at the end of the file is taken back."""
    size = os.fstat(fd).st_size
    try:
        written = os.pwrite(fd, data, place)
        if written < len(data):
            written += os.pwrite(fd, data[written:], place + written)  # says why the rest was not taken
        if written < len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    except OSError:
        if os.fstat(fd).st_size > size:
            with suppress(OSError):  # then the chunk is damaged, which who reads it is told
                os.ftruncate(fd, size)
        raise
