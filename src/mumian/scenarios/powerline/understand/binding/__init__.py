"""Which photograph belongs to which order of the flight: by two clocks that disagree, and by place; it abstains when in doubt."""
