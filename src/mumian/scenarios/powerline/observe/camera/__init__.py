"""What a camera writes beside its pixels, and what a flight's record tells of its photographs, as typed records."""
