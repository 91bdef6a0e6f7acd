"""The elder watch ("SeTracker") protocol over TCP, docs/protocols/watch.md: bytes in, frames, replies and records out.

Pure: no clock, no socket. It refuses to guess: what is broken or out of range is said in the frame's `faults`.
"""

from mumian.scenarios.eldercare.observe.watch.codec import MAX_CONTENT, MAX_JUNK, Codec
from mumian.scenarios.eldercare.observe.watch.fields import Fault
from mumian.scenarios.eldercare.observe.watch.frame import Frame
from mumian.scenarios.eldercare.observe.watch.mapping import records

__all__ = ["MAX_CONTENT", "MAX_JUNK", "Codec", "Fault", "Frame", "records"]
