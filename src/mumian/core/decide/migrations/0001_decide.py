"""Alarms, their transitions in commit order, durable timers, idempotency keys and the outbox."""

from alembic import op

revision = "decide_0001"
down_revision = None
branch_labels = ("decide",)
depends_on = ("store_0001",)


def upgrade() -> None:
    op.execute(
        """
        create schema decide;
        create table decide.stream_head (last bigint not null);
        insert into decide.stream_head values (0);
        create table decide.alarms (
            id text primary key, finding text not null unique, kind text not null,
            person text, place text, floor text, device text,
            tier text not null, priority text not null, state text not null, resolution text,
            event_us bigint not null, raised_us bigint not null, updated_us bigint not null,
            reason jsonb not null, evidence jsonb not null, origin text not null,
            owner text, ladder text[] not null, step int not null default 0, round int not null default 0,
            shelved_until_us bigint, acknowledged_us bigint, resolved_us bigint
        );
        create index on decide.alarms (raised_us);
        create index open_alarms on decide.alarms (device, kind) where state <> 'resolved';
        create table decide.transitions (
            id bigint primary key, alarm text not null references decide.alarms,
            at_us bigint not null, from_state text, to_state text not null,
            by text not null, note text, action text not null
        );
        create index on decide.transitions (alarm);
        create table decide.timers (
            alarm text not null references decide.alarms, kind text not null, due_us bigint not null,
            step int not null default 0, primary key (alarm, kind)
        );
        create index on decide.timers (due_us);
        create table decide.answers (
            key text not null, actor text not null, alarm text not null, action text not null,
            at_us bigint not null, primary key (key, actor)
        );
        create table decide.outbox (
            id text primary key, kind text not null check (kind in ('page', 'command')),
            alarm text not null references decide.alarms, step int not null, round int not null default 0,
            addressee text not null, body jsonb not null, made_us bigint not null,
            due_us bigint not null, claimed_until_us bigint not null default 0,
            attempts int not null default 0, done_us bigint,
            unique (alarm, kind, step, round, addressee)
        );
        create index on decide.outbox (due_us) where done_us is null;
        """
    )


def downgrade() -> None:
    op.execute("drop schema decide cascade")
