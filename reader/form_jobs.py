"""What is done with forms besides reading: propose one from sheets, check one against scans, print one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import resources
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.digits.classifier import load
from reader.errors import FitError, FormError, ReaderError, UsageError
from reader.filled import for_digits
from reader.forms import form as forms
from reader.forms.choosing import best_of
from reader.forms.detecting import detected
from reader.forms.fit import scaling
from reader.forms.keys import SCHEMA
from reader.forms.proposal import Grid, Proposal, quads_of
from reader.forms.registration import nearest
from reader.forms.sheet import Sheet, prepare
from reader.forms.written import cell_names, form_text, names_of
from reader.pages.page import page_of, transformed
from reader.pages.scan import Scan, UnreadablePage, find_scans, read_scans
from reader.results import overlay, saving
from reader.results.form_pictures import picture


@dataclass(frozen=True, slots=True)
class Draft:
    """A form that was proposed: the files written, and what is in it."""

    form: Path
    sheet: Path
    picture: Path
    proposal: Proposal
    fields: int
    boxes: int


@dataclass(frozen=True, slots=True)
class Checked:
    """How a form lies on one page.

    Attributes:
        file: of the scan.
        page: in that file, from 1.
        fits: whether the page would be read.
        said: the fit in words, or why there is none.
        picture: what shows it; None where no folder for pictures was given.
    """

    file: str
    page: int
    fits: bool
    said: str
    picture: Path | None


def detect(sheets: Sequence[Path], output: Path, blank: bool | None = None) -> Draft:
    """Propose a form from a blank sheet, or a filled one, or several filled ones, and write it with its pictures.

    Args:
        sheets: scans of the same form; of several only what they share counts, which is print.
        output: the form file to write; the sheet goes beside it as PNG, a picture with the names as JPEG.
        blank: whether there is no writing on the sheet; None if that is for the program to see.

    Raises:
        ScanError, FormError, UsageError: the sheets cannot be read, nothing is found on them, they are not of one
            form, or the form cannot be written.
    """
    files = [output, output.with_suffix(".png"), output.with_suffix(".names.jpg")]
    for file in files:
        saving.check_place(file)
    scans = list(_scans(sheets))
    pages, names = [page_of(scan) for scan in scans], [scan.file for scan in scans]
    sheet, proposal = detected(pages, names, blank, partial(for_digits, classifier=load()))
    if not proposal.things:
        raise FormError(
            f"{sheets[0]}: no boxes, tables or lines to write on are found on this sheet. "
            "Scan it at 300 dpi, straight, or write the form file by hand."
        )
    return _written(files, sheet.gray, proposal)


def _scans(sheets: Sequence[Path]) -> Iterator[Scan]:
    """The pages of sheets, each one readable."""
    for sheet in find_scans(sheets):
        for scan in read_scans(sheet):
            if isinstance(scan, UnreadablePage):
                raise scan.error
            yield scan


def _written(files: list[Path], gray: NDArray[np.uint8], proposal: Proposal) -> Draft:
    """Write a proposed form: its TOML, its sheet, the picture with the names, the schema for editors."""
    form, sheet, drawn = files
    quads = quads_of(proposal.things)
    fields: list[tuple[str, NDArray[np.float64]]] = []
    for name, thing, each in zip(names_of(proposal.things), proposal.things, quads, strict=True):
        if isinstance(thing, Grid):
            fields += [(cell, quad[None]) for cell, quad in zip(cell_names(name, thing), each, strict=True)]
        else:
            fields.append((name, each))
    save_png(gray, sheet)
    overlay.save(picture(gray, fields), drawn)
    save_schema(form.parent)
    saving.save(form_text(form.stem, sheet.name, proposal.things, form.name, drawn.name), form)
    return Draft(form, sheet, drawn, proposal, len(fields), sum(len(each) for _, each in fields))


def save_png(image: NDArray[np.uint8], file: Path) -> None:
    """Write a picture without loss."""
    done, data = cv2.imencode(".png", image)
    if not done:
        raise ValueError(f"no PNG of {image.shape}")
    try:
        file.write_bytes(data.tobytes())
    except OSError as error:
        raise UsageError(f"{file}: the sheet cannot be written ({error.strerror}); make room for it") from error


def save_schema(folder: Path) -> None:
    """Put the JSON schema of form files beside a form, where its first line names it to editors."""
    saving.save(resources.files("reader.forms").joinpath(SCHEMA).read_text(encoding="utf-8"), folder / SCHEMA)


def check(form: Path, scans: Sequence[Path] = (), pictures: Path | None = None) -> Iterator[Checked]:
    """Check a form file, then lay the form over each page of scans.

    Args:
        form: the form file.
        scans: files and folders.
        pictures: a folder for pictures of the form on each page; None draws none.

    Raises:
        FormError, UsageError: there are mistakes in the form; no pictures can be written. Said before the first page.
    """
    sheets = [prepare(page) for page in forms.load(form)]
    if pictures and scans:
        overlay.check_folder(pictures)
    files = find_scans(scans) if scans else []
    return _checks(sheets, files, pictures)


def _checks(sheets: list[Sheet], files: list[Path], pictures: Path | None) -> Iterator[Checked]:
    """The form on each page of the files."""
    for file in files:
        try:
            for scan in read_scans(file):
                if isinstance(scan, UnreadablePage):
                    yield Checked(scan.file, scan.page, False, str(scan.error), None)
                else:
                    place = overlay.place(pictures, files, scan) if pictures else None
                    yield _checked(sheets, scan, place)
        except ReaderError as error:
            yield Checked(str(file), 1, False, str(error), None)


def _checked(sheets: list[Sheet], scan: Scan, place: Path | None) -> Checked:
    """The form on one page, and the picture of it."""
    page = page_of(scan)
    to_scan = page.to_scan
    try:
        sheet, placed = best_of(sheets, page)
    except FitError as error:
        if place:
            guesses = [(sheet, nearest(sheet, page)) for sheet in sheets]
            guess = next(((sheet, each) for sheet, each in guesses if each is not None), None)
            shown = None if guess is None else _print_on(guess[0], to_scan @ guess[1], scan)
            overlay.save(picture(scan.image, [], f"refused: {error}", shown), place)
        return Checked(scan.file, scan.page, False, str(error), place)
    said = (
        f"fits: {round(100 * placed.share)}% of the sheet's print is found, and 95 of 100 parts of it "
        f"lie within {placed.residual:.1f} pixels of their place"
    )
    if len(sheets) > 1:
        said = f"page {sheet.form.number} of the form {said}"
    if place:
        fields = [(field.name, transformed(field.quads, to_scan)) for field in placed.fields]
        overlay.save(picture(scan.image, fields, said), place)
    return Checked(scan.file, scan.page, True, said, place)


def _print_on(sheet: Sheet, to_scan: NDArray[np.float64], scan: Scan) -> NDArray[np.bool_]:
    """Where a sheet's print comes to lie on a scan: (rows, columns) bool at half its size or less."""
    scale = min(1.0, 1100 / max(scan.image.shape[:2]))
    size = (round(scan.image.shape[1] * scale), round(scan.image.shape[0] * scale))
    smaller = scaling(scale, scale) @ to_scan
    return np.asarray(cv2.warpPerspective(sheet.form.sheet, smaller, size, borderValue=255)) < 140
