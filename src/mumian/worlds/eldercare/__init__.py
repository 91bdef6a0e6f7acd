"""The world of an elderly home: residents' wristbands that play recorded or synthetic movement over MQTT.

It imports nothing of the product but kernel, and what it knows to be true goes out on a topic of its own.
"""
