"""A finding knows its hazard and its line, a work order the survey that closed it, and a line which one of its file it is."""

from alembic import op

revision = "powerline_0005"
down_revision = "powerline_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        alter table powerline.findings add hazard text;
        update powerline.findings f set hazard = h.id, line = v.line_name
            from powerline.hazards h join powerline.readings r on r.hazard = h.id join powerline.surveys v on v.id = r.survey
            where h.finding = f.id;
        create index on powerline.findings (hazard);
        alter table powerline.work_orders add survey text references powerline.surveys;
        alter table powerline.lines add ordinal int not null default 1, add lines_in_file int not null default 1;
        """
    )


def downgrade() -> None:
    op.execute(
        """
        alter table powerline.lines drop ordinal, drop lines_in_file;
        alter table powerline.work_orders drop survey;
        update powerline.findings set line = null where hazard is not null;
        alter table powerline.findings drop hazard;
        """
    )
