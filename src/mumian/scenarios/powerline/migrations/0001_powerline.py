"""Photographs of a flight, what was seen on them, what people decided about it, and the work orders that follow."""

from alembic import op

revision = "powerline_0001"
down_revision = None
branch_labels = ("powerline",)
depends_on = ("store_0001",)


def upgrade() -> None:
    op.execute(
        """
        create schema powerline;
        create table powerline.flights (
            id text primary key, line text not null, origin text not null, made_us bigint not null,
            photos int not null, original_bytes bigint not null, kept_bytes bigint not null
        );
        create table powerline.photos (
            flight text not null references powerline.flights, name text not null, sha256 text not null,
            width int not null, height int not null, bytes bigint not null, tower int,
            thumb text not null, original text, seen int not null, primary key (flight, name)
        );
        create table powerline.findings (
            id text primary key, flight text not null references powerline.flights, photo text not null, kind text not null,
            score double precision, threshold double precision, model text, box double precision[] not null, crop text,
            tower int, origin text not null, grade text not null, state text not null, made_us bigint not null,
            reviewed_us bigint, reviewer text, note text, foreign key (flight, photo) references powerline.photos
        );
        create index on powerline.findings (state, made_us);
        create table powerline.work_orders (
            id text primary key, finding text not null unique references powerline.findings, grade text not null,
            made_us bigint not null, made_by text not null, due_us bigint not null,
            closed_us bigint, closed_by text, photo text
        );
        create index on powerline.work_orders (due_us) where closed_us is null;
        """
    )


def downgrade() -> None:
    op.execute("drop schema powerline cascade")
