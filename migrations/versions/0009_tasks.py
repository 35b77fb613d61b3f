"""what was promised and what is to be sent: tasks.

Revision 0009, after 0008.
"""

import sqlalchemy as sa
from alembic import op

from core import tables

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('tasks',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('once', sa.String(length=64), nullable=False),
    sa.Column('contact_id', sa.String(length=36), nullable=False),
    sa.Column('member_id', sa.String(length=36), nullable=True),
    sa.Column('what', sa.String(length=400), nullable=False),
    sa.Column('due', sa.Date(), nullable=True),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('medium', sa.String(length=10), nullable=False),
    sa.Column('owner', sa.String(length=36), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('made_at', tables.Utc(), nullable=False),
    sa.Column('ended_at', tables.Utc(), nullable=True),
    sa.Column('ended_by', sa.String(length=36), nullable=True),
    sa.ForeignKeyConstraint(['contact_id'], ['contacts.id'], name=op.f('fk_tasks_contact_id_contacts')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tasks')),
    sa.UniqueConstraint('once', name=op.f('uq_tasks_once'))
    )
    with op.batch_alter_table('tasks', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_tasks_contact_id'), ['contact_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_tasks_owner_state_due'), ['owner', 'state', 'due'], unique=False)
        batch_op.create_index(batch_op.f('ix_tasks_state_due'), ['state', 'due'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('tasks', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_tasks_state_due'))
        batch_op.drop_index(batch_op.f('ix_tasks_owner_state_due'))
        batch_op.drop_index(batch_op.f('ix_tasks_contact_id'))

    op.drop_table('tasks')
