"""The PBX as it was at one moment, as its own lists tell it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Item = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class RawSnapshot:
    """One dict for each item, headers as in events; fetched by `telephony.ami.fetch`.

    A queue is present in `queue_params` even when nobody is in it; a bridge in `bridges` even when it is empty.
    """

    channels: tuple[Item, ...] = ()  # CoreShowChannel
    bridges: tuple[Item, ...] = ()  # BridgeListItem
    bridge_channels: tuple[Item, ...] = ()  # BridgeInfoChannel, with its BridgeUniqueid
    queue_params: tuple[Item, ...] = ()  # QueueParams
    queue_members: tuple[Item, ...] = ()  # QueueMember
    queue_entries: tuple[Item, ...] = ()  # QueueEntry
    device_states: tuple[Item, ...] = ()  # DeviceStateChange
