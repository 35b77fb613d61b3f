"""Records what a link hears, masked, as a trace that `memberline replay` and the tests read.

What is written went through the mask before: see `telephony.ami.masking`. Writing is done in a thread; a disk that
is too slow costs the trace messages (counted, and said in its last line), never the link its time.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from telephony.ami.wire import encode

log = logging.getLogger(__name__)

MAX_WAITING = 10_000  # messages not yet written
MAX_BYTES = 256 << 20


class Recorder:
    """`record` is what an `AmiLink` takes as `record`. The file is created, or begun anew, at once (blocks).

    At `max_bytes` the recording ends and the link goes on without. `close` blocks until all is written.
    """

    def __init__(self, path: Path, *, max_bytes: int = MAX_BYTES, max_waiting: int = MAX_WAITING) -> None:
        self.path, self.lost = path, 0
        self._left = max_bytes
        self._waiting: queue.Queue[Mapping[str, str] | None] = queue.Queue(max_waiting)
        file = path.open("wb")
        self._thread = threading.Thread(target=self._write, args=(file,), name="ami-recorder", daemon=True)
        self._thread.start()

    def record(self, message: Mapping[str, str]) -> None:
        """Take one message; never waits."""
        try:
            self._waiting.put_nowait(message)
        except queue.Full:
            self.lost += 1

    def close(self) -> None:
        self._waiting.put(None)
        self._thread.join()
        if self.lost:
            log.warning(
                "%s: %d messages are missing from the trace: the disk was too slow or the limit reached",
                self.path,
                self.lost,
            )

    def _write(self, file: BinaryIO) -> None:
        with file:
            while (message := self._waiting.get()) is not None:
                block = encode({name: _lines(value) for name, value in message.items()})
                if len(block) > self._left:
                    self.lost += 1
                    continue
                try:
                    file.write(block)
                    self._left -= len(block)
                except OSError as error:
                    log.error("%s: the recording ends here: %s", self.path, error.strerror)
                    self._left = 0


def _lines(value: str) -> list[str]:
    """Repeated headers as they came; other control characters, which no header can hold, as spaces."""
    return value.replace("\r", " ").replace("\0", " ").split("\n")
