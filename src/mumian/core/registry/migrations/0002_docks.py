"""Docks are devices too."""

from alembic import op

revision = "registry_0002"
down_revision = "registry_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        alter table registry.devices drop constraint devices_kind_check;
        alter table registry.devices add constraint devices_kind_check
            check (kind in ('band', 'watch', 'button', 'motion', 'door', 'bed', 'dock'));
        """
    )
