"""papers behind authorities.

Revision 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('authorities', schema=None) as batch_op:
        batch_op.add_column(sa.Column('document', sa.String(length=120), server_default='', nullable=False))
        batch_op.add_column(sa.Column('revoked_on', sa.Date(), nullable=True))



def downgrade() -> None:
    with op.batch_alter_table('authorities', schema=None) as batch_op:
        batch_op.drop_column('revoked_on')
        batch_op.drop_column('document')

