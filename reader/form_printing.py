"""Print a form of separate boxes, and write the form file that reads it."""

import io
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import tomli_w
from PIL import Image

from reader.errors import FormError, UsageError
from reader.form_jobs import save_png, save_schema
from reader.forms import form as forms
from reader.forms.checks import date_parts
from reader.forms.keys import SCHEMA, FieldKeys, FormKeys
from reader.results import saving
from reader.results.printed_form import DPI, Entry, Printed, most_boxes, printed

NUMBERS = r"(?<=\[)\s*(\d+,\s*)+(?=\])"
"""A list of numbers, which the writer of TOML gives a line each."""


@dataclass(frozen=True, slots=True)
class PrintedForm:
    """The files of a printed form: to print, to read with, and how many pages and boxes it has."""

    pdf: Path
    form: Path
    pages: int
    boxes: int


def print_form(output: Path, form: Path | None = None, fields: Sequence[str] = ()) -> PrintedForm:
    """Draw a form to print as PDF, and write the form file with the boxes beside it.

    Args:
        output: the PDF.
        form: a form file whose fields have no boxes yet, each with `length`, `digits`, `mask` or `date`.
        fields: or fields by name and number of boxes, such as votes:4.

    Raises:
        FormError, UsageError: the form or the fields are not as they should be, or the files cannot be written.
    """
    if output.suffix.lower() != ".pdf":
        raise UsageError(f"{output}: a form is printed to a PDF; name one, such as {output.stem}.pdf")
    file = output.with_suffix(".toml")
    if form is not None and form.resolve() == file.resolve():
        raise UsageError(f"{file}: this form would be overwritten; name another PDF, such as {file.stem}-print.pdf")
    data = _from_file(form) if form is not None else _from_names(output.stem, fields)
    entries = [_entry(each, form) for each in data["field"]]
    done = printed(data["name"], entries)
    for place in (output, file):
        saving.check_place(place)
    numbers = ["", *(f"-{n}" for n in range(2, len(done.pages) + 1))]
    images = [output.with_name(f"{output.stem}{number}.png") for number in numbers]
    for page, image in zip(done.pages, images, strict=True):
        save_png(page, image)
    _save_pdf(done, output)
    save_schema(output.parent)
    saving.save(_completed(data, done, images), file)
    return PrintedForm(output, file, len(done.pages), sum(len(boxes) for _, boxes in done.places))


def _from_file(form: Path) -> dict[str, Any]:
    """The keys of a form file without boxes."""
    keys = forms.keys_of(form, forms.text_of(form))
    if keys.table or keys.page or not keys.field:
        raise FormError(f"{form}: a form is printed from [[field]]s; take out its [[table]]s and [[page]]s.")
    placed = [field.name for field in keys.field if field.boxes or field.line]
    if placed:
        raise FormError(f"{form}: the field {placed[0]} has its place already. Take out its `boxes` or `line`.")
    return tomllib.loads(forms.text_of(form))


def _from_names(name: str, fields: Sequence[str]) -> dict[str, Any]:
    """The keys of a form for fields such as votes:4."""
    if not fields:
        raise UsageError("nothing to print: give a form file without boxes, or fields such as --field votes:4")
    found = []
    for each in fields:
        title, _, boxes = each.partition(":")
        if not title or not boxes.isdecimal() or int(boxes) < 1:
            raise UsageError(f"{each!r} is no field: give its name and its number of boxes, such as votes:4")
        found.append({"name": title, "length": [1, int(boxes)]})
    return FormKeys.model_validate({"name": name, "field": found}).model_dump(exclude_none=True)


def _entry(given: dict[str, Any], form: Path | None) -> Entry:
    """What is printed for a field."""
    field = FieldKeys.model_validate(given)
    length = field.length[-1] if isinstance(field.length, list) else field.length
    boxes = length or (field.digits or [0, 0])[1] or (len(field.date) if field.date else 0)
    mask = field.mask or "#" * boxes
    if field.decimals and not field.mask and boxes > field.decimals:
        mask = "#" * (boxes - field.decimals) + "." + "#" * field.decimals
    elif field.date and date_parts(field.date):
        mask = "/".join("#" * len(part) for part in date_parts(field.date) or [])
    if not 1 <= mask.count("#") <= most_boxes():
        where = f"{form}: " if form else ""
        raise FormError(
            f"{where}the field {field.name} has {mask.count('#')} boxes, and 1 to {most_boxes()} have room. "
            'Give it length = 4, digits = [1, 4], mask = "##-##" or date = "DDMMYY".'
        )
    return Entry(field.label or field.name.replace("_", " "), mask)


def _save_pdf(done: Printed, output: Path) -> None:
    """Write the pages as PDF, black and white."""
    pages = [Image.fromarray(cv2.threshold(page, 160, 255, cv2.THRESH_BINARY)[1]).convert("1") for page in done.pages]
    stream = io.BytesIO()
    pages[0].save(stream, "PDF", resolution=DPI, save_all=True, append_images=pages[1:])
    try:
        output.write_bytes(stream.getvalue())
    except OSError as error:
        raise UsageError(f"{output}: the form cannot be written ({error.strerror}); make room for it") from error


def _completed(data: dict[str, Any], done: Printed, images: list[Path]) -> str:
    """The form file with the boxes."""
    fields = []
    for field, (page, boxes) in zip(data["field"], done.places, strict=True):
        kept = {key: value for key, value in field.items() if key not in ("digits", "page")}
        if "digits" in field and "length" not in field:
            kept["length"] = field["digits"]
        place = {"page": page + 1} if len(images) > 1 else {}
        fields.append({**kept, **place, "boxes": [list(box) for box in boxes]})
    head: dict[str, Any] = {"name": data["name"]}
    if len(images) > 1:
        head["page"] = [{"image": image.name} for image in images]
    else:
        head["image"] = images[0].name
    rest = {key: value for key, value in data.items() if key not in ("name", "image", "field")}
    text = tomli_w.dumps({**head, "field": fields, **rest})
    return f"#:schema {SCHEMA}\n" + re.sub(NUMBERS, lambda found: " ".join(found[0].split()).removesuffix(","), text)
