"""From towers to a proved mission: assumed structure, keep-out volumes, shots, legs, energy, fences, proof."""
