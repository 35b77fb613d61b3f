"""Is the caller openly hostile, or upset, or brisk? Words are counted, an apology counts against them."""

from __future__ import annotations

HOSTILE = 3.0  # points from which on a caller is called irate


class Temper:
    """Points of hostility so far. Irate once is irate for the call: that is what a supervisor wants to know."""

    def __init__(self) -> None:
        self._points = 0.0
        self.irate = False

    def hear(self, hostile: float, calm: float) -> None:
        """Points of one stretch of the caller's words."""
        self._points = max(0.0, self._points + hostile - calm)
        self.irate = self.irate or self._points >= HOSTILE
