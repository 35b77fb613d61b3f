"""One line when a step begins, one with its seconds when it has ended."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

log = logging.getLogger(__name__)


class Progress:
    """`total` is how many steps there will be."""

    def __init__(self, total: int) -> None:
        self._total, self._number = total, 0

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        self._number += 1
        title = f"[{self._number}/{self._total}] {what}"
        began = time.monotonic()
        log.info("%s ...", title)
        yield
        log.info("%s: %.1f s", title, time.monotonic() - began)
