"""Words that all rooms share: ids, time, units, places, errors, settings, messages. No I/O but reading settings."""
