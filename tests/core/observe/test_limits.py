"""One flooding device is slowed down; the others are not."""

from __future__ import annotations

from mumian.core.observe.limits import RateLimit


def test_a_flood_is_cut_and_the_neighbour_is_not() -> None:
    limit = RateLimit(per_second=10, burst=20)
    passed = sum(limit.allow("flood", now_us=0) for _ in range(1000))
    assert passed == 20
    assert limit.allow("quiet", now_us=0)
    assert sum(limit.allow("flood", now_us=1_000_000) for _ in range(1000)) == 10
