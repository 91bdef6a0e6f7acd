"""Boxes and the maps they come from."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mumian.scenarios.powerline.understand.eyes.boxes import areas, centres, overlaps, strongest

corners = arrays(np.float32, st.tuples(st.integers(1, 8), st.just(4)), elements=st.floats(0, 1000, width=32))


@given(corners)
def test_overlap_is_symmetric_and_a_share(raw: np.ndarray) -> None:
    boxes = np.concatenate([np.minimum(raw[:, :2], raw[:, 2:]), np.maximum(raw[:, :2], raw[:, 2:]) + 1], 1)
    shared = overlaps(boxes, boxes)
    assert np.allclose(shared, shared.T, atol=1e-5)
    assert (shared >= 0).all() and (shared <= 1 + 1e-4).all()
    assert np.allclose(np.diag(shared), 1, atol=1e-3)


@given(corners, st.integers(0, 2**32 - 1))
def test_of_what_remains_no_two_are_the_same_thing_and_the_best_is_there(raw: np.ndarray, seed: int) -> None:
    boxes = np.concatenate([raw[:, :2], raw[:, :2] + 1 + raw[:, 2:]], 1)
    scores = np.random.default_rng(seed).random(len(boxes)).astype(np.float32)
    kept = strongest(boxes, scores, 0.4)
    shared = overlaps(boxes[kept], boxes[kept]) - np.eye(len(kept))
    assert (shared <= 0.4 + 1e-6).all()
    assert int(scores.argmax()) in kept
    assert (np.diff(scores[kept]) <= 0).all()


def test_a_box_without_area_overlaps_nothing() -> None:
    flat = np.array([[5, 5, 5, 9]], np.float32)
    assert areas(flat).tolist() == [0]
    assert overlaps(flat, np.array([[0, 0, 10, 10]], np.float32)).tolist() == [[0]]


@given(st.integers(0, 8), st.integers(0, 11))
def test_a_peak_becomes_the_box_around_it_also_at_the_rim(row: int, column: int) -> None:
    heat = np.zeros((9, 12), np.float32)
    heat[row, column] = 0.9
    sides = np.broadcast_to(np.array([20, 10, 24, 14], np.float32)[:, None, None], (4, 9, 12))
    boxes, scores = centres(heat, sides, 8, 0.1)
    x, y = (column + 0.5) * 8, (row + 0.5) * 8
    assert np.allclose(boxes, [[x - 20, y - 10, x + 24, y + 14]], atol=1e-3)
    assert np.allclose(scores, [0.9])


def test_a_quiet_map_has_no_boxes() -> None:
    boxes, scores = centres(np.full((4, 4), 0.01, np.float32), np.ones((4, 4, 4), np.float32), 8, 0.1)
    assert boxes.shape == (0, 4) and scores.shape == (0,)
