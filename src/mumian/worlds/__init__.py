"""Simulators and replayers: processes of their own that reach the product through its public protocols only."""
