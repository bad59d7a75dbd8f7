from pathlib import Path

import cv2
import numpy as np
import pytest

from reader.errors import UsageError
from reader.pages.scan import Scan
from reader.results.overlay import COLORS, LONGEST_SIDE, check_folder, overlay, place, save
from reader.results.reading import Box, DigitReading, FieldReading, PageReading, PageStatus, Status

ROWS, COLUMNS = 1300, 1000  # neither enlarged nor reduced
BOX = Box(300, 400, 100, 120)
CORNER = 100


def white(rows: int = ROWS, columns: int = COLUMNS) -> Scan:
    """A white page with a black square whose upper left tells where the page begins on the overlay."""
    image = np.full((rows, columns), 255, np.uint8)
    image[CORNER : CORNER + 20, CORNER : CORNER + 20] = 0
    return Scan("scans/a.png", 1, image)


def page_with(status: Status, reason: str = "") -> PageReading:
    value = "" if status in ("blank", "rejected") else "7"
    digit = DigitReading(0, value, 0.9, "", 0, status, BOX)
    field = FieldReading("r1", value, 0.9, status, reason, BOX, (digit,))
    return PageReading("scans/a.png", 1, "", "read", "", (field,))


def page_of(image: np.ndarray) -> np.ndarray:
    """The overlay without the lines above and below the page."""
    gray = (image.max(axis=2) < 125) & (image.min(axis=2) > 105)
    square = cv2.matchTemplate(gray.astype(np.float32), np.ones((18, 18), np.float32), cv2.TM_CCORR)
    top, left = np.unravel_index(int(square.argmax()), square.shape)
    assert square.max() > 300
    return image[top - CORNER : top - CORNER + ROWS, left - CORNER : left - CORNER + COLUMNS]


def share_drawn(page: np.ndarray, rows: slice, columns: slice) -> float:
    """Which share of a stretch, one or more pixels wide, is drawn on."""
    return float((page[rows, columns] < 250).any(axis=(1, 2)).mean())


@pytest.mark.parametrize("status", ["ok", "review", "blank", "rejected", "verified"])
def test_each_status_has_a_colour_of_its_own(status: Status) -> None:
    page = page_of(overlay(white(), page_with(status)))[BOX.y - 5 : BOX.y + BOX.height + 5, BOX.x - 5 :]
    counts = {name: (np.abs(page.astype(int) - color).max(axis=2) < 30).sum() for name, color in COLORS.items()}
    assert counts[status] > 50
    assert all(count == 0 for name, count in counts.items() if name not in (status, "blank"))


def test_statuses_are_told_apart_without_colours() -> None:
    side = slice(BOX.y + 10, BOX.y + BOX.height - 30), slice(BOX.x + BOX.width - 1, BOX.x + BOX.width + 2)
    middle = slice(BOX.y + 55, BOX.y + 65), slice(BOX.x + 40, BOX.x + 60)
    pages = {status: page_of(overlay(white(), page_with(status))) for status in ("ok", "review", "blank", "rejected")}
    frame = {status: share_drawn(page, *side) for status, page in pages.items()}
    crossed = {status: share_drawn(page, *middle) > 0 for status, page in pages.items()}
    assert frame["ok"] == frame["rejected"] == 1
    assert 0.4 < frame["review"] < 0.9
    assert 0.1 < frame["blank"] < 0.5
    assert crossed == {"ok": False, "review": False, "blank": False, "rejected": True}


def test_the_value_stands_above_the_box() -> None:
    above = slice(BOX.y - 60, BOX.y - 6), slice(BOX.x, BOX.x + BOX.width)
    assert share_drawn(page_of(overlay(white(), page_with("ok"))), *above) > 0.5
    assert share_drawn(page_of(overlay(white(), page_with("blank"))), *above) == 0


