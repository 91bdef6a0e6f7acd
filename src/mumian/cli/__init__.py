"""The command line: thin. Every command parses, calls one function of a room, prints; exit 0, 2 (mend your input) or 1."""

from __future__ import annotations

import socket
import sys


def main() -> None:
    """Entry point of `mumian`."""
    from mumian.cli.app import app
    from mumian.core.kernel.errors import BadInput, MumianError
    from mumian.core.kernel.words import shell_lang

    try:
        app()
    except MumianError as error:
        print(f"mumian: {error.say(shell_lang())}", file=sys.stderr)
        sys.exit(2 if isinstance(error, BadInput) or 400 <= error.status < 500 else 1)
    except BrokenPipeError:
        sys.exit(1)
    except OSError as error:
        print(f"mumian: {_told(error)}", file=sys.stderr)
        sys.exit(2 if error.filename or isinstance(error, socket.gaierror) else 1)


def _told(error: OSError) -> str:
    """What the system refused, and of which file: a file or a host that was named can be named otherwise."""
    why = error.strerror or str(error)
    return f"{error.filename}: {why}. Name a path that exists and may be used" if error.filename else why
