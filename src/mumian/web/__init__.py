"""Pages, API and sessions: the one door through which people and programs reach the home. It judges nothing itself."""

from mumian.web.app import create

__all__ = ["create"]
