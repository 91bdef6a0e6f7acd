"""Commands that wait to be sent are looked for four times a second."""

from alembic import op

revision = "act_0002"
down_revision = "act_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("create index commands_unsent on act.commands (until_us) where sent_us is null")


def downgrade() -> None:
    op.execute("drop index act.commands_unsent")
