"""Which points of a cloud hang in conductors, and each conductor's catenary."""
