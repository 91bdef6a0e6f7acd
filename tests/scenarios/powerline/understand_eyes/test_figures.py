"""Counting: what is found, what is false, and what training had seen."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mumian.scenarios.powerline.understand.eyes.boxes import none
from mumian.scenarios.powerline.understand.eyes.evaluate import Looked, report
from mumian.scenarios.powerline.understand.eyes.figures import Judged, figures, judge, matched
from mumian.scenarios.powerline.understand.eyes.fingerprints import alike, fingerprint
from mumian.scenarios.powerline.understand.eyes.scenes import Scene
from mumian.scenarios.powerline.understand.eyes.sight import Detections


def seen(*boxes: tuple[float, ...]) -> Detections:
    rows = np.array(boxes, np.float32).reshape(-1, 5)
    return Detections(rows[:, :4], rows[:, 4])


def scene(name: str = "a", family: str | None = None, defects: list[list[float]] | None = None) -> Scene:
    strand = np.array([[0, 0, 100, 100]], np.float32)
    return Scene(name, Path(name), strand, np.array(defects or [], np.float32).reshape(-1, 4), family)


def test_a_double_is_a_false_alarm_and_the_better_score_takes_the_defect() -> None:
    sight = {
        "defect": seen((10, 10, 50, 40, 0.9), (11, 10, 50, 40, 0.8), (300, 0, 340, 30, 0.7)),
        "insulator": seen(),
    }
    judged = judge(scene(defects=[[10, 10, 50, 40]]), sight, 0.5)
    assert judged.found == (1, 1)
    assert judged.false_alarms == (2, 2)
    assert judged.on_strand == 1
    assert judge(scene(defects=[[10, 10, 50, 40]]), sight, 0.95).found == (0, 0)


def test_a_box_between_the_overlaps_is_found_at_one_and_false_at_the_other() -> None:
    sight = {"defect": seen((10, 10, 50, 20, 0.9)), "insulator": seen()}
    judged = judge(scene(defects=[[10, 10, 50, 36]]), sight, 0.5)
    assert judged.found == (1, 0)
    assert judged.false_alarms == (0, 1)


@given(arrays(np.float32, st.tuples(st.integers(0, 6), st.just(4)), elements=st.floats(0, 50, width=32)))
def test_never_more_hits_than_things_or_detections(raw: np.ndarray) -> None:
    boxes = np.concatenate([raw[:, :2], raw[:, :2] + raw[:, 2:]], 1)
    wanted = np.array([[5, 5, 30, 30], [20, 20, 60, 60]], np.float32)
    hits = matched(wanted, Detections(boxes, np.linspace(1, 0, len(boxes), dtype=np.float32)), 0.3)
    assert len(hits) <= min(2, len(boxes))


def test_figures_carry_counts_and_intervals() -> None:
    hit = judge(scene(defects=[[0, 0, 9, 9]]), {"defect": seen((0, 0, 9, 9, 0.9)), "insulator": seen()}, 0.5)
    made = figures([hit] * 80)
    assert made["recall_iou0.3"]["found"] == made["recall_iou0.3"]["of"] == 80
    assert made["recall_iou0.3"]["low"] > 0.95
    assert made["false_alarms_per_image"]["count"] == 0
    assert made["false_alarms_per_normal_image"]["value"] is None


def _eyes() -> SimpleNamespace:
    return SimpleNamespace(name="m@1")


def _judged(name: str, family: str | None) -> Judged:
    return Judged(scene(name, family, [[0, 0, 9, 9]]), 1, (1, 1), (0, 0), 0, 1, (1, 1))


def test_a_family_of_which_training_saw_one_photograph_does_not_count() -> None:
    looked = Looked(((_judged("1", "A"), True), (_judged("2", "A"), False), (_judged("3", "B"), False)), ())
    made = report(_eyes(), 0.5, looked)
    assert made["groups"]["A"]["seen_in_training"] and not made["groups"]["B"]["seen_in_training"]
    assert made["unseen"]["defects"] == 1
    assert "Seen in training: families A" in made["verdict"]


def test_where_all_was_seen_no_figure_for_unseen_strings_is_given() -> None:
    made = report(_eyes(), 0.5, Looked(((_judged("1", None), True),), ()))
    assert made["unseen"] is None
    assert "Seen in training: 1 of 1" in made["verdict"]


def test_a_fingerprint_survives_resizing_and_tells_photographs_apart() -> None:
    from PIL import Image

    rng = np.random.default_rng(3)
    one, other = (
        np.asarray(Image.fromarray(rng.integers(0, 255, (12, 16, 3), np.uint8)).resize((640, 480)))
        for _ in range(2)
    )
    small = np.asarray(Image.fromarray(one).resize((400, 300)))
    assert alike(fingerprint(small), [fingerprint(one)])
    assert not alike(fingerprint(other), [fingerprint(one)])
    assert not alike(fingerprint(one), [])


def test_nothing_seen_and_nothing_there() -> None:
    judged = judge(scene(), {"defect": Detections(none(), np.zeros(0, np.float32)), "insulator": seen()}, 0.5)
    assert judged.found == (0, 0) and judged.false_alarms == (0, 0)
