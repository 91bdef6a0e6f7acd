"""MAVLink 2: frames to messages, and what a link and a vehicle say about themselves. It commands nothing."""