def test_in_a_grid_the_value_stands_inside_its_own_box() -> None:
    upper = page_with("blank").fields[0]
    box = Box(BOX.x, BOX.y + BOX.height, BOX.width, BOX.height)
    lower = FieldReading("r2", "7", 0.9, "ok", "", box, (DigitReading(0, "7", 0.9, "", 0, "ok", box),))
    page = page_of(overlay(white(), PageReading("a.png", 1, "", "read", "", (upper, lower))))
    columns = slice(BOX.x + 10, BOX.x + BOX.width - 10)
    assert share_drawn(page, slice(BOX.y + 10, BOX.y + BOX.height - 10), columns) == 0
    assert share_drawn(page, slice(box.y + 10, box.y + 50), columns) > 0.5


def test_what_is_to_be_looked_at_is_written_below_the_page() -> None:
    plain = overlay(white(), page_with("ok")).shape[0]
    added = [overlay(white(), page_with("review", "one or seven " * n)).shape[0] - plain for n in (1, 12, 100)]
    one_line, two_lines, endless = added
    assert one_line > 0
    assert two_lines > 1.5 * one_line
    assert endless == two_lines


@pytest.mark.parametrize("status", ["refused", "failed"])
def test_a_page_without_values_says_why_above_it(status: PageStatus) -> None:
    silent = overlay(white(), PageReading("a.png", 1, "", status))
    said = overlay(white(), PageReading("a.png", 1, "tally", status, "the form does not fit this page"))
    assert (said[: said.shape[0] - ROWS] < 250).sum() > 1.5 * (silent[: silent.shape[0] - ROWS] < 250).sum()
    assert page_of(said).min() > 100


def test_the_page_itself_is_paler_than_the_drawing() -> None:
    page = page_of(overlay(white(), page_with("ok")))
    assert 100 < page[CORNER + 10, CORNER + 10].min() < 200


@pytest.mark.parametrize(("rows", "columns"), [(63, 82), (20, 600), (6000, 4000), (600, 20)])
def test_pages_of_any_size_are_made_good_to_look_at(rows: int, columns: int) -> None:
    reading = PageReading("a long name of a file.png", 1, "", "failed", "a reason of many words " * 8)
    image = overlay(white(rows, columns), reading)
    assert image.dtype == np.uint8
    assert image.shape[1] <= LONGEST_SIDE[1]
    assert max(image.shape[:2]) >= LONGEST_SIDE[0]


def test_a_box_that_hangs_over_the_edge_is_drawn_as_far_as_it_goes() -> None:
    box = Box(-20, -30, 60, 70)
    digit = DigitReading(0, "7", 0.9, "", 0, "review", box)
    field = FieldReading("r1", "7", 0.9, "review", "cut off", box, (digit,))
    page = page_of(overlay(white(), PageReading("a.png", 1, "", "read", "", (field,))))
    assert (page[:60, :60] < 250).any()


def test_overlays_have_a_name_for_each_page_and_a_folder_for_each_folder(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ["a/1.png", "a/1.tif", "b/1.png", "b/x/../c/1.png"]]
    image = white().image
    scans = [Scan(str(file), page, image) for file in files for page in (1, 2)]
    places = [place(Path("out"), files, scan) for scan in scans]
    assert len(set(places)) == len(scans)
    assert places[0] == Path("out/a/1.png.page1.jpg")
    assert places[-1] == Path("out/b/c/1.png.page2.jpg")
    assert all(".." not in file.parts for file in places)
    assert place(Path("out"), files[:1], scans[0]) == Path("out/1.png.page1.jpg")


def test_an_overlay_is_saved_as_a_small_picture(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "er" / "a.jpg"
    image = overlay(white(), page_with("ok"))
    save(image, file)
    back = cv2.imread(str(file))
    assert back is not None
    assert np.abs(back.astype(int) - image).mean() < 2
    assert file.stat().st_size < 100_000


def test_a_folder_that_cannot_be_made_is_said_beforehand(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="no overlays can be written here"):
        check_folder(tmp_path / "file")
    check_folder(tmp_path / "new" / "folder")
    assert list((tmp_path / "new" / "folder").iterdir()) == []
