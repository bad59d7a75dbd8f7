"""What is wrong with the keys of a form though their types are right: names, places, limits, rules."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import pairwise

from reader.forms.checks import date_parts
from reader.forms.grid import edges_of, fields_of, names_of
from reader.forms.keys import FieldKeys, FormKeys, RuleKeys, TableKeys, ValueKeys
from reader.forms.messages import Mistake, Place

FIXED_COLUMNS = ("file", "page", "form", "status", "review")
"""Columns of the wide CSV that are there whatever the form: no field can have their names."""
MOST_CELLS = 2000
"""Cells of a table at the most: more is a slip of the pen."""

Size = tuple[int, int]
"""Rows and columns of a sheet."""


def find_mistakes(keys: FormKeys, sizes: list[Size | None]) -> list[Mistake]:
    """All that is wrong; `sizes` are those of the form's pages, None where a sheet cannot be read."""
    found = list(_of_pages(keys))
    for n, field in enumerate(keys.field or []):
        found += _of_field(("field", n), field, _size(sizes, field))
    for n, table in enumerate(keys.table or []):
        found += _of_table(("table", n), table, _size(sizes, table))
    named = placed_fields(keys)
    found += _of_names(named)
    for n, rule in enumerate(keys.rule or []):
        found += _of_rule(("rule", n), rule, {field.name: field.page or 1 for _, field in named})
    return found


def placed_fields(keys: FormKeys) -> list[tuple[Place, FieldKeys]]:
    """All fields of a form, those of its tables among them, each with the place of what it comes from."""
    single: list[tuple[Place, FieldKeys]] = [(("field", n), field) for n, field in enumerate(keys.field or [])]
    return single + [
        (("table", n), field)
        for n, table in enumerate(keys.table or [])
        if not any(_of_grid(("table", n), table))
        for field in fields_of(table)
    ]


def matching(names: list[str], known: list[str]) -> list[str]:
    """The known names that the names of a rule stand for: * is any letters."""
    return [each for name in names for each in known if each == name or fnmatchcase(each, name)]


def _size(sizes: list[Size | None], keys: ValueKeys) -> Size | None:
    page = (keys.page or 1) - 1
    return sizes[page] if page < len(sizes) else None


def _of_pages(keys: FormKeys) -> Iterator[Mistake]:
    """The sheets and the fields on them."""
    if (keys.image is None) == (keys.page is None):
        both = "both `image` and [[page]]" if keys.page else "`image` is missing"
        cure = 'give image = "blank.png" for a form of one page, or a [[page]] with an image for each page'
        yield Mistake(("image",), f"{both}: {cure}")
    if not keys.field and not keys.table:
        yield Mistake((), "no fields: add at least one [[field]] with a name and its boxes or line, or a [[table]]")
    pages = len(keys.page or [0])
    for kind, each in (("field", keys.field or []), ("table", keys.table or [])):
        for n, given in enumerate(each):
            if (given.page or 1) > pages:
                yield Mistake((kind, n, "page"), f"there is no page {given.page}: the form has {pages}")
    used = {each.page or 1 for each in [*(keys.field or []), *(keys.table or [])]}
    for n in range(pages if keys.page else 0):
        if n + 1 not in used:
            yield Mistake(("page", n), f"page {n + 1} has no fields: give some `page = {n + 1}`, or take the page out")


def _of_names(fields: list[tuple[Place, FieldKeys]]) -> Iterator[Mistake]:
    """Names that are no names, or there twice."""
    first_of: dict[str, Place] = {}
    for place, field in fields:
        first = first_of.setdefault(field.name, place)
        if first != place or (place[0] == "field" and first is not place):
            other = f"{first[0]} {int(first[1]) + 1}"
            yield Mistake((*place, "name"), f"{other} is called `{field.name}` too: give each field its own name")
        cure = _name_cure(field.name)
        if cure and (place[0] == "field" or first is place):
            yield Mistake((*place, "name"), cure)


