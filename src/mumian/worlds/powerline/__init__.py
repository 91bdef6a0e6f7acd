"""The power line's world: vehicles, docks and clouds that speak the public protocols. It imports nothing of the product but kernel."""
