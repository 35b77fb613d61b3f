"""Memberline's menu and contacts as a process of their own, so that a test can kill it.

python menu_process.py <ami port> <database url> <folder of hums>          (secrets in the environment)
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from menu_house import EVERYTHING, Hums, Surroundings

from assist.contact_keeper import ContactKeeper
from core.clock import SystemClock
from core.database import Database
from ivr.parts import Parts
from ivr.service import IvrService
from realtime.bus import InProcessBus
from records.contacts import Contacts
from telephony.ami import fetch
from telephony.ami.connection import Address
from telephony.phone_system import PhoneSystem, acting_needs

LONG_S = 20.0  # a prompt in which the process is killed


async def main(port: int, url: str, folder: Path) -> None:
    clock, bus, around = SystemClock(), InProcessBus(), Surroundings()
    listen, act = os.environ["LISTEN_SECRET"], os.environ["ACT_SECRET"]
    phones = PhoneSystem(
        system="pbx",
        bus=bus,
        clock=clock,
        listen=Address("127.0.0.1", port, "memberline-listen", listen, needs=fetch.NEEDS, booted=True),
        act=Address("127.0.0.1", port, "memberline-act", act, needs=acting_needs()),
        audio=("127.0.0.1", 0),
        transfer_context="memberline-transfer",
    )
    ivr = IvrService(
        system="pbx",
        agi=phones.agi,
        outside=phones.control,
        redirect=phones.redirect,
        current=lambda: EVERYTHING,
        parts=Parts(
            sounds=Hums(folder, hum_s=LONG_S),
            identity=around,
            services=around,
            queues=around,
            callbacks=around,
            world=around.world,
            bus=bus,
            clock=clock,
        ),
        context="memberline",
    )
    contacts = Contacts(Database(url), clock)
    keeper = ContactKeeper(bus=bus, contacts=contacts, system="pbx", speech_model="", agents=lambda at: ("", at))
    phones.on_acting_event(ivr.on_event)
    phones.on_snapshot(lambda snapshot: ivr.adopt(snapshot.channels))
    await keeper.start()
    await phones.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])))
