"""While this house is being built, what flies, fits and looks runs with `make test-all`; the rest with every change."""

from __future__ import annotations

from pathlib import Path

import pytest

QUICK = (
    "domain",
    "observe",
    "act/test_dock_command.py",
    "decide/test_formats.py",
    "decide/test_rules.py",
    "understand_eyes",
    "understand_binding",
    "act_triage/test_inspect.py",
    "decide_survey/test_filing.py",
    "decide_survey/test_closing.py",
    "decide_review",
    "pages/test_drawing.py",
    "pages/test_planner_marks.py",
    "pages/test_powerline_alone.py",
    "prove",
)
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if not item.path.is_relative_to(HERE):
            continue
        place = item.path.relative_to(HERE).as_posix()
        if not place.startswith(QUICK):
            item.add_marker(pytest.mark.slow)
