"""Flying a proved plan: upload and read back, arm and start, watch, record. It decides nothing about where to fly."""
