"""A site as a file: `load` brings the register to what SITE.json says, `export` writes what stands.

A file with any fault is refused as a whole, with the JSON path of each problem and the way to mend it.
"""

from mumian.core.registry.site.compare import Change
from mumian.core.registry.site.export import document, export
from mumian.core.registry.site.loading import Changes, apply, load, read, submit
from mumian.core.registry.site.shape import parse

__all__ = ["Change", "Changes", "apply", "document", "export", "load", "parse", "read", "submit"]
