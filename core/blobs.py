"""An answer that is no JSON: the sound of a call, a file to keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Blob:
    """What a route's handler returns in place of a `Message`: sent as it is. `headers` come beside the usual ones."""

    body: bytes = field(repr=False)
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict)
