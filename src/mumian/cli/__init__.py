"""The command line: thin. Every command parses, calls one function of a room, prints; exit 0, 2 (mend your input) or 1."""

from __future__ import annotations

import sys


def main() -> None:
    """Entry point of `mumian`."""
    from mumian.cli.app import app
    from mumian.core.kernel.errors import BadInput, MumianError

    try:
        app()
    except MumianError as error:
        lang = _lang()
        print(f"mumian: {error.say(lang)}", file=sys.stderr)
        sys.exit(2 if isinstance(error, BadInput) or 400 <= error.status < 500 else 1)
    except BrokenPipeError:
        sys.exit(1)


def _lang() -> str:
    import os

    return "zh" if os.environ.get("LANG", "").startswith("zh") else "en"
