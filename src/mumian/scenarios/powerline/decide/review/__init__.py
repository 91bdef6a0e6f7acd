"""From a finding to a closed work order: people decide, every step is journalled for the proof."""
