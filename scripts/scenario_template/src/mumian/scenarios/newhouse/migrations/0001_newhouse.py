"""The house's own schema. Tables come with the first room that keeps something."""

from alembic import op

revision = "newhouse_0001"
down_revision = None
branch_labels = ("newhouse",)
depends_on = ("store_0001",)


def upgrade() -> None:
    op.execute("create schema newhouse")


def downgrade() -> None:
    op.execute("drop schema newhouse cascade")
