"""Missions as files: QGroundControl plan, QGC WPL 110, DJI WPML KMZ, GeoJSON."""
