"""The lists a snapshot is made of."""

from __future__ import annotations

from telephony.ami.connection import Fields
from telephony.ami.errors import ActionFailed
from telephony.ami.fetch import fetch_snapshot


class Pbx:
    """Two bridges, of which one ends before it is looked into; one queue with a member and a caller."""

    async def list_action(self, fields: Fields, *, within: float) -> list[dict[str, str]]:
        match fields:
            case {"Action": "CoreShowChannels"}:
                return [{"Event": "CoreShowChannel", "Uniqueid": "pbx-1.0"}]
            case {"Action": "BridgeList"}:
                return [{"Event": "BridgeListItem", "BridgeUniqueid": bridge} for bridge in ("b1", "b2")]
            case {"Action": "BridgeInfo", "BridgeUniqueid": "b1"}:
                return [{"Event": "BridgeInfoChannel", "Uniqueid": "pbx-1.0"}]
            case {"Action": "BridgeInfo"}:
                raise ActionFailed("Specified BridgeUniqueid not found")
            case {"Action": "QueueStatus"}:
                return [{"Event": name, "Queue": "pensions"} for name in ("QueueParams", "QueueMember", "QueueEntry")]
            case {"Action": "DeviceStateList"}:
                return [{"Event": "DeviceStateChange", "Device": "PJSIP/a1", "State": "INUSE"}]
        raise AssertionError(fields)


async def test_every_list_finds_its_place() -> None:
    snapshot = await fetch_snapshot(Pbx())
    assert [channel["Uniqueid"] for channel in snapshot.channels] == ["pbx-1.0"]
    assert [bridge["BridgeUniqueid"] for bridge in snapshot.bridges] == ["b1", "b2"]
    assert snapshot.bridge_channels == ({"Event": "BridgeInfoChannel", "Uniqueid": "pbx-1.0", "BridgeUniqueid": "b1"},)
    assert [len(part) for part in (snapshot.queue_params, snapshot.queue_members, snapshot.queue_entries)] == [1, 1, 1]
    assert snapshot.device_states[0]["State"] == "INUSE"
