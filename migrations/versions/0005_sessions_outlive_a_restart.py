"""sessions outlive a restart.

Revision 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

from core import tables

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('sessions',
    sa.Column('key', sa.String(length=32), nullable=False),
    sa.Column('token', sa.String(length=64), nullable=False),
    sa.Column('agent_id', sa.String(length=36), nullable=False),
    sa.Column('opened', tables.Utc(), nullable=False),
    sa.Column('ends', tables.Utc(), nullable=False),
    sa.Column('idle_ends', tables.Utc(), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_sessions'))
    )


def downgrade() -> None:
    op.drop_table('sessions')
