"""What this house's indicators note beside their figures, in the reader's language. What is sealed stays as it was written."""

from __future__ import annotations

from mumian.scenarios.powerline.domain import wording

# English as the indicators write it → Chinese; groups fill {0}, {1} in turn.
_REMARKS = {
    r"(\d+) findings rejected as false; (\d+) confirmed as another kind": "{0} 处作为误报被否定，{1} 处确认为另一类",
    r"no flight yet": "还没有飞过",
    r"(\d+) photographs, (\d+) originals kept for audit, (\d+) bytes of originals": "{0} 张照片，留 {1} 张原片抽查，原片共 {2} 字节",
    r"(\d+) flights; (\d+) blurred, (\d+) missing, (\d+) unbound": "{0} 次飞行；{1} 张模糊，{2} 张缺，{3} 张对不上计划",
    r"(\d+) surveys with hazards were never seen": "{0} 次查出隐患的测量还没有人看过",
    r"(\d+) surveys with hazards": "{0} 次查出隐患的测量",
    r"(\d+) begun, (\d+) still under way, (\d+) with an order of somebody's between": "开始 {0} 次，{1} 次还在进行，{2} 次中途有旁人下令",
}


def remark(note: str, lang: str) -> str:
    """A figure's note: as written for who reads English, and where no indicator of this house writes so."""
    return wording.told(note, lang, _REMARKS)
