"""Delivers what was decided: pages to people, commands to bands, tasks. It never decides."""
