"""Places, people, consents, staff, shifts, devices, assignments; a revision that every change raises."""

from alembic import op

revision = "registry_0001"
down_revision = None
branch_labels = ("registry",)
depends_on = ("store_0001",)

TABLES = ("site", "places", "people", "consents", "staff", "shifts", "devices", "assignments")


def upgrade() -> None:
    op.execute(
        """
        create schema registry;
        create table registry.site (id text primary key, name text not null);
        create table registry.places (
            id text primary key, name text not null,
            kind text not null check (kind in ('building', 'floor', 'room', 'bed', 'zone')),
            parent text references registry.places deferrable initially deferred
        );
        create table registry.people (
            id text primary key, name text not null, born date,
            bed text references registry.places deferrable initially deferred,
            care_level int not null check (care_level between 1 and 5),
            admitted_us bigint not null, departed_us bigint
        );
        create index on registry.people (bed) where departed_us is null;
        create table registry.consents (
            person text not null references registry.people,
            purpose text not null check (purpose in ('care', 'monitoring', 'research', 'family')),
            from_us bigint not null, until_us bigint check (until_us >= from_us),
            primary key (person, purpose, from_us)
        );
        create table registry.staff (
            id text primary key, name text not null,
            role text not null check (role in ('admin', 'director', 'nurse', 'caregiver', 'auditor')),
            floors text[] not null default '{}', left_us bigint
        );
        create table registry.shifts (
            staff text not null references registry.staff,
            from_us bigint not null, until_us bigint not null check (until_us > from_us),
            primary key (staff, from_us)
        );
        create index on registry.shifts (until_us);
        create table registry.devices (
            id text primary key,
            kind text not null check (kind in ('band', 'watch', 'button', 'motion', 'door', 'bed')),
            place text references registry.places deferrable initially deferred,
            origin text not null check (origin in ('field', 'replay', 'simulation')),
            made_us bigint not null, retired_us bigint, secret_hash text,
            expected_interval_s int not null check (expected_interval_s > 0)
        );
        create table registry.assignments (
            id bigint generated always as identity primary key,
            device text not null references registry.devices,
            person text not null references registry.people,
            from_us bigint not null, until_us bigint check (until_us >= from_us),
            unique (device, person, from_us)
        );
        create unique index one_wearer on registry.assignments (device) where until_us is null;
        create index on registry.assignments (person);
        """
    )
    _floor_of()
    _revision()


def _floor_of() -> None:
    op.execute(
        """
        create function registry.floor_of(place text) returns text language sql stable as $$
            with recursive up (id, kind, parent) as (
                select id, kind, parent from registry.places where id = place
                union
                select p.id, p.kind, p.parent from registry.places p join up on p.id = up.parent
            ) select id from up where kind = 'floor' limit 1
        $$
        """
    )


def _revision() -> None:
    """A trigger, not the code, raises the revision and tells: whoever changes a row cannot forget it."""
    op.execute(
        """
        create table registry.revision (n bigint not null);
        insert into registry.revision values (0);
        create function registry.changed() returns trigger language plpgsql as $$
        begin
            update registry.revision set n = n + 1;
            perform pg_notify('registry', tg_table_name);
            return null;
        end $$;
        """
    )
    for table in TABLES:
        op.execute(
            f"create trigger changed after insert or update or delete or truncate on registry.{table} "
            "for each statement execute function registry.changed()"
        )


def downgrade() -> None:
    op.execute("drop schema registry cascade")