def _name_cure(name: str) -> str:
    """What is wrong with a field's name; empty if nothing is."""
    if name in FIXED_COLUMNS:
        return f"`{name}` is a column that the CSV always has: choose another name, such as `{name}_number`"
    if not name or re.search(r"\s|[^\x20-\U0010ffff]", name):
        return f"a field's name is one word, not {name!r}: join words with `_`"
    if name[0] in "=+-@":
        return f"the name `{name}` would be run as a formula by a spreadsheet: begin it with a letter"
    return ""


def _of_field(at: Place, field: FieldKeys, size: Size | None) -> Iterator[Mistake]:
    """One [[field]]."""
    if (field.boxes is None) == (field.line is None):
        which = "neither" if field.line is None else "both"
        cure = "give `boxes` for a box each digit, or `line`"
        yield Mistake(at, f"field `{field.name}` has {which} of `boxes` and `line`: {cure}")
    if field.digits is not None and field.line is None:
        yield Mistake((*at, "digits"), "`digits` goes with `line`: boxes are counted already, take it out")
    for m, rectangle in enumerate(field.boxes or []):
        yield from _of_rectangle((*at, "boxes", m), rectangle, size)
    if field.line is not None:
        yield from _of_rectangle((*at, "line"), field.line, size)
    most = len(field.boxes) if field.boxes else (field.digits or [0, 0])[1]
    yield from _of_value(at, field, most)


def _of_table(at: Place, table: TableKeys, size: Size | None) -> Iterator[Mistake]:
    """One [[table]]."""
    wrong = list(_of_grid(at, table))
    yield from wrong
    if wrong:
        return
    if table.boxes is not None and table.digits is not None:
        yield Mistake((*at, "digits"), "`digits` is for cells that are written in free: take it or `boxes` out")
    x, y = edges_of(table)
    key = "cell" if table.cell is not None else "x"
    yield from _of_rectangle((*at, key), [x[0], y[0], x[-1] - x[0], y[-1] - y[0]], size)
    cells = {f"{row}_{column}" for row in names_of(table.rows, "r") for column in names_of(table.columns, "c")}
    for name in table.skip or []:
        if name not in cells:
            yield Mistake((*at, "skip"), f"there is no cell {name}: cells are called as {min(cells)}")
    yield from _of_value(at, table, table.boxes or (table.digits or [0, 0])[1])


def _of_grid(at: Place, table: TableKeys) -> Iterator[Mistake]:
    """The rows, columns and rulings of a table."""
    counts = {}
    for key, letter, given in (("rows", "r", table.rows), ("columns", "c", table.columns)):
        counts[key] = given if isinstance(given, int) else len(names_of(given, letter))
        if counts[key] < 1:
            yield Mistake((*at, key), f"a table has at least one of its `{key}`")
    if counts["rows"] * counts["columns"] > MOST_CELLS:
        yield Mistake((*at, "rows"), f"{counts['rows']} rows of {counts['columns']} are too many: {MOST_CELLS} cells")
    if table.cell is not None:
        if table.x is not None or table.y is not None:
            yield Mistake((*at, "cell"), "`cell` with `x` or `y`: give the rulings, or the upper left cell")
        return
    for key, edges, of in (("x", table.x, "columns"), ("y", table.y, "rows")):
        if edges is None:
            yield Mistake(at, f"table `{table.name}` has neither `cell` nor `{key}`: give `cell`, or `x` and `y`")
        elif len(edges) != counts[of] + 1:
            wanted = counts[of] + 1
            yield Mistake((*at, key), f"`{key}` has {len(edges)} numbers, and {counts[of]} {of} have {wanted} rulings")
        elif any(low >= high for low, high in pairwise(edges)):
            yield Mistake((*at, key), f"the numbers of `{key}` rise from each to the next")


