"""act: what was decided reaches vehicles and docks, under a lease, acknowledged or timed out."""
