"""State: PostgreSQL, sealed segments, objects and the ledger. The only room that knows the driver.

Personal data is read against an `Authorised[Scope]`; without one, store refuses.
"""

from mumian.core.store import access, events, ledger, objects, postgres, schema, telemetry
from mumian.core.store.archive import Backup, backup, restore
from mumian.core.store.database import Cursor, Jsonb, Row, Store
from mumian.core.store.faults import DiskFull, HomeInUse, HomeNotEmpty, SegmentCorrupt
from mumian.core.store.home import open_home, room
from mumian.core.store.inspection import Damage, Report, verify
from mumian.core.store.schema import migrate

__all__ = [
    "Backup",
    "Cursor",
    "Damage",
    "DiskFull",
    "HomeInUse",
    "HomeNotEmpty",
    "Jsonb",
    "Report",
    "Row",
    "SegmentCorrupt",
    "Store",
    "access",
    "backup",
    "events",
    "ledger",
    "migrate",
    "objects",
    "open_home",
    "postgres",
    "restore",
    "room",
    "schema",
    "telemetry",
    "verify",
]
