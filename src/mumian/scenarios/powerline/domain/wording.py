"""Sentences that are kept and sealed as they were written, in English, and what they say in Chinese.

What is sealed stays as it was written; only who reads it in Chinese gets these words instead. A sentence that is not listed is
shown as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

# English as it is written → Chinese; groups fill {0}, {1} in turn.
ASSUMED = {
    r"(.+): every vertex is taken for a tower": "{0}：每个顶点都当作一基塔",
    r"tower kinds: the ends and turns of more than 5° are strain towers": "塔型：两端和转角大于 5° 的当作耐张塔",
    r"ground: flat at the height of home, where the file gives none": "地面：文件没写高程的地方，当作与起飞点同高的平地",
    r"tower heights: from voltage, span and sag": "塔高：按电压、档距和弧垂推算",
    r"circuits: (\d+), because the file names neither circuits nor cables": "回路：文件没写，当作 {0} 回",
    r"phases, cross-arms, conductor type, tension and sag: from the voltage": "相序、横担、导线型号、张力和弧垂：按电压等级取",
    r"surroundings: no other line, building or tree is known": "周围：不知道有没有别的线路、建筑和树",
    r"conductor (.+) at (.+) °C when scanned, hanging still: .*": "导线 {0}，扫描时 {1} °C、无风：预测的和扫描时以外各状态的净距都以此为准",
    r"attachments fixed in every state: insulator strings do not swing along": "各状态下挂点不动：绝缘子串不随风摆",
    r"earth wires are held to the clearances of conductors: a cloud does not tell them apart": "地线按导线的净距要求：点云分不出两者",
    r"the rules name no (\d+) kV: the figures for (.+) kV were taken": "规则里没有 {0} kV：用的是 {1} kV 的数",
    r"the figures of (.+) have not been checked against the printed standard": "{0} 的数还没有和标准原文核对过",
    r"the cloud states no reference system: (.+) was taken, because the line then runs through it": "点云没写坐标系：用的是 {0}，这样线路正好穿过点云",
    r"the cloud has no ground class: ground was filtered .*": "点云没有地面类：地面是滤波得出的（渐进形态学滤波）",
    r"not judged, because no conductor was found: span (.+)": "没有找到导线、没有判断的档：{0}",
}
NOTES = {
    r"the plan was not made here: photographs are not judged": "航线不是这里排的：不判断照片",
    r"laxer in the plan than in the pack, the pack holds: (\S+) (.+) → (.+)": "航线里的规则比规则包松，以规则包为准：{0} {1} → {2}",
    r"structure, weather, camera or vehicle assumed in the plan differ from the pack; the plan's are used": "航线假定的杆塔、天气、相机或飞行器与规则包不同；以航线的为准",
    r"(\d+) shots are taken for being in hand already .*": "{0} 张照片算作已经拍到（mumian.verified）",
    r"the plan says (\d+) kV, the line (\d+) kV; the line holds": "航线写 {0} kV，线路是 {1} kV；以线路为准",
    r"the plan's towers are not the line's; the line's hold": "航线里的塔与线路的不同；以线路为准",
    r"the plan says (\d+) circuits, the line (\d+); the line's hold": "航线写 {0} 回，线路是 {1} 回；以线路为准",
}


def told(sentence: str, lang: str, table: Mapping[str, str]) -> str:
    """The sentence: as written for who reads English, and where the table does not have it."""
    if lang != "zh":
        return sentence
    for pattern, said in table.items():
        if match := re.fullmatch(pattern, sentence):
            return said.format(*match.groups())
    return sentence
