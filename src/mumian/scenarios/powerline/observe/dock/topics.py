"""Where docks speak and listen: each only under its own serial number, which is its user name at the broker."""

from __future__ import annotations

from mumian.core.observe.gateways import Topic

TOPICS = (
    *(
        Topic(f"thing/product/{{device}}/{name}", "write")
        for name in ("osd", "state", "events", "services_reply", "requests")
    ),
    *(
        Topic(f"thing/product/{{device}}/{name}", "read")
        for name in ("services", "events_reply", "requests_reply")
    ),
)
