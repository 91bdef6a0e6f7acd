"""Mumian (木棉): one platform on which a city runs its AI systems and proves what they achieve."""

__version__ = "0.1.0"
