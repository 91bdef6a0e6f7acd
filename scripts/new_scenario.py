"""Write an empty house: `make new-scenario NAME=tunnel`, or `new_scenario.py tunnel --zh 隧道 --en "Road tunnels"`.

All its parts, tests, documents page and translation, copied from scenario_template/ under the new name, and its place in
scenarios.NAMES. It writes all of it or nothing, changes no house that stands, and needs the standard library only.
"""

from __future__ import annotations

import argparse
import ast
import keyword
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = Path(__file__).resolve().parent / "scenario_template"
TREES = ("src", "tests", "docs")  # what is copied, each to the folder of the same name
REGISTER = "src/mumian/scenarios/__init__.py"
PLACEHOLDER = re.compile(r"newhouse|新场景|New house|四\(零\)|4\(0\)")
NAME = re.compile(r"[a-z][a-z0-9]{1,23}")
OUTSIDE = ("计划外", "outside the plan")
NUMERALS = str.maketrans("一二三四五六七八九", "123456789")
WIDTH = 110  # of a line, as pyproject.toml has it


class BadName(ValueError):
    """What was asked for cannot be built; the message says what would do. Exit code 2."""


@dataclass(frozen=True, slots=True)
class House:
    """What the template does not know by itself. `clause` is the plan's, or 计划外."""

    name: str
    zh: str
    en: str
    clause: str

    def words(self) -> Mapping[str, str]:
        """Placeholder → what stands in its place."""
        clause_en = OUTSIDE[1] if self.clause == OUTSIDE[0] else self.clause.translate(NUMERALS)
        return {
            "newhouse": self.name,
            "新场景": self.zh,
            "New house": self.en,
            "四(零)": self.clause,
            "4(0)": clause_en,
        }


def main(arguments: Sequence[str]) -> int:
    """Exit code: 0 written, 2 the name or a title will not do, 1 the disk refused."""
    try:
        house = asked(arguments)
        made = build(house)
    except BadName as fault:
        print(f"new-scenario: {fault}", file=sys.stderr)
        return 2
    except OSError as fault:
        print(f"new-scenario: nothing was written: {fault}", file=sys.stderr)
        return 1
    print(*(str(file.relative_to(ROOT)) for file in made), sep="\n")
    print(
        f"\n{len(made)} files. Next: docs/adding-a-scenario.md, and a line in CHANGELOG.md.", file=sys.stderr
    )
    return 0


# what is asked for -------------------------------------------------------------------------------------------------------


def asked(arguments: Sequence[str]) -> House:
    """The house that the command line asks for. Raises BadName."""
    parser = argparse.ArgumentParser(
        prog="new_scenario.py",
        description="Write an empty house.",
        epilog="Example: make new-scenario NAME=tunnel ZH=公路隧道 EN='Road tunnels'",
    )
    parser.add_argument("name", nargs="?", default="", help="one lower-case word, as the field calls itself")
    parser.add_argument("--zh", default="", help="title in Chinese; known for the eight of the plan")
    parser.add_argument("--en", default="", help="title in English")
    parser.add_argument("--clause", default="", help="the plan's clause, such as 四(一)")
    given = parser.parse_args(arguments)
    name = checked(given.name)
    plan = planned().get(name, {})
    titles = plan.get("title", {"zh": name, "en": name.capitalize()})
    house = House(
        name,
        given.zh or titles["zh"],
        given.en or titles["en"],
        given.clause or plan.get("clause", OUTSIDE[0]),
    )
    for what, text, longest in (("ZH", house.zh, 16), ("EN", house.en, 40), ("CLAUSE", house.clause, 16)):
        plain(what, text, longest)
    return house


def checked(name: str) -> str:
    """`name` when a house may bear it. Raises BadName saying why not, and what would do."""
    if not name:
        raise BadName("NAME is missing. Type: make new-scenario NAME=tunnel")
    if not NAME.fullmatch(name):
        better = re.sub(r"^[0-9]+|[^a-z0-9]", "", name.lower())[:24]
        instead = better if NAME.fullmatch(better) and not taken(better) else "tunnel"
        raise BadName(
            f"{name!r} will not do: a name is 2 to 24 lower-case letters and digits, beginning with a letter, such as {instead}"
        )
    if by := taken(name):
        raise BadName(f"{name!r} is taken: it is {by}. Choose another word")
    if standing := [place for place in places(name) if (ROOT / place).exists()]:
        raise BadName(
            f"{standing[0]} is there already. Choose another name, or remove what is left of it first"
        )
    return name


