"""Token buckets per source, asked before anything is parsed, so that one flooding device cannot starve the others."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at_us: int


@dataclass(slots=True)
class RateLimit:
    """`per_second` on average with a burst of `burst` (a band that was offline 10 min resends 840 messages at once)."""

    per_second: float
    burst: float
    _buckets: dict[str, _Bucket] = field(default_factory=dict)

    def allow(self, source: str, now_us: int, cost: float = 1.0) -> bool:
        """Take `cost` tokens of `source`; False when there are not enough."""
        bucket = self._buckets.get(source)
        if bucket is None:
            bucket = self._buckets[source] = _Bucket(self.burst, now_us)
        elapsed_s = max(0, now_us - bucket.at_us) / 1e6
        bucket.tokens = min(self.burst, bucket.tokens + elapsed_s * self.per_second)
        bucket.at_us = now_us
        if bucket.tokens < cost:
            return False
        bucket.tokens -= cost
        return True
