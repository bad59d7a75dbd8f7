"""What is looked at before any page is opened: the forms, the list of files, and the places to write to."""

from collections.abc import Sequence
from pathlib import Path

from reader.errors import FormError, UsageError
from reader.forms import form as forms
from reader.forms.sheet import Sheet, prepare
from reader.pages import addresses
from reader.pages.addresses import Address, located
from reader.pages.scan import find_scans
from reader.results import ledger, overlay, saving


def sheets_of(form: Path | None) -> tuple[Sheet, ...]:
    """The sheets that a page may be, of a form file or of all in a folder; none where no form is given.

    Raises:
        FormError: there is something wrong with a form; one message for all of them.
        UsageError: there is no form in the folder.
    """
    if form is None:
        return ()
    files = sorted(form.glob("**/*.toml")) if form.is_dir() else [form]
    if not files:
        raise UsageError(f"{form}: no forms in this folder; give a folder with form files, ending in .toml")
    sheets, wrong, named = [], [], dict[str, Path]()
    for file in files:
        try:
            pages = forms.load(file)
            sheets += [prepare(page) for page in pages]
        except FormError as error:
            wrong.append(str(error))
            continue
        other = named.setdefault(pages[0].name, file)
        if other != file:
            wrong.append(f"{file}: {other} is called {pages[0].name} too. Give each form its own name.")
    if wrong:
        raise FormError("\n".join(wrong))
    return tuple(sheets)


def files_of(given: Sequence[Path | str], overlays: Path | None, output: Path | None) -> list[Path]:
    """The files to read, once it is sure that what comes out can be written and harms none of them.

    Raises:
        UsageError: it cannot, or it would.
    """
    if overlays:
        overlay.check_folder(overlays)
    scans = [located(each) for each in given]
    for scan in scans:
        if isinstance(scan, Address):
            addresses.check(scan)
    files = find_scans(scans)
    if overlays:  # pictures drawn by a run before this one are no scans
        drawn = overlays.resolve()
        files = [path for path in files if path in scans or drawn not in path.resolve().parents]
    if output:
        saving.check_place(output)
        places = [output.resolve(), ledger.beside(output).resolve()]
        if places[0] == places[1]:
            raise UsageError(f"{output}: the ledger of the results gets this name; name the table results.csv")
        if any(path.exists() and path.resolve() in places for path in files):
            raise UsageError(f"{output}: this is one of the scans; name another file for the results")
    return files


def ledger_of(output: Path | None) -> Path | None:
    """The ledger of a table; none where the table is no file that stays, such as /dev/null."""
    if output is None or (output.exists() and not output.is_file()):
        return None
    return ledger.beside(output)
