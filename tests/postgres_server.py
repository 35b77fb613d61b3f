"""A PostgreSQL server of the tests' own: found or unpacked, on a private socket, never as root, ended with them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

from memberline.paths import SERVERS
from memberline.setup import servers


class PostgresServer:
    """Starts at once; `stop` and `start` again as a server that went and came back."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="mlpg"))  # short: a socket's path has at most 107 bytes
        self._folder.chmod(0o755)
        self._bin, self._env = _programs(self._folder)
        self._as = []
        data = self._folder / "data"
        data.mkdir(mode=0o700)
        if os.geteuid() == 0:  # the server refuses to run as root
            shutil.chown(data, "nobody", "nogroup")
            shutil.chown(self._folder, "nobody", "nogroup")
            self._as = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
        self._run("initdb", "-D", str(data), "-U", "memberline", "-A", "trust", "-E", "UTF8", "--no-sync")
        self._databases = 0
        self.start()

    def start(self) -> None:
        settings = ["listen_addresses=", f"unix_socket_directories={self._folder}", "fsync=off"]
        command = [*self._as, str(self._bin / "postgres"), "-D", str(self._folder / "data")]
        for setting in settings:
            command += ["-c", setting]
        self._log = (self._folder / "log").open("ab")
        self._process = subprocess.Popen(command, cwd="/", env=self._env, stdout=self._log, stderr=self._log)
        until = time.monotonic() + 20
        while True:
            try:
                psycopg.connect(f"host={self._folder} user=memberline dbname=postgres").close()
                return
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError((self._folder / "log").read_text()) from None
                time.sleep(0.05)

    def stop(self) -> None:
        """Fast shutdown: connections are broken off."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(timeout=20)
        self._log.close()

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self._folder)

    def new_database(self, template: str = "template0") -> str:
        """The name of a fresh database, made from `template`."""
        self._databases += 1
        name = f"t{self._databases}"
        with psycopg.connect(f"host={self._folder} user=memberline dbname=postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        return name

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://memberline@/{database}?host={self._folder}"

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._as, str(self._bin / program), *arguments]
        done = subprocess.run(command, cwd="/", env=self._env, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stdout}{done.stderr}")


def _programs(folder: Path) -> tuple[Path, dict[str, str]]:
    """The folder of PostgreSQL's programs, and the environment to run them in.

    Unpacked ones are copied to `folder`: the project may lie where only root may read, and the server is not root.
    """
    found = servers.program("postgresql", SERVERS)
    if found is None:
        raise RuntimeError("There is no PostgreSQL. Run `make setup`.")
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    if not found.is_relative_to(SERVERS):
        return found.parent, environment
    unneeded = shutil.ignore_patterns("*LLVM*", "bitcode", "doc", "locale", "man", "llvm-*", "perl*", "python*")
    shutil.copytree(SERVERS / "usr", folder / "usr", symlinks=True, ignore=unneeded)
    environment["LD_LIBRARY_PATH"] = servers.libraries(folder)
    return folder / found.parent.relative_to(SERVERS), environment
