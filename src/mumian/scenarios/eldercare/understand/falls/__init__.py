"""Falls from acceleration at wrist or waist, 20 to 50 Hz, without a gyroscope: a pure step over keyed state."""

from mumian.scenarios.eldercare.understand.falls.detector import Detector, load_detector
from mumian.scenarios.eldercare.understand.falls.records import AccelBatch, FallFinding
from mumian.scenarios.eldercare.understand.falls.state import FallState

__all__ = ["AccelBatch", "Detector", "FallFinding", "FallState", "load_detector"]
