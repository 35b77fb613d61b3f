"""words of the transcript with their times, what of them does not show, and what of that is sealed.

Revision 0008, after 0007.
"""

import sqlalchemy as sa
from alembic import op

from core import tables

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('sealed_words',
    sa.Column('contact_id', sa.String(length=36), nullable=False),
    sa.Column('utterance_id', sa.String(length=80), nullable=False),
    sa.Column('first', sa.Integer(), nullable=False),
    sa.Column('last', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('mode', sa.String(length=20), nullable=False),
    sa.Column('sealed', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['contact_id'], ['contacts.id'], name=op.f('fk_sealed_words_contact_id_contacts')),
    sa.PrimaryKeyConstraint('contact_id', 'utterance_id', 'first', name=op.f('pk_sealed_words'))
    )
    with op.batch_alter_table('utterances', schema=None) as batch_op:
        batch_op.add_column(sa.Column('words', tables.Json, nullable=True))
        batch_op.add_column(sa.Column('masks', tables.Json, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('utterances', schema=None) as batch_op:
        batch_op.drop_column('masks')
        batch_op.drop_column('words')
    op.drop_table('sealed_words')
