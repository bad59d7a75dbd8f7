"""A form file of which some keys are wrong -> what is left to check, so that all its mistakes are said at once."""

import copy
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from reader.errors import FormError
from reader.forms.keys import FormKeys
from reader.forms.messages import Mistake, explained, message

ROUNDS = 5
"""How often wrong keys are taken out: one that stood in for a missing one may be wrong, too."""
STAND_INS: dict[str, Any] = {"name": "unnamed", "image": "no image", "rows": 1, "columns": 1}
"""What keys that must be there are taken to be while the others are checked."""


def checked(path: Path, text: str) -> tuple[FormKeys, list[Mistake]]:
    """The keys of a form file, and the mistakes in their names and types.

    Args:
        path: of the file, for messages.
        text: of the file.

    Returns:
        The keys, without the wrong ones: if there are mistakes, they are good for `further` alone.

    Raises:
        FormError: it is no TOML, or nothing is left without what is wrong in it.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FormError(f"{path}: this is not TOML: {error}. Correct that line and try again.") from error
    mistakes: list[Mistake] = []
    for _ in range(ROUNDS):
        try:
            return FormKeys.model_validate(content), mistakes
        except ValidationError as error:
            mistakes = mistakes or explained(error.errors())
            content = _without(content, error.errors())
    raise FormError(message(path, text, mistakes))


def further(found: list[Mistake], mistakes: list[Mistake]) -> list[Mistake]:
    """Those of the mistakes found in the keys that are left which do not come of the keys that were wrong."""
    places = {mistake.place for mistake in mistakes}
    # A field without its wrong boxes has none; of a table nothing can be told when one of its numbers is wrong.
    within = {place[:length] for place in places for length in (2, 3)}
    kinds = {place[0] for place in places}
    has_lost_names = any(place[0] == "table" or place[-1] == "name" for place in places)
    return [
        one
        for one in found
        if one.place[:3] not in within
        and not (one.place[:1] == ("table",) and one.place[:2] in within)
        and not (one.place == () and kinds & {"field", "table"})
        and not (one.place[:1] == ("rule",) and has_lost_names)
    ]


def _without(content: dict[str, Any], errors: list[ErrorDetails]) -> dict[str, Any]:
    """A form file's content with the wrong keys taken out, and with others in place of those that must be there."""
    left = copy.deepcopy(content)
    for number, error in enumerate(errors):
        place = error["loc"]
        inside: Any = left
        within = len(place) > 2 and isinstance(place[1], int)  # of the form itself, or of a [[field]] and its like
        for part in place[:2] if within else ():
            inside = inside[part]
        key = str(place[2 if within else 0])
        if not isinstance(inside, dict):
            continue
        inside.pop(key, None)
        if key in STAND_INS and not (key == "image" and not within):
            stand_in = STAND_INS[key]
            inside[key] = f"{stand_in}-{number}" if key == "name" else stand_in
    return left
