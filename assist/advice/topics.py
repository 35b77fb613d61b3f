"""What a call is about, from the caller's words so far."""

from __future__ import annotations

RAISED = 3.0  # points from which on a topic counts as raised
AT_MOST = 5.0  # points that one topic can gather


class Topics:
    """Points by topic. A cue counts once, however often it is said."""

    def __init__(self) -> None:
        self._points: dict[str, float] = {}
        self._said: set[tuple[str, str]] = set()

    def hear(self, topic: str, pattern: str, points: float) -> None:
        if (topic, pattern) not in self._said:
            self._said.add((topic, pattern))
            self._points[topic] = min(self._points.get(topic, 0.0) + points, AT_MOST)

    def points(self, topic: str) -> float:
        """Never negative."""
        return max(self._points.get(topic, 0.0), 0.0)

    def raised(self) -> tuple[str, ...]:
        """Topic ids in the order in which they first came up."""
        return tuple(topic for topic, points in self._points.items() if points >= RAISED)
