"""The schema's history (Alembic). `upgrade(url)` brings a database to the present; every start does it."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from core.database import bulk_engine
from core.errors import DatabaseGone

# Any number, the same in every process: who holds this lock of the server migrates, the others wait and find it done.
_LOCK = 7_306_512


def config(connection: Connection) -> Config:
    """Alembic's settings, to work through `connection`."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent))
    made.attributes["connection"] = connection
    return made


def upgrade(url: str) -> None:
    """Bring the database at `url` to the newest revision, in one transaction; a second process waits for the first.

    Blocks: call it off the event loop. Raises `DatabaseGone` when the database cannot be reached.
    """
    made = bulk_engine(url, create=True)
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


def pending(url: str) -> int:
    """How many migrations the database at `url` still lacks. Blocks; raises `DatabaseGone` where there is none."""
    made = bulk_engine(url)
    try:
        with made.connect() as connection:
            scripts = ScriptDirectory.from_config(config(connection))
            current = MigrationContext.configure(connection).get_current_revision()
            return len(list(scripts.iterate_revisions("head", current or "base")))
    except DBAPIError as error:
        raise DatabaseGone(f"the database cannot be read: {error.orig}", place=url) from error
    finally:
        made.dispose()
