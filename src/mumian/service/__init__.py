"""The one place that puts parts together: starts and watches database, broker, gateways, detectors, alarm writer, delivery, web."""