def _of_value(at: Place, keys: ValueKeys, most: int) -> Iterator[Mistake]:
    """What a field says of its value; `most` is how many digits it can have, 0 if that is not known."""
    if keys.digits is not None and not (0 <= keys.digits[0] <= keys.digits[1] and keys.digits[1] >= 1):
        shown = f"[{keys.digits[0]}, {keys.digits[1]}]"
        yield Mistake((*at, "digits"), f"`digits` is [fewest, most], such as [1, 6], not {shown}")
    if keys.min is not None and keys.max is not None and keys.min > keys.max:
        yield Mistake((*at, "min"), f"`min` is {keys.min}, more than `max`, which is {keys.max}: exchange them")
    if keys.decimals is not None and keys.mask is not None:
        yield Mistake((*at, "mask"), "both `decimals` and `mask`: the mask has the point already, take one out")
    if keys.decimals is not None and most and keys.decimals >= most:
        yield Mistake((*at, "decimals"), f"{keys.decimals} decimals need more digits than the {most} of the field")
    if keys.mask is not None and most and keys.mask.count("#") != most:
        yield Mistake((*at, "mask"), f"`mask` has {keys.mask.count('#')} # and the field {most} digits")
    for key in ("blank", "cross"):
        text = getattr(keys, key)
        if text is not None and not re.fullmatch("[0-9]?", text):
            yield Mistake((*at, key), f"`{key}` is one digit or an empty text, not {text!r}")
    if keys.length is not None:
        low, high = (keys.length, keys.length) if isinstance(keys.length, int) else (keys.length[0], keys.length[-1])
        if not 1 <= low <= high or (isinstance(keys.length, list) and len(keys.length) != 2):
            yield Mistake((*at, "length"), "`length` is a number of digits, or [fewest, most]")
    yield from _of_texts(at, keys)


def _of_texts(at: Place, keys: ValueKeys) -> Iterator[Mistake]:
    """The rules that are spelled out."""
    if keys.pattern is not None:
        try:
            re.compile(keys.pattern)
        except re.error as error:
            yield Mistake((*at, "pattern"), f"`pattern` is no regular expression: {error}")
    if keys.date is not None and date_parts(keys.date) is None:
        yield Mistake((*at, "date"), f"`date` is made of DD, MM and YYYY or YY, each once, not {keys.date!r}")
    if isinstance(keys.choices, list) and not keys.choices:
        yield Mistake((*at, "choices"), "`choices` is empty: name the values that may be, or take it out")


def _of_rectangle(place: Place, rectangle: list[float], size: Size | None) -> Iterator[Mistake]:
    """A rectangle of no size, or off the sheet."""
    x, y, width, height = rectangle
    key = next(part for part in reversed(place) if isinstance(part, str))
    shown = f"[{', '.join(f'{each:g}' for each in rectangle)}]"
    if width <= 0 or height <= 0:
        yield Mistake(place, f"{shown} has no size: it is [x, y, width, height], width and height above 0")
    elif size is not None and (x < 0 or y < 0 or x + width > size[1] or y + height > size[0]):
        sheet = f"the sheet, which is {size[1]} wide and {size[0]} high"
        yield Mistake(place, f"{key}: {shown} is off {sheet}: measure it again")


def _of_rule(at: Place, rule: RuleKeys, pages: dict[str, int]) -> Iterator[Mistake]:
    """One [[rule]]; `pages` says on which page each field is."""
    kinds = [key for key in ("sum", "order", "date") if getattr(rule, key) is not None]
    if len(kinds) != 1:
        yield Mistake(at, "a [[rule]] has one of `sum` (with `equals`), `order` and `date`")
    if (rule.sum is None) != (rule.equals is None):
        yield Mistake(at, "`sum` goes with `equals`: the fields, and the field of their total")
    used = set()
    for key in (*kinds, "equals"):
        given = getattr(rule, key)
        for name in [given] if isinstance(given, str) else given or []:
            known = matching([name], list(pages))
            used |= {pages[each] for each in known}
            if not known:
                yield Mistake((*at, key), f"there is no field `{name}`: name fields of this form")
    if len(used) > 1:
        yield Mistake(at, "the fields of a rule are on one page: pages are read one by one")
