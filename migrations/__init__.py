"""The schema's history (Alembic). `upgrade(url)` brings a database to the present; every start does it."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, make_url
from sqlalchemy.exc import DBAPIError

from core import postgresql, sqlite
from core.errors import DatabaseGone, Problem

# Any number, the same in every process: who holds this lock of the server migrates, the others wait and find it done.
_LOCK = 7_306_512
_LIMIT_S = 600.0


def config(connection: Connection) -> Config:
    """Alembic's settings, to work through `connection`."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent))
    made.attributes["connection"] = connection
    return made


def engine(url: str) -> Engine:
    """An engine that may change the schema; on SQLite the file is created when missing. Raises `Problem`."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        return postgresql.engine(parsed, pool_size=1, within=_LIMIT_S)
    path = Path(str(parsed.database)).absolute()
    if not path.parent.is_dir():
        raise Problem(f"the folder {path.parent} does not exist", place="database_url")
    return sqlite.engine(path, begin="BEGIN IMMEDIATE", pool_size=1, create=True)


def upgrade(url: str) -> None:
    """Bring the database at `url` to the newest revision, in one transaction; a second process waits for the first.

    Blocks: call it off the event loop. Raises `DatabaseGone` when the database cannot be reached.
    """
    made = engine(url)
    try:
        with made.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
            command.upgrade(config(connection), "head")
    except DBAPIError as error:
        place = made.url.render_as_string(hide_password=True) if made.dialect.name == "postgresql" else url
        raise DatabaseGone(f"the database cannot be brought up to date: {error.orig}", place=place) from error
    finally:
        made.dispose()
