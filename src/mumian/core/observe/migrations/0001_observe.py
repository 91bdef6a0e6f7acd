"""Which numbers of each device are durable, when it was last heard, and what was refused."""

from alembic import op

revision = "observe_0001"
down_revision = None
branch_labels = ("observe",)
depends_on = ("store_0001",)


def upgrade() -> None:
    op.execute(
        """
        create schema observe;
        create table observe.device_seq (device text primary key, seen int8multirange not null);
        create table observe.device_state (
            device text primary key, last_seen_us bigint not null, last_event_us bigint,
            battery_percent float8, worn boolean, worn_since_us bigint, blind_since_us bigint
        );
        create table observe.quarantine (
            id bigint generated always as identity primary key, device text not null, reason text not null,
            message text not null, first_us bigint not null, received_us bigint not null,
            count bigint not null default 1, raw bytea
        );
        create index on observe.quarantine (received_us);
        create index on observe.quarantine (device, reason);
        create table observe.exposure (
            device text not null, person text not null, hour_us bigint not null, seconds float8 not null,
            primary key (device, person, hour_us)
        );
        """
    )


def downgrade() -> None:
    op.execute("drop schema observe cascade")
