"""Orders to docks by their tid, unattended cycles, and the log that the docks' page shows."""

from alembic import op

revision = "powerline_0003"
down_revision = "powerline_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create table powerline.dock_orders (
            tid text primary key, dock text not null, origin text not null, method text not null, by text not null,
            cycle text, made_us bigint not null, ended_us bigint, outcome text, zh text, en text
        );
        create index on powerline.dock_orders (dock) where ended_us is null;
        create table powerline.dock_cycles (
            id text primary key, dock text not null, origin text not null, by text not null,
            limit_percent double precision not null, begun_us bigint not null, phase text not null, phase_us bigint not null,
            flown boolean not null, ended_us bigint, outcome text, zh text, en text
        );
        create unique index on powerline.dock_cycles (dock) where ended_us is null;
        create index on powerline.dock_cycles (dock, begun_us);
        create table powerline.dock_log (
            id bigint generated always as identity primary key, dock text not null, at_us bigint not null, body jsonb not null
        );
        create index on powerline.dock_log (dock, id);
        """
    )


def downgrade() -> None:
    op.execute("drop table powerline.dock_log, powerline.dock_cycles, powerline.dock_orders")
