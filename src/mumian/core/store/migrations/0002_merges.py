"""Reading copies: many small segments of points joined into one sorted file, so that a day opens tens of files."""

from alembic import op

revision = "store_0002"
down_revision = "store_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create table store.merges (
            id bigint generated always as identity primary key, path text not null unique, sha256 text not null,
            rows bigint not null, bytes bigint not null, level int not null
        );
        alter table store.segments add merged bigint references store.merges on delete set null;
        create index on store.segments (merged);
        """
    )


def downgrade() -> None:
    op.execute("alter table store.segments drop merged; drop table store.merges")
