"""What is sealed in English reads as Chinese for who reads Chinese, and as it was written for who reads English."""

from __future__ import annotations

import re
from pathlib import Path

from tests.scenarios.powerline.decide.drawn import write

from mumian.scenarios.powerline.domain import wording
from mumian.scenarios.powerline.observe.lines import read

OF_A_CLOUD = (
    "conductor JL/G1A-400/35 at 15 °C when scanned, hanging still: 'predicted' and all states but 'measured' rest on it",
    "attachments fixed in every state: insulator strings do not swing along",
    "earth wires are held to the clearances of conductors: a cloud does not tell them apart",
    "the rules name no 132 kV: the figures for 110 kV were taken",
    "the figures of gb50545 have not been checked against the printed standard",
    "the cloud states no reference system: WGS 84 / UTM zone 50N (EPSG:32650) was taken, because the line then runs through it",
    "the cloud has no ground class: ground was filtered (progressive morphological filter)",
    "not judged, because no conductor was found: span 3, 4",
)
OF_A_PLAN = (
    "the plan was not made here: photographs are not judged",
    "laxer in the plan than in the pack, the pack holds: ceiling_m 150 → 120",
    "structure, weather, camera or vehicle assumed in the plan differ from the pack; the plan's are used",
    "3 shots are taken for being in hand already (mumian.verified)",
    "the plan says 220 kV, the line 110 kV; the line holds",
    "the plan's towers are not the line's; the line's hold",
    "the plan says 2 circuits, the line 1; the line's hold",
)


def test_every_assumption_and_note_has_its_chinese(tmp_path: Path) -> None:
    drawn = read(write(tmp_path / "line.geojson")).assumed
    for sentence, table in [(one, wording.ASSUMED) for one in (*drawn, *OF_A_CLOUD)] + [(one, wording.NOTES) for one in OF_A_PLAN]:  # fmt: skip
        said = wording.told(sentence, "zh", table)
        assert re.search(r"[一-鿿]", said), sentence
        assert wording.told(sentence, "en", table) == sentence


def test_a_sentence_nobody_knows_is_shown_as_it_is() -> None:
    assert wording.told("something new", "zh", wording.ASSUMED) == "something new"
