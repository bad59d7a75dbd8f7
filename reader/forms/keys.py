"""The keys of a form file, by type: what pydantic checks, and what the JSON schema for editors is made of.

A key's description is shown by editors; what types alone do not show is for `reader.forms.mistakes` to say.
"""

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Key

from reader.forms.checks import CheckDigit

Rectangle = Annotated[list[float], Key(min_length=4, max_length=4)]
Align = Literal["left", "right"]

SCHEMA = "form.schema.json"
"""The file of the JSON schema, in the package and beside a form that the program writes."""


class _Strict(BaseModel):
    """Keys that are not known are mistakes, and so is a text where a number is meant."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


class ChoicesFile(_Strict):
    """A column of a CSV that lists the values that may be: a roster, the valid numbers."""

    file: Annotated[str, Key(min_length=1, description="The CSV, beside the form file.")]
    column: Annotated[str, Key(min_length=1, description="The name of its column, from its first line.")]


class ValueKeys(_Strict):
    """What a value means and what it may be; the same for a field and for the cells of a table."""

    label: Annotated[str | None, Key(description="What `form print` prints beside the field.")] = None
    page: Annotated[int | None, Key(ge=1, description="The page of the form that it is on: 1 unless given.")] = None
    digits: Annotated[
        list[int] | None, Key(min_length=2, max_length=2, description="Fewest and most digits written free: [1, 8].")
    ] = None
    decimals: Annotated[
        int | None, Key(ge=1, description="Digits behind the printed decimal point: 2 makes 1250 12.50.")
    ] = None
    mask: Annotated[
        str | None, Key(description="The value with # for each digit and what is printed between: ##.##.####.")
    ] = None
    blank: Annotated[str | None, Key(description="What an empty box means in the value, such as 0.")] = None
    cross: Annotated[
        str | None, Key(description="What a crossed-out box means in the value; an empty text: it is not used.")
    ] = None
    align: Annotated[Align | None, Key(description="The side of the boxes at which numbers are written.")] = None
    min: Annotated[float | int | None, Key(description="The least that the number may be.")] = None
    max: Annotated[float | int | None, Key(description="The most that the number may be.")] = None
    length: Annotated[int | list[int] | None, Key(description="How many digits there are: 6, or [fewest, most].")] = (
        None
    )
    pattern: Annotated[str | None, Key(description="A regular expression that the whole value matches.")] = None
    choices: Annotated[
        list[str] | ChoicesFile | None,
        Key(description='The values that may be: ["101", "102"], or { file = "roster.csv", column = "id" }.'),
    ] = None
    check: Annotated[CheckDigit | None, Key(description="The method of the check digit at the value's end.")] = None
    date: Annotated[
        str | None, Key(description="The digits of a date: DD, MM, YYYY or YY in their order, such as DDMMYY.")
    ] = None


class FieldKeys(ValueKeys):
    """The keys of one [[field]]."""

    name: Annotated[str, Key(description="One word: the column in the CSV.")]
    boxes: Annotated[
        list[Rectangle] | None, Key(min_length=1, description="A box for each digit: [x, y, width, height] in pixels.")
    ] = None
    line: Annotated[
        Rectangle | None, Key(description="[x, y, width, height] that digits are written free in, in pixels.")
    ] = None


class TableKeys(ValueKeys):
    """The keys of one [[table]]: rulings at x and y, or the first cell, and names for its rows and columns."""

    name: Annotated[str, Key(description="What the names of its fields begin with: name_row_column.")]
    rows: Annotated[list[str] | int, Key(description='The rows, by name or number: ["north", "south"] or 12.')]
    columns: Annotated[list[str] | int, Key(description='The columns, by name or number: ["cast", "valid"] or 4.')]
    x: Annotated[
        list[float] | None, Key(description="Where the upright rulings are: one more than there are columns.")
    ] = None
    y: Annotated[list[float] | None, Key(description="Where the level rulings are: one more than there are rows.")] = (
        None
    )
    cell: Annotated[
        Rectangle | None, Key(description="[x, y, width, height] of the upper left cell, if all are equal.")
    ] = None
    boxes: Annotated[int | None, Key(ge=1, description="Boxes side by side in each cell, a digit each.")] = None
    skip: Annotated[list[str] | None, Key(description="Cells in which nothing is written: row_column.")] = None


class PageKeys(_Strict):
    """The keys of one [[page]]."""

    image: Annotated[str, Key(min_length=1, description="The scan of this page, beside the form file.")]


class RuleKeys(_Strict):
    """The keys of one [[rule]] across fields: `sum` with `equals`, or `order`, or `date`."""

    sum: Annotated[
        list[str] | None, Key(min_length=1, description="Fields that add up to `equals`; * stands for any letters.")
    ] = None
    equals: Annotated[str | None, Key(description="The field of the total.")] = None
    order: Annotated[
        list[str] | None, Key(min_length=1, description="Fields of which none is less than the one before it.")
    ] = None
    date: Annotated[
        list[str] | None, Key(min_length=3, max_length=3, description="The fields of day, month and year.")
    ] = None


class FormKeys(_Strict):
    """The keys of a form file."""

    name: Annotated[str, Key(min_length=1, description="What the CSV calls the form.")]
    image: Annotated[
        str | None, Key(min_length=1, description="The scan that the boxes are measured on, beside the form file.")
    ] = None
    page: Annotated[list[PageKeys] | None, Key(min_length=1, description="The pages of a form of several.")] = None
    field: Annotated[list[FieldKeys] | None, Key(min_length=1, description="Where digits are written.")] = None
    table: Annotated[list[TableKeys] | None, Key(min_length=1, description="Tables of fields.")] = None
    rule: Annotated[list[RuleKeys] | None, Key(min_length=1, description="What holds between fields.")] = None


def schema_text() -> str:
    """The JSON schema of a form file, as the package and the program's own forms carry it."""
    schema: dict[str, Any] = FormKeys.model_json_schema()
    schema["title"] = "A form of digit-reader"
    return json.dumps(schema, indent=1, sort_keys=True) + "\n"
