"""The field's nouns and their limits. Frozen, no I/O; every limit names the clause or paper it comes from.

None yet. A noun is a `@dataclass(frozen=True, slots=True)`, a number carries its unit in its name (`speed_mps`).
"""

from __future__ import annotations
