"""change requests and the outbox to the pension system.

Revision 0007, after 0006.
"""

import sqlalchemy as sa
from alembic import op

from core import tables

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('change_requests',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('once', sa.String(length=64), nullable=False),
    sa.Column('member_id', sa.String(length=36), nullable=False),
    sa.Column('contact_id', sa.String(length=36), nullable=True),
    sa.Column('request_id', sa.String(length=36), nullable=True),
    sa.Column('authority_id', sa.String(length=36), nullable=True),
    sa.Column('field', sa.String(length=40), nullable=False),
    sa.Column('values', tables.Json, nullable=False),
    sa.Column('old_contact', tables.Json, nullable=False),
    sa.Column('findings', tables.Json, nullable=False),
    sa.Column('standing', tables.Json, nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('proposed_at', tables.Utc(), nullable=False),
    sa.Column('due_at', tables.Utc(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_change_requests')),
    sa.UniqueConstraint('once', name=op.f('uq_change_requests_once'))
    )
    with op.batch_alter_table('change_requests', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_change_requests_contact_id'), ['contact_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_change_requests_member_id_proposed_at'), ['member_id', 'proposed_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_change_requests_state_proposed_at'), ['state', 'proposed_at'], unique=False)

    op.create_table('outbox',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('key', sa.String(length=80), nullable=False),
    sa.Column('line', sa.String(length=60), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('ref', sa.String(length=36), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('queued_at', tables.Utc(), nullable=False),
    sa.Column('next_at', tables.Utc(), nullable=False),
    sa.Column('claim', sa.String(length=36), nullable=True),
    sa.Column('why', sa.String(length=200), nullable=False),
    sa.Column('ended_at', tables.Utc(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outbox')),
    sa.UniqueConstraint('key', name=op.f('uq_outbox_key'))
    )
    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_outbox_line_id'), ['line', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_outbox_ref'), ['ref'], unique=False)
        batch_op.create_index(batch_op.f('ix_outbox_state_next_at'), ['state', 'next_at'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_outbox_state_next_at'))
        batch_op.drop_index(batch_op.f('ix_outbox_ref'))
        batch_op.drop_index(batch_op.f('ix_outbox_line_id'))

    op.drop_table('outbox')
    with op.batch_alter_table('change_requests', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_change_requests_state_proposed_at'))
        batch_op.drop_index(batch_op.f('ix_change_requests_member_id_proposed_at'))
        batch_op.drop_index(batch_op.f('ix_change_requests_contact_id'))

    op.drop_table('change_requests')
