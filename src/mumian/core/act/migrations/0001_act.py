"""Deliveries of pages by channel, commands to bands, browsers that take Web Push, care tasks."""

from alembic import op

revision = "act_0001"
down_revision = None
branch_labels = ("act",)
depends_on = ("decide_0001",)


def upgrade() -> None:
    op.execute(
        """
        create schema act;
        create table act.deliveries (
            id bigint generated always as identity primary key,
            page text not null references decide.outbox, alarm text not null, addressee text not null, step int not null,
            channel text not null, at_us bigint not null, outcome text not null, detail text,
            due_us bigint, claimed_until_us bigint not null default 0, attempts int not null default 0,
            settled_us bigint, unique (page, channel)
        );
        create index on act.deliveries (alarm);
        create index on act.deliveries (due_us) where due_us is not null;
        create table act.commands (
            id text primary key, alarm text not null, device text not null, kind text not null,
            made_us bigint not null, until_us bigint not null, sent_us bigint,
            answer text, answered_us bigint
        );
        create index on act.commands (alarm);
        create table act.push_subscriptions (
            endpoint text primary key, staff text not null, p256dh text not null, auth text not null,
            made_us bigint not null
        );
        create table act.tasks (
            id text primary key, person text, alarm text, text text not null, made_us bigint not null,
            due_us bigint, assignee text, done_us bigint, done_by text
        );
        create index on act.tasks (assignee) where done_us is null;
        create index on act.tasks (alarm);
        create table act.followed (last bigint not null);
        insert into act.followed values (0);
        """
    )


def downgrade() -> None:
    op.execute("drop schema act cascade")
