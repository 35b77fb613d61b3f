"""The PBX as it is now: the lists that a snapshot is made of, fetched over one connection."""

from __future__ import annotations

from typing import Protocol

from telephony.ami.connection import Fields
from telephony.ami.errors import ActionFailed
from telephony.snapshot import RawSnapshot

# What the manager user must be allowed.
NEEDS = frozenset({"CoreShowChannels", "BridgeList", "BridgeInfo", "QueueStatus", "DeviceStateList"})
LIST_WITHIN_S = 10.0


class Lists(Protocol):
    """A connection, or a link."""

    async def list_action(self, fields: Fields, *, within: float) -> list[dict[str, str]]: ...


async def fetch_snapshot(source: Lists) -> RawSnapshot:
    """Every list, one after another; raises as `list_action` does.

    The lists are taken at slightly different moments. `AmiLink` says why the events that follow make up for that.
    """
    channels = await _list(source, "CoreShowChannels")
    bridges = await _list(source, "BridgeList")
    bridge_channels = [member for bridge in bridges for member in await _in_bridge(source, bridge["BridgeUniqueid"])]
    queues = await _list(source, "QueueStatus")
    return RawSnapshot(
        channels=tuple(channels),
        bridges=tuple(bridges),
        bridge_channels=tuple(bridge_channels),
        queue_params=_only(queues, "QueueParams"),
        queue_members=_only(queues, "QueueMember"),
        queue_entries=_only(queues, "QueueEntry"),
        device_states=tuple(await _list(source, "DeviceStateList")),
    )


async def _list(source: Lists, action: str, **fields: str) -> list[dict[str, str]]:
    return await source.list_action({"Action": action, **fields}, within=LIST_WITHIN_S)


async def _in_bridge(source: Lists, bridge: str) -> list[dict[str, str]]:
    """The channels in one bridge, each with the bridge's id, which the list leaves out."""
    try:
        members = await _list(source, "BridgeInfo", BridgeUniqueid=bridge)
    except ActionFailed:
        return []  # it ended since the list was made
    return [member | {"BridgeUniqueid": bridge} for member in members]


def _only(messages: list[dict[str, str]], event: str) -> tuple[dict[str, str], ...]:
    return tuple(message for message in messages if message.get("Event") == event)
