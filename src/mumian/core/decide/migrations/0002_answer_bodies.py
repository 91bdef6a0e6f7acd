"""An idempotency key stands for one act with one body: what was asked is kept as a digest."""

from alembic import op

revision = "decide_0002"
down_revision = "decide_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table decide.answers add column body text not null default ''")


def downgrade() -> None:
    op.execute("alter table decide.answers drop column body")
