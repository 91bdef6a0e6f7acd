"""`mumian powerline map`: lines and plans onto the dispatcher's map. Files in, files in the home out; no service is asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mumian.core.kernel import settings
from mumian.scenarios.powerline.act.flight import drawing, plan_file
from mumian.scenarios.powerline.observe import lines
from mumian.scenarios.powerline.observe.lines import Datum, atlas


def draw(files: Sequence[Path], datum: Datum) -> None:
    """Put each file on the map; BadInput names the first that cannot be read, and nothing is put then."""
    drawn = [(file, _drawn(file, datum)) for file in files]
    home = settings.load().home
    for file, made in drawn:
        print(atlas.keep(home, file.stem, made))


def _drawn(file: Path, datum: Datum) -> dict[str, object]:
    if file.suffix.lower() == ".plan":
        return drawing.of_plan(plan_file.read(file), file.stem)
    return atlas.of_line(lines.read(file, datum))
