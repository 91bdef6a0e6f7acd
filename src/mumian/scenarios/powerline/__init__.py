"""UAV power-line inspection (输电线路无人机巡检), plan clause 四(一): from a line on the map to a closed work order."""
