"""The documents say what the code does: everything is named, every link leads somewhere, every example loads."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from mumian import scenarios
from mumian.cli import checking
from mumian.cli.app import app
from mumian.core.decide.policy import Rule
from mumian.core.decide.states import TABLE, Step
from mumian.core.kernel import settings
from mumian.core.registry.model import Register
from mumian.core.registry.site import loading, parse
from mumian.core.registry.site.compare import compare
from mumian.core.registry.site.rules import check

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
ELDERCARE = DOCS / "scenarios" / "eldercare.md"
EXAMPLE_AT_US = 1_796_000_000_000_000  # 2026-11-30; births and admissions are judged against it


def test_every_setting_is_documented() -> None:
    page = (DOCS / "settings.md").read_text("utf-8")
    assert [name for name in settings.DEFAULTS if not checking.named(name, page)] == []


def test_each_default_is_the_one_the_page_says() -> None:
    page = (DOCS / "settings.md").read_text("utf-8")
    for name, (default, _) in settings.DEFAULTS.items():
        said = f"`{default}`" if default else "empty"
        assert f"| `{name}` | {said} |" in page, name


def test_every_command_is_documented() -> None:
    page = (DOCS / "commands.md").read_text("utf-8")
    assert [c for c in checking.commands(app) if f"### `mumian {c}`\n" not in page] == []


def test_no_command_is_documented_that_does_not_exist() -> None:
    page = (DOCS / "commands.md").read_text("utf-8")
    said = set(re.findall(r"^### `mumian ([^`]+)`$", page, re.MULTILINE))
    assert said - set(checking.commands(app)) == set()


@pytest.mark.parametrize("house", scenarios.ALL, ids=lambda house: house.name)
def test_every_indicator_stands_with_clause_and_goal(house: scenarios.Scenario) -> None:
    page = (DOCS / "scenarios" / f"{house.name}.md").read_text("utf-8")
    for one in house.indicators:
        assert re.search(rf"^\| `{re.escape(one.id)}` \| {re.escape(one.clause)} \|", page, re.MULTILINE), (
            one.id
        )


@pytest.mark.parametrize("house", scenarios.ALL, ids=lambda house: house.name)
def test_every_page_of_a_scenario_is_documented(house: scenarios.Scenario) -> None:
    page = (DOCS / "scenarios" / f"{house.name}.md").read_text("utf-8")
    assert [one.path for one in house.pages if f"`{one.path}`" not in page] == []


def rule_row(rule: Rule) -> str:
    """A rule as the table in docs/scenarios shows it."""
    tier = rule.tier.replace("|", "\\|")
    ladder = " → ".join(rule.ladder) or "nobody"
    if rule.pages_from != "assist":
        ladder = f"from `{rule.pages_from}`: {ladder}"
    return f"| `{rule.kind}` | {rule.version} | `{tier}` | {ladder} | {rule.zh} |"


@pytest.mark.parametrize("house", scenarios.ALL, ids=lambda house: house.name)
def test_the_table_of_rules_equals_the_rules(house: scenarios.Scenario) -> None:
    page = (DOCS / "scenarios" / f"{house.name}.md").read_text("utf-8")
    wanted = [rule_row(rule) for rule in house.policy().rules.values()]
    table = re.search(r"\| Finding \| Version \|.*\n\|[-|]+\n((?:\|.*\n)*)", page)
    assert (table[1].splitlines() if table else []) == wanted  # a house without rules shows no empty table


def diagram(table: tuple[Step, ...]) -> list[str]:
    """The state machine of alarms as a mermaid block; acts of a person are marked."""
    lines = ["stateDiagram-v2"]
    for step in table:
        who = " (person)" if step.by_person else ""
        lines += [f"    {source or '[*]'} --> {step.target}: {step.action}{who}" for source in step.sources]
    ends = {step.target for step in table} - {source for step in table for source in step.sources}
    return [*lines, *(f"    {state} --> [*]" for state in sorted(ends))]


def test_the_diagram_of_alarm_states_equals_the_table() -> None:
    blocks = re.findall(r"```mermaid\n(.*?)```", ELDERCARE.read_text("utf-8"), re.DOTALL)
    assert [block.splitlines() for block in blocks] == [diagram(TABLE)]


def test_the_example_home_loads_into_an_empty_register() -> None:
    file = parse(loading.read((DOCS / "examples" / "home.json").read_bytes()))
    plan = compare(Register(), file, EXAMPLE_AT_US)
    assert (plan.problems, check(plan.after, plan.paths, EXAMPLE_AT_US)) == ((), [])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_json_and_toml_blocks_parse(page: Path) -> None:
    for language, block in re.findall(r"```(json|toml)\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
        if language == "toml":
            tomllib.loads(block)
        else:
            loading.read(block)


def test_the_site_page_shows_a_file_of_the_right_shape() -> None:
    block = re.search(r"```json\n(.*?)```", (DOCS / "site.md").read_text("utf-8"), re.DOTALL)
    assert block is not None
    assert parse(loading.read(block[1])).site is not None


def links(page: Path) -> Iterator[tuple[Path, str]]:
    """(file, anchor) of every relative link of a page."""
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text("utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:", target):
            file, _, anchor = target.partition("#")
            yield (page.parent / file if file else page), anchor


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub makes of a page's headings."""
    heads = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for file, anchor in links(page):
        assert file.exists(), f"{page.name} points to {file}"
        assert not anchor or anchor in anchors(file), f"{page.name} points to {file.name}#{anchor}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_page_names_a_machine_of_ours(page: Path) -> None:
    text = page.read_text("utf-8")
    found = re.findall(r"(?<![\w.])/(?:work|root|home|tmp|Users)/[\w.-]*", text)
    assert found == []


def test_check_finds_nothing_out_of_order() -> None:
    assert checking.faults(app) == []
