"""The watch on all vehicles of a home: their links, what is known of each, and the newest of it for every browser. It commands nothing."""
