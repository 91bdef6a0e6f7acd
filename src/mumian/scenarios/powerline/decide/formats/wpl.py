"""`QGC WPL 110`: one tab-separated line an item, item 0 is home. It holds neither fence nor rally points.

Format: https://mavlink.io/en/file_formats/#mission_plain_text_file; read by pymavlink's mavwp.
"""

from __future__ import annotations

from mumian.scenarios.powerline.decide.plan import mission as m
from mumian.scenarios.powerline.decide.plan.mission import Item, Mission

HEADER = "QGC WPL 110"


def text(mission: Mission) -> str:
    """The whole file. Degrees keep the nine digits that readers of the format expect, unset parameters become 0."""
    at = (mission.home.lat_deg, mission.home.lon_deg, mission.home_amsl_m)
    home = Item(m.WAYPOINT, m.FRAME_GLOBAL, (0.0, 0.0, 0.0, 0.0, *at), 0)
    rows = [_row(n, item) for n, item in enumerate((home, *mission.items))]
    return "\n".join([HEADER, *rows]) + "\n"


def _row(seq: int, item: Item) -> str:
    p = [0.0 if value is None else value for value in item.params]
    cells = [
        str(seq),
        "1" if seq == 0 else "0",
        str(item.frame),
        str(item.command),
        *(f"{value:.6f}" for value in p[:4]),
        *(f"{value:.9f}" for value in p[4:6]),
        f"{p[6]:.6f}",
        "1",
    ]
    return "\t".join(cells)