def plain(what: str, text: str, longest: int) -> None:
    """Titles go into Python, TOML, HTML, a catalogue and Markdown: they are short and hold no sign that means something there."""
    if not text.isprintable() or len(text) > longest or re.search(r"""["'\\{}%<>|`&]""", text):
        raise BadName(
            f"{what}={text!r} will not do: at most {longest} letters, without quotes, %, &, |, <, >, {{, }}, \\ or `"
        )


def places(name: str) -> Iterator[str]:
    """Where a house of this name has its parts."""
    yield from (f"src/mumian/scenarios/{name}", f"tests/scenarios/{name}", f"docs/scenarios/{name}.md")


def planned() -> dict[str, dict[str, Any]]:
    """The eight of the plan by name, in its order."""
    return {
        each["name"]: each for each in tomllib.loads((TEMPLATE / "names.toml").read_text("utf-8"))["plan"]
    }


def taken(name: str) -> str:
    """What bears this name already; empty when nothing does."""
    if keyword.iskeyword(name):
        return "a keyword of Python"
    folders = [*(ROOT / "src/mumian").glob("*"), *(ROOT / "src/mumian/core").glob("*")]
    if name in {each.stem for each in folders}:
        return "a package of the platform"
    groups = tomllib.loads((TEMPLATE / "names.toml").read_text("utf-8"))["taken"]
    return next((group["by"] for group in groups if name in group["names"]), "")


# writing -----------------------------------------------------------------------------------------------------------------


def build(house: House) -> list[Path]:
    """Write the house and enter it into the register; returns the files, the register last. All of it or nothing."""
    register = ROOT / REGISTER
    entered = enter(register.read_text("utf-8"), house.name)
    made: list[Path] = []
    try:
        for file, text in rendered(house):
            if not file.parent.is_dir():
                made += reversed([p for p in (file.parent, *file.parent.parents) if not p.exists()])
                file.parent.mkdir(parents=True)
            made.append(file)
            file.write_text(text, "utf-8")
        whole(register, entered)
    except BaseException:
        for path in reversed(made):
            path.rmdir() if path.is_dir() else path.unlink(missing_ok=True)
        raise
    return [*(path for path in made if path.is_file()), register]


def rendered(house: House) -> Iterator[tuple[Path, str]]:
    """(file, text) of everything a house consists of."""
    words = house.words()

    def fill(text: str) -> str:
        return PLACEHOLDER.sub(lambda found: words[found[0]], text)

    for tree in TREES:
        for file in sorted((TEMPLATE / tree).rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                yield ROOT / fill(str(file.relative_to(TEMPLATE))), fill(file.read_text("utf-8"))


def enter(text: str, name: str) -> str:
    """The register's text with `name` in NAMES: the plan's houses in the plan's order, the others after them.

    Raises BadName when there is no tuple NAMES of plain strings.
    """
    found = [
        node for node in ast.parse(text).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "NAMES"
    ]  # fmt: skip
    try:
        names = list(ast.literal_eval(found[0].value))
    except (IndexError, TypeError, ValueError):
        raise BadName(f"{REGISTER} has no line NAMES = (…): mend it first") from None
    if name in names:
        raise BadName(f"{name!r} stands in {REGISTER} already. Choose another name")
    order = {each: i for i, each in enumerate(planned())}
    rank = order.get(name, len(order))
    at = next((i for i, each in enumerate(names) if order.get(each, len(order)) > rank), len(names))
    names.insert(at, name)
    lines = text.splitlines(keepends=True)
    first, last = found[0].lineno - 1, found[0].end_lineno
    return "".join([*lines[:first], written(names), *lines[last:]])


def written(names: Sequence[str]) -> str:
    """The assignment as the formatter would lay it out."""
    quoted = [f'"{each}"' for each in names]
    line = f"NAMES = ({', '.join(quoted)}{',' if len(quoted) == 1 else ''})\n"
    return line if len(line) <= WIDTH + 1 else "NAMES = (\n" + "".join(f"    {q},\n" for q in quoted) + ")\n"


def whole(file: Path, text: str) -> None:
    """Replace `file` in one step, so that nobody ever reads half of it."""
    fresh = file.with_suffix(".new")
    try:
        fresh.write_text(text, "utf-8")
        fresh.replace(file)
    finally:
        fresh.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
