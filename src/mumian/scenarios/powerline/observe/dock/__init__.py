"""What a dock says on MQTT (DJI Cloud API), read into the dock's state. Judges nothing."""
