"""The actions that the web's own doors ask the gate about. Scenarios name theirs beside their pages."""

from __future__ import annotations

ALARM_READ = "alarm.read"
ALARM_ACT = "alarm.act"
ALARM_REPORT = "alarm.report"
SERIES_READ = "series.read"
PERSON_READ = "person.read"
DEVICE_READ = "device.read"
QUARANTINE_READ = "quarantine.read"
INDICATOR_READ = "indicator.read"
INGEST = "ingest"
PUSH = "push.subscribe"
ACCOUNT_WRITE = "account.write"
EVERY = (
    ALARM_READ, ALARM_ACT, ALARM_REPORT, SERIES_READ, PERSON_READ, DEVICE_READ, QUARANTINE_READ, INDICATOR_READ, INGEST,
    PUSH, ACCOUNT_WRITE,
)  # fmt: skip
