"""What Alembic runs: the revisions, through the connection it was handed (see `migrations.upgrade`)."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from assist.handbook import tables as _handbook_tables  # noqa: F401
from core import tables
from ivr import tables as _ivr_tables  # noqa: F401 - their import is what makes the tables known
from records import change_tables as _change_tables  # noqa: F401
from records import recording_tables as _recording_tables  # noqa: F401
from records import tables as _records_tables  # noqa: F401
from scheduling.history import tables as _history_tables  # noqa: F401


def rendered(kind: str, item: object, autogen: AutogenContext) -> str | Literal[False]:
    """Our own column types by their names in `core.tables`, everything else as Alembic writes it."""
    own = "Utc()" if isinstance(item, tables.Utc) else "Json" if item is tables.Json else ""
    if kind != "type" or not own:
        return False
    autogen.imports.add("from core import tables")
    return f"tables.{own}"


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=tables.Base.metadata,
    render_as_batch=True,  # SQLite changes a table by copying it
    transactional_ddl=True,
    compare_type=True,
    render_item=rendered,
)
with context.begin_transaction():
    context.run_migrations()
