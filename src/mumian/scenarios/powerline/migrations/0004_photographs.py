"""Where a photograph looks, whether it could be judged, and what of a plan's shots a flight has seen."""

from alembic import op

revision = "powerline_0004"
down_revision = "powerline_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        alter table powerline.flights add plan text, add plan_sha256 text, add folder text, add ended_us bigint;
        update powerline.flights set ended_us = made_us;
        alter table powerline.photos add shot text, add circuit int, add phase text, add part text, add taken_us bigint,
            add unbound text, add sharpness double precision, add fault text, add stamp_us bigint, add step_us int,
            add lat_deg double precision, add lon_deg double precision, add kept bigint;
        create index on powerline.photos (tower, taken_us);
        create index on powerline.photos (sha256);
        alter table powerline.findings add line text, add shot text, add circuit int, add phase text, add part text;
        create table powerline.coverage (
            flight text not null references powerline.flights, shot text not null, tower int not null, circuit int not null,
            phase text not null, part text not null, state text not null, reason text, photo text, ordinal int not null,
            primary key (flight, shot)
        );
        """
    )


def downgrade() -> None:
    op.execute(
        """
        drop table powerline.coverage;
        alter table powerline.findings drop line, drop shot, drop circuit, drop phase, drop part;
        alter table powerline.photos drop shot, drop circuit, drop phase, drop part, drop taken_us, drop unbound,
            drop sharpness, drop fault, drop stamp_us, drop step_us, drop lat_deg, drop lon_deg, drop kept;
        alter table powerline.flights drop plan, drop plan_sha256, drop folder, drop ended_us;
        """
    )
