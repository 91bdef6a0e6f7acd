"""Plans and their proofs: what is flown, and why that is safe. It touches no vehicle."""
