"""Why no plan can be made of the towers that were asked for, in the words of whoever chose them, on a page or by a command."""

from __future__ import annotations

from mumian.core.kernel.errors import BadInput


class NoPlan(BadInput):
    """No mission over these towers keeps the rules; the message says where it fails and what would help."""

    code = "no_plan"


class TooFewTowers(NoPlan):
    """A tower plan has one tower at least, a corridor two."""

    zh = "选了 {count} 基塔：精细巡检至少选 1 基，通道巡检至少选 2 基"
    en = "{count} towers: at least 1 is meant, for a corridor at least 2"


class NoSuchTower(NoPlan):
    """The first tower is none of the line's."""

    zh = "这条线没有 {number} 号塔：只有 {first} 到 {last} 号"
    en = "the line has no tower {number}: it has {first} to {last}"


class TooManyTowers(NoPlan):
    """The line ends before."""

    zh = "从 {first} 号塔起要 {count} 基：那里往后只有 {left} 基，请少选几基"
    en = "{count} towers from {first} on: the line has only {left} from there; ask for fewer"


class CrossingTooHigh(NoPlan):
    """The tallest tower leaves no room to cross above it."""

    zh = (
        "要从 {number} 号塔上方飞过，塔高 {height_m:.0f} m{assumed_zh}，离地要飞到 {needed_m:.0f} m，规则只许 {free_m:.0f} m。请选别的塔，"
        "或在塔表（CSV）里写上塔高"
    )
    en = (
        "crossing above tower {number}, {height_m:.0f} m high{assumed_en}, would need {needed_m:.0f} m above the lowest ground; {free_m:.0f} m are "
        "free. Choose other towers, or give tower heights (CSV)"
    )


class TowerTooLow(NoPlan):
    """A height that the file gives leaves no room for the wires."""

    zh = "{number} 号塔高 {height_m:g} m，挂不下这一电压等级的 {levels} 层导线：请核对塔高"
    en = "tower {number} is {height_m:g} m high, too low for {levels} levels of this voltage: check height_m"


class NoPlaceForHome(NoPlan):
    """Nothing beside the first tower is free up to the return height."""

    zh = "{number} 号塔周围 {within_m:.0f} m 内没有能起降的空地：请从别的塔开始；命令行可以用 --home 指定起飞点"
    en = "no free place for home within {within_m:.0f} m of tower {number}: begin at another tower; on the command line --home names a place"


class NoWayOver(NoPlan):
    """The way from one place to the next is barred, over the line as well."""

    zh = "有一段绕不过去，只能从线路上方越过，离地要 {needed_m:.0f} m，规则只许 {free_m:.0f} m：请选别的塔"
    en = "one stretch has no way around: crossing above the line would need {needed_m:.0f} m, and {free_m:.0f} m above the ground are free; choose other towers"


class NoLeg(NoPlan):
    """No leg along a span keeps clear."""

    zh = "{start}–{end} 号塔这一档，{side_zh}侧 20 m 内没有能飞的航段：离别的线或转角太近，请选别的塔"
    en = "span {start}-{end}: no clear leg within 20 m of its {side_en}: another line or a bend is too near; choose other towers"


class BatteryTooSmall(NoPlan):
    """The battery does not last for so many towers."""

    zh = (
        "{count} 基塔至少用电 {needed_wh:.0f} Wh，能用的只有 {usable_wh:.0f} Wh（电池 {capacity_wh:.0f} Wh，留 {reserve:.0%}）。一次大约够 {most} 基："
        "先排 {most} 基，再从下一基接着排"
    )
    en = (
        "{count} towers need {needed_wh:.0f} Wh or more, and {usable_wh:.0f} Wh may be used ({capacity_wh:.0f} Wh less {reserve:.0%} reserve). "
        "About {most} fit: plan {most} towers, then the others from the next one on"
    )


class RulesBroken(NoPlan):
    """The best plan that could be made breaks a rule."""

    zh = "这里排不出守规则的航线：第 {item} 项（{rule}）：{why_zh}。请选别的塔，或换一个起飞点"
    en = "no plan keeps the rules here: item {item}, {rule}: {why_en}. Choose other towers, or another home"


class NoSuchVoltage(NoPlan):
    """The pack ends below this voltage."""

    zh = "规则里没有 {kv:g} kV 这一电压等级（{pack}）：请核对线路的电压，或在规则包里加上这一行"
    en = "{pack}: no [[voltage]] for {kv:g} kV; check the line's voltage, or add a row with its nominal_kv"
