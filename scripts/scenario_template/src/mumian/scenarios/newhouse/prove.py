"""The plan's indicators for this house, each a pure function over sealed evidence.

No value comes from a form, a setting or a database: what is not in a sealed segment does not count. None yet.
"""

from __future__ import annotations

from mumian.core.prove import Indicator

INDICATORS: tuple[Indicator, ...] = ()
