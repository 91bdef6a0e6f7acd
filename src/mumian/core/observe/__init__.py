"""Speaks the field's protocols and turns what arrives into typed records; what cannot become one is quarantined. It never judges."""
