"""Runs a private Asterisk as a child process: ready when it says so, gone when it is no longer needed."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from core.errors import Problem
from telephony.pbx.config import Ports, Site, write_private
from telephony.pbx.find import Asterisk

READY_WITHIN_S = 15.0
STOP_WITHIN_S = 5.0
_PR_SET_PDEATHSIG = 1


@dataclass
class PrivateAsterisk:
    """A running one. `folder` holds its configuration, its logs and its record of calls."""

    folder: Path
    site: Site
    ports: Ports
    asterisk: Asterisk
    process: asyncio.subprocess.Process

    @property
    def cel_url(self) -> str:
        """SQLAlchemy's URL of its record of calls."""
        return f"sqlite:///{self.folder}/log/master.db"

    @property
    def log(self) -> Path:
        return self.folder / "log" / "full"

    async def kill(self) -> None:
        """End it without warning, as a crash would."""
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()

    async def restart(self) -> None:
        """Start it again with the same configuration and ports."""
        await self.kill()
        self.process = await _start(self.asterisk, self.folder)
        await _until_ready(self)

    async def stop(self) -> None:
        if self.process.returncode is not None:
            return
        self.process.terminate()
        try:
            async with asyncio.timeout(STOP_WITHIN_S):
                await self.process.wait()
        except TimeoutError:
            await self.kill()


@asynccontextmanager
async def private_asterisk(
    folder: Path, asterisk: Asterisk, site: Site, prompts: Path, ports: Ports | None = None
) -> AsyncIterator[PrivateAsterisk]:
    """A private Asterisk while the context lasts; raises `Problem`, with the end of its log, if it does not start."""
    ports = ports or Ports.free()
    await asyncio.to_thread(write_private, folder, asterisk, site, ports, prompts)
    running = PrivateAsterisk(folder, site, ports, asterisk, await _start(asterisk, folder))
    try:
        await _until_ready(running)
        yield running
    finally:
        await running.stop()


async def _start(asterisk: Asterisk, folder: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *asterisk.command,
        "-f",
        "-C",
        str(folder / "etc" / "asterisk.conf"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        # A group of its own, so that Ctrl-C reaches whoever stops it in order; and never longer-lived than its owner.
        start_new_session=True,
        preexec_fn=_die_with_parent,
    )


_LIBC = ctypes.CDLL(None)


def _die_with_parent() -> None:
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == 1:
        os._exit(1)


async def _until_ready(running: PrivateAsterisk) -> None:
    """Wait for the manager interface to say FullyBooted: an open port is not enough."""
    try:
        async with asyncio.timeout(READY_WITHIN_S):
            while not await _booted(running):
                if running.process.returncode is not None:
                    raise _problem(running, f"ended with code {running.process.returncode}")
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise _problem(running, f"was not ready within {READY_WITHIN_S:g} s") from None


async def _booted(running: PrivateAsterisk) -> bool:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.ports.ami)
    except OSError:
        return False
    try:
        login = f"Action: Login\r\nUsername: memberline-listen\r\nSecret: {running.site.listen_secret}\r\n\r\n"
        writer.write(login.encode())
        async with asyncio.timeout(5.0):
            await reader.readuntil(b"FullyBooted")
    except (TimeoutError, asyncio.IncompleteReadError, ConnectionError):
        return False
    else:
        return True
    finally:
        writer.close()


def _problem(running: PrivateAsterisk, what: str) -> Problem:
    try:
        last = running.log.read_text(errors="replace").splitlines()[-5:]
    except OSError:
        last = ["(it wrote no log)"]
    return Problem(f"Asterisk {what}. Its last words: {' | '.join(last)}", place=str(running.folder))
