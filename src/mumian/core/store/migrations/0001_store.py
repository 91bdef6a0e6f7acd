"""Series, hot tables in two generations, catalogue of segments, journal of events, ledger, objects, access log."""

from alembic import op

revision = "store_0001"
down_revision = None
branch_labels = ("store",)
depends_on = None

SWITCH_KEY = 0x737769746368  # "switch": writers hold it shared, sealing takes it for the moment of the switch


def upgrade() -> None:
    op.execute(
        """
        create table store.series (
            id int generated always as identity primary key, device text not null, quantity text not null,
            unit text not null, unique (device, quantity)
        );
        create table store.latest (
            series int primary key, event_us bigint not null, received_us bigint not null, value float8 not null
        ) with (fillfactor = 50);

        create table store.generation (kind text primary key, live text not null check (live in ('a', 'b')));
        insert into store.generation values ('points', 'a'), ('waves', 'a'), ('events', 'a');
        """
    )
    for generation in "ab":
        op.execute(
            f"""
            create table store.hot_{generation} (
                series int not null, event_us bigint not null, received_us bigint not null, value float8 not null
            );
            create table store.wave_{generation} (
                device text not null, kind text not null, event_us bigint not null, received_us bigint not null,
                rate_hz float4 not null, n int not null, channels int2 not null, samples bytea not null
            );
            alter table store.wave_{generation} alter samples set storage external;
            """
        )
    op.execute(
        """
        create sequence store.event_id;
        create table store.event_a (
            id bigint not null default nextval('store.event_id'), at_us bigint not null, kind text not null,
            origin text not null, subject text not null, body text not null
        );
        create table store.event_b (like store.event_a including defaults);
        create view store.events as select * from store.event_a union all select * from store.event_b;

        create table store.segments (
            id bigint generated always as identity primary key, kind text not null, path text not null unique,
            sha256 text not null, blocks bytea not null, rows bigint not null, bytes bigint not null,
            first_us bigint not null, last_us bigint not null, sealed_us bigint not null,
            leaf bigint not null unique, dropped_us bigint
        );
        create index on store.segments (kind, last_us) where dropped_us is null;

        create table store.ledger (size bigint not null, peaks bytea[] not null);
        insert into store.ledger values (0, '{}');
        create table store.leaves (
            index bigint primary key, kind text not null, ref text not null, hash bytea not null, at_us bigint not null
        );
        create index on store.leaves (kind, ref);
        create table store.heads (size bigint primary key, root bytea not null, at_us bigint not null, envelope jsonb);

        create table store.objects (
            sha256 text primary key, media_type text not null, bytes bigint not null, made_us bigint not null,
            leaf bigint
        );
        create index on store.objects (made_us) where leaf is null;

        create table store.access_log (
            id bigint generated always as identity primary key, at_us bigint not null, actor text not null,
            purpose text not null, action text not null, subject text not null, n bigint not null
        );
        create index on store.access_log (at_us);
        """
    )
    # Waits for no reader; one call gives a writer its hot table, which stays the live one until the writer's commit.
    # plpgsql, because each statement of a volatile function sees what was committed while the lock was waited for.
    op.execute(
        f"""
        create function store.live(of_kind text) returns text language plpgsql volatile as $$
        begin
            perform pg_advisory_xact_lock_shared({SWITCH_KEY});
            return (select live from store.generation where kind = of_kind);
        end $$;
        """
    )


def downgrade() -> None:
    raise NotImplementedError("the store's first migration is where a home begins")
