"""Accounts, failed sign-ins, sessions, bearer tokens, and the one-time token of the first administrator."""

from alembic import op

revision = "identity_0001"
down_revision = None
branch_labels = ("identity",)
depends_on = ("registry_0001",)


def upgrade() -> None:
    op.execute(
        """
        create schema identity;
        create table identity.accounts (
            id bigint generated always as identity primary key,
            user_name text not null unique, staff text unique references registry.staff,
            role text not null check (role in ('admin', 'director', 'nurse', 'caregiver', 'auditor')),
            password_hash text not null, made_us bigint not null, disabled_us bigint
        );
        create table identity.attempts (
            user_name text primary key, failed int not null, last_us bigint not null, locked_until_us bigint
        );
        create table identity.sessions (
            token_hash bytea primary key, account bigint not null references identity.accounts,
            made_us bigint not null, seen_us bigint not null, expires_us bigint not null, csrf text not null
        );
        create index on identity.sessions (account);
        create table identity.tokens (
            token_hash bytea primary key,
            role text not null check (role in ('admin', 'director', 'nurse', 'caregiver', 'auditor', 'gateway')),
            staff text references registry.staff, made_us bigint not null, expires_us bigint not null,
            revoked_us bigint
        );
        create table identity.setup (
            token_hash bytea primary key, made_us bigint not null, used_us bigint
        );
        """
    )


def downgrade() -> None:
    op.execute("drop schema identity cascade")
