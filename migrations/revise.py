"""`python -m migrations.revise "why"`: a revision of what the models have and the migrations lack. Read it, mend it."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic import command

import migrations
from core.database import bulk_engine


def main(why: str) -> None:
    number = len(list((Path(__file__).parent / "versions").glob("*.py"))) + 1
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'revise.db'}"
        migrations.upgrade(url)
        engine = bulk_engine(url)
        with engine.begin() as connection:
            command.revision(migrations.config(connection), why, autogenerate=True, rev_id=f"{number:04d}")
        engine.dispose()


if __name__ == "__main__":
    main(sys.argv[1])
