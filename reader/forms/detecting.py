"""Pages of one form, blank or filled -> what its form file may have: where the places to write in are."""

from collections.abc import Callable, Sequence

from reader.forms.field import Field
from reader.forms.layout import find_fields
from reader.forms.proposal import Proposal, propose
from reader.forms.shared import shared_print
from reader.pages.binarize import as_shares, ink_levels
from reader.pages.deskew import deskewed
from reader.pages.page import Page

ForDigits = Callable[[Page, tuple[Field, ...]], tuple[Field, ...]]
"""Which of the places on an upright page that is filled in hold digits, or nothing."""


def detected(
    pages: Sequence[Page], names: Sequence[str], blank: bool | None = None, for_digits: ForDigits | None = None
) -> tuple[Page, Proposal]:
    """The sheet that a form can be measured on, and the places to write in that are found on it.

    Args:
        pages: a blank sheet, or a filled one, or several filled ones of one form.
        names: what messages call them.
        blank: whether there is no writing on a single sheet; None if that is for the program to see.
        for_digits: asked where a single sheet is filled in; None takes all that looks like a place to write in.

    Returns:
        The first page turned upright, of several without what the others have not; and the proposal, in its pixels.

    Raises:
        FormError: the pages are not of one form.
    """
    first = deskewed(pages[0])
    ink = first_ink = ink_levels(first.gray)
    found = find_fields(first.gray, ink)
    if len(pages) == 1:
        proposal = propose(found, as_shares(ink), blank, gray=first.gray)
        if not proposal.blank and for_digits is not None:
            proposal = propose(found, as_shares(ink), False, gray=first.gray, read=for_digits(first, found))
        return first, proposal
    cells = [field for field in found if field.kind == "boxes" or field.digits[0] == 0]
    sheet = Page(shared_print([first, *pages[1:]], cells, names), first.to_scan)
    ink = ink_levels(sheet.gray)
    found = find_fields(sheet.gray, ink)
    return sheet, propose(found, as_shares(ink), True, as_shares(first_ink), sheet.gray)
