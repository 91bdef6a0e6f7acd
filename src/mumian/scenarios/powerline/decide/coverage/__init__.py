"""What of a plan a flight has seen, and what it has not: "we did not look" is a result."""
