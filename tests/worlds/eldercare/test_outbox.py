"""Numbers without gaps, kept until they are confirmed, over any restart."""

from __future__ import annotations

import msgspec

from mumian.worlds.eldercare.outbox import Journal, Outbox


def filled(n):
    box = Outbox()
    for k in range(n):
        box.put("obs", {"k": k})
    return box


def test_numbers_begin_at_1_and_have_no_gaps():
    assert list(filled(5).pending) == [1, 2, 3, 4, 5]


def test_an_acknowledgement_settles_everything_up_to_it():
    box = filled(5)
    assert box.acknowledge(3) == 3
    assert list(box.pending) == [4, 5]
    assert box.acknowledge(3) == 0


def test_what_was_not_confirmed_is_due_again_after_a_while():
    box = filled(3)
    assert box.due(0.0, 3.0, 10) == [1, 2, 3]
    for queued in box.pending.values():
        queued.sent_s = 0.0
    assert box.due(2.0, 3.0, 10) == []
    assert box.due(3.1, 3.0, 2) == [1, 2]
    box.forget_sending()
    assert box.due(0.1, 3.0, 10) == [1, 2, 3]


def test_a_service_that_knows_higher_numbers_moves_ours_on():
    box = filled(3)
    assert box.acknowledge(500) == 0
    assert list(box.pending) == [501, 502, 503]
    assert box.put("obs", {}) == 504
    assert msgspec.json.decode(box.pending[501].payload(501)) == {"seq": 501, "k": 0}
    assert msgspec.json.decode(box.pending[504].payload(504)) == {"seq": 504}


def test_a_restart_goes_on_where_it_stopped(tmp_path):
    box = filled(4)
    box.acknowledge(2)
    Journal(tmp_path / "s").keep([("b1", box)])
    again = Journal(tmp_path / "s").read("b1")
    assert (again.next, list(again.pending)) == (5, [3, 4])
    assert again.pending[3].payload(3) == box.pending[3].payload(3)
    assert Journal(tmp_path / "s").read("b2").next == 1
