"""Surveys of a corridor kept by a home: hazards become findings, and the same place its trend."""
