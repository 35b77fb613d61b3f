"""A NATS server of the tests' own: found or unpacked, on a private port and folder, ended with them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from memberline.paths import SERVERS
from memberline.setup import servers


class NatsServer:
    """Starts at once, with JetStream; `stop` and `start` again as a server that went and came back."""

    def __init__(self) -> None:
        found = servers.program("nats-server", SERVERS)
        if found is None:
            raise RuntimeError("There is no nats-server. Run `make setup`.")
        self._program = found
        self._folder = Path(tempfile.mkdtemp(prefix="mlnats"))
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port: int = free.getsockname()[1]
        self.start()

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self._port}"

    def start(self) -> None:
        command = [
            str(self._program),
            "-js",
            "-a",
            "127.0.0.1",
            "-p",
            str(self._port),
            "-sd",
            str(self._folder / "data"),
        ]
        environment = {**os.environ, "LD_LIBRARY_PATH": servers.libraries(SERVERS)}
        self._log = (self._folder / "log").open("ab")
        self._process = subprocess.Popen(command, env=environment, stdout=self._log, stderr=self._log)
        until = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
                return
            except OSError:
                if self._process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError((self._folder / "log").read_text()) from None
                time.sleep(0.05)

    def stop(self) -> None:
        """Without warning, as a machine that loses its power."""
        self._process.kill()
        self._process.wait(timeout=20)
        self._log.close()

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self._folder)
