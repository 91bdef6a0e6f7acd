"""Signed figures. There is no column for a value: what counts stands in the envelope, under its signature."""

from alembic import op

revision = "prove_0001"
down_revision = None
branch_labels = ("prove",)
depends_on = ("store_0001",)


def upgrade() -> None:
    op.execute(
        """
        create schema prove;
        create table prove.figures (
            id text primary key, indicator text not null, origin text not null, computed_us bigint not null,
            leaf bigint not null, envelope jsonb not null
        );
        create index on prove.figures (indicator, origin, computed_us desc);
        """
    )


def downgrade() -> None:
    op.execute("drop schema prove cascade")
