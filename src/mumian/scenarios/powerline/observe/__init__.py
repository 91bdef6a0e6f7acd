"""What arrives from outside: lines on maps, vehicles on the wire."""
