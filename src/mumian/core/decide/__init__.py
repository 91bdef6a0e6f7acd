"""Findings become alarms; decide owns their state, clock and ladder, and explains itself. It touches no device."""
