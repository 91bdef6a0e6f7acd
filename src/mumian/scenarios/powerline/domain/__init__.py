"""The field's nouns: line, tower, span, conductor, component, and the curve a conductor hangs in. Frozen, no I/O."""
