"""Orders to docks over MQTT, written down before they leave."""
