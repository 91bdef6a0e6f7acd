"""Surveys of a corridor: spans, and every hazard with its readings. Lines that were handed in, and the plans made for them."""

from alembic import op

revision = "powerline_0002"
down_revision = "powerline_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        alter table powerline.findings alter column flight drop not null, alter column photo drop not null;
        create table powerline.surveys (
            id text primary key, line text not null, line_name text not null, tile text not null, tile_sha256 text not null,
            rules text not null, rules_sha256 text not null, origin text not null, scanned_us bigint not null,
            computed_us bigint not null, made_us bigint not null, seen_us bigint, hazards int not null, assumed jsonb not null
        );
        create table powerline.spans (
            survey text not null references powerline.surveys, span int not null, length_m double precision not null,
            judged boolean not null, grade text, hazards int not null, missing_m double precision, profile jsonb not null,
            primary key (survey, span)
        );
        create table powerline.hazards (
            id text primary key, line text not null, rules text not null, origin text not null, object text not null,
            lat_deg double precision not null, lon_deg double precision not null,
            finding text not null references powerline.findings
        );
        create index on powerline.hazards (line, rules, origin, object);
        create table powerline.readings (
            hazard text not null references powerline.hazards, survey text not null references powerline.surveys,
            span int not null, conductor int not null, state text not null, grade text not null,
            clearance_m double precision not null, required_m double precision not null, within_m double precision not null,
            rule text not null, clause text not null, rule_zh text not null, rule_en text not null,
            station_m double precision not null, z double precision not null,
            lat_deg double precision not null, lon_deg double precision not null, points int not null,
            primary key (hazard, survey)
        );
        create index on powerline.readings (survey, span);
        create table powerline.lines (
            id text primary key, name text not null, voltage_kv int not null, towers int not null, file text not null,
            datum text not null, source text not null, made_us bigint not null, made_by text not null
        );
        create table powerline.plans (
            id text primary key, line text not null references powerline.lines, first int not null, count int not null,
            profile text not null, verdict text not null, made_us bigint not null, made_by text not null,
            told jsonb not null, files jsonb not null
        );
        create index on powerline.plans (line, made_us);
        """
    )


def downgrade() -> None:
    op.execute(
        """
        drop table powerline.plans, powerline.lines;
        drop table powerline.readings, powerline.hazards, powerline.spans, powerline.surveys;
        delete from powerline.work_orders using powerline.findings f where finding = f.id and f.flight is null;
        delete from powerline.findings where flight is null;
        alter table powerline.findings alter column flight set not null, alter column photo set not null;
        """
    )
