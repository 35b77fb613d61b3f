"""the history of the queues: visits, and imported sums.

Revision 0011, after 0010.
"""

import sqlalchemy as sa
from alembic import op

from core import tables

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "queue_visits",
        sa.Column("call_id", sa.String(length=36), nullable=False),
        sa.Column("queue", sa.String(length=80), nullable=False),
        sa.Column("offered_at", tables.Utc(), nullable=False),
        sa.Column("left_at", tables.Utc(), nullable=True),
        sa.Column("outcome", sa.String(length=12), nullable=True),
        sa.Column("device", sa.String(length=80), nullable=False),
        sa.Column("ended_at", tables.Utc(), nullable=True),
        sa.Column("talk_s", sa.Double(), nullable=True),
        sa.Column("hold_s", sa.Double(), nullable=True),
        sa.Column("wrap_s", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("call_id", "queue", "offered_at", name=op.f("pk_queue_visits")),
    )
    with op.batch_alter_table("queue_visits", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_queue_visits_offered_at"), ["offered_at"], unique=False)

    op.create_table(
        "queue_intervals",
        sa.Column("queue", sa.String(length=80), nullable=False),
        sa.Column("start", tables.Utc(), nullable=False),
        sa.Column("offered", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("abandoned", sa.Integer(), nullable=False),
        sa.Column("handled", sa.Integer(), nullable=False),
        sa.Column("handle_s", sa.Double(), nullable=False),
        sa.Column("wait_s", sa.Double(), nullable=False),
        sa.Column("answered_wait_s", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("queue", "start", name=op.f("pk_queue_intervals")),
    )
    with op.batch_alter_table("queue_intervals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_queue_intervals_start"), ["start"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("queue_intervals", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_queue_intervals_start"))

    op.drop_table("queue_intervals")
    with op.batch_alter_table("queue_visits", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_queue_visits_offered_at"))

    op.drop_table("queue_visits")
