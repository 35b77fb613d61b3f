"""the handbook: documents in their editions, and passages.

Revision 0012, after 0011.
"""

import sqlalchemy as sa
from alembic import op

from core import tables

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "handbook_editions",
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("document", sa.String(length=255), nullable=False),
        sa.Column("label", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("effective", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("plans", tables.Json, nullable=False),
        sa.Column("tiers", tables.Json, nullable=False),
        sa.Column("passages", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("remarks", tables.Json, nullable=False),
        sa.Column("imported_at", tables.Utc(), nullable=False),
        sa.Column("imported_by", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_handbook_editions")),
        sa.UniqueConstraint("number", name=op.f("uq_handbook_editions_number")),
    )
    with op.batch_alter_table("handbook_editions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_handbook_editions_document"), ["document"], unique=False)

    op.create_table(
        "handbook_passages",
        sa.Column("passage_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("anchor", sa.Text(), nullable=False),
        sa.Column("headings", tables.Json, nullable=False),
        sa.Column("page", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("tiers", tables.Json, nullable=False),
        sa.Column("asked", tables.Json, nullable=False),
        sa.Column("vectors", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version"], ["handbook_editions.version"], name=op.f("fk_handbook_passages_version_handbook_editions")
        ),
        sa.PrimaryKeyConstraint("passage_id", name=op.f("pk_handbook_passages")),
    )
    with op.batch_alter_table("handbook_passages", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_handbook_passages_version_position"), ["version", "position"], unique=True)


def downgrade() -> None:
    with op.batch_alter_table("handbook_passages", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_handbook_passages_version_position"))

    op.drop_table("handbook_passages")
    with op.batch_alter_table("handbook_editions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_handbook_editions_document"))

    op.drop_table("handbook_editions")
