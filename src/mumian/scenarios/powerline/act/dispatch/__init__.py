"""The dispatcher's hand: hold and return, given to a watched vehicle through its lease."""
