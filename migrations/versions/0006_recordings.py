"""recordings: what there is, what is silent in it, what holds it.

Revision 0006, after 0005.
"""

import sqlalchemy as sa
from alembic import op

from core import tables

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('recording_holds',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('contact_id', sa.String(length=36), nullable=False),
    sa.Column('by', sa.String(length=36), nullable=False),
    sa.Column('at', tables.Utc(), nullable=False),
    sa.Column('why', sa.String(length=120), nullable=False),
    sa.Column('until', tables.Utc(), nullable=True),
    sa.Column('released_at', tables.Utc(), nullable=True),
    sa.Column('released_by', sa.String(length=36), nullable=True),
    sa.ForeignKeyConstraint(['contact_id'], ['contacts.id'], name=op.f('fk_recording_holds_contact_id_contacts')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recording_holds'))
    )
    with op.batch_alter_table('recording_holds', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_recording_holds_contact_id'), ['contact_id'], unique=False)

    op.create_table('recordings',
    sa.Column('contact_id', sa.String(length=36), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('wrapped', sa.String(length=120), nullable=False),
    sa.Column('began_at', tables.Utc(), nullable=False),
    sa.Column('ended_at', tables.Utc(), nullable=True),
    sa.Column('length_s', sa.Double(), nullable=True),
    sa.Column('deleted_at', tables.Utc(), nullable=True),
    sa.Column('deleted_by', sa.String(length=36), server_default='', nullable=False),
    sa.Column('deleted_why', sa.String(length=120), server_default='', nullable=False),
    sa.Column('sha256', sa.String(length=64), server_default='', nullable=False),
    sa.Column('bytes', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('removed', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.ForeignKeyConstraint(['contact_id'], ['contacts.id'], name=op.f('fk_recordings_contact_id_contacts')),
    sa.PrimaryKeyConstraint('contact_id', name=op.f('pk_recordings'))
    )
    with op.batch_alter_table('recordings', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_recordings_state_ended_at'), ['state', 'ended_at'], unique=False)

    op.create_table('recording_spans',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('contact_id', sa.String(length=36), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('start_s', sa.Double(), nullable=False),
    sa.Column('end_s', sa.Double(), nullable=True),
    sa.Column('by', sa.String(length=36), nullable=False),
    sa.Column('done', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['contact_id'], ['recordings.contact_id'],
        name=op.f('fk_recording_spans_contact_id_recordings')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recording_spans'))
    )
    with op.batch_alter_table('recording_spans', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_recording_spans_contact_id'), ['contact_id'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('recording_spans', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_recording_spans_contact_id'))

    op.drop_table('recording_spans')
    with op.batch_alter_table('recordings', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_recordings_state_ended_at'))

    op.drop_table('recordings')
    with op.batch_alter_table('recording_holds', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_recording_holds_contact_id'))

    op.drop_table('recording_holds')
