"""small values that outlive a restart.

Revision 0010, after 0009.
"""

import sqlalchemy as sa
from alembic import op

from core import tables

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('kept_values',
    sa.Column('name', sa.String(length=160), nullable=False),
    sa.Column('value', tables.Json, nullable=False),
    sa.Column('at', tables.Utc(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_kept_values'))
    )


def downgrade() -> None:
    op.drop_table('kept_values')
