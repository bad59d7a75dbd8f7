"""What the line network says of each column of a line -> the likeliest numbers, and how likely a number is.

A number is what is left of a sequence of answers when repeated ones are taken together and those for no digit left out
(connectionist temporal classification: Graves et al., ICML 2006). Sums go over all sequences that give the number.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Logs = NDArray[np.float64]
NOTHING = 0
"""Column of the answer that there is no digit; the digit d has column d + 1."""
LEAST = 1e-3
"""Digits that are less probable at a step are not followed."""
TINY = 1e-290
"""Probabilities are kept above this, so that they can be divided by."""
BEAMS = 8
"""Numbers that are followed at a time."""


def logs_of(said: Logs) -> Logs:
    """Logits (steps, 11) float64 -> logarithms of probabilities."""
    logs: Logs = said - np.logaddexp.reduce(said, axis=1)[:, None]
    return logs


def log_probabilities(views: Sequence[Logs], numbers: Sequence[tuple[int, ...]]) -> Logs:
    """How likely numbers are: logarithms of the summed probabilities of all sequences that give them.

    Args:
        views: of one line, each (steps, 11) float64, logarithms of probabilities.
        numbers: digits 0 to 9, from left to right; none for a line without digits.

    Returns:
        (views, numbers) float64.
    """
    longest = max(map(len, numbers))
    states = np.full((len(numbers), 2 * longest + 1), NOTHING)
    for row, number in zip(states, numbers, strict=True):
        row[1 : 2 * len(number) : 2] = np.array(number, np.int64) + 1
    # From one digit to another one, with nothing between.
    skips = np.pad((states[:, 2:] != states[:, :-2]) & (states[:, 2:] != NOTHING), ((0, 0), (2, 0)))
    steps = max(map(len, views))
    chances = np.zeros((len(views), steps, 11))
    chances[:, :, NOTHING] = 1  # after the end of a view: changes nothing
    for view, into in zip(views, chances, strict=True):
        into[: len(view)] = np.exp(view)
    reached = np.zeros((len(views), *states.shape))
    reached[:, :, 0] = 1
    logs = np.zeros(reached.shape[:2])
    for step in range(steps):
        spread = reached.copy()
        spread[:, :, 1:] += reached[:, :, :-1]
        spread[:, :, 2:] += (reached * np.roll(skips, -2, axis=1))[:, :, :-2]
        reached = spread * chances[:, step][:, states]
        total = reached.sum(axis=2, keepdims=True)
        reached /= np.maximum(total, TINY)
        logs += np.log(np.maximum(total[:, :, 0], TINY))
    ends = 2 * np.array([len(number) for number in numbers])
    rows = np.arange(len(numbers))
    last = reached[:, rows, ends] + np.where(ends > 0, reached[:, rows, ends - 1], 0)
    with np.errstate(divide="ignore"):
        found: Logs = np.where(last > 0, logs + np.log(last), -np.inf)
    return found


def likeliest(answers: Logs, beams: int = BEAMS) -> list[tuple[int, ...]]:
    """The likeliest numbers, the likeliest first: prefix beam search (Hannun et al., arXiv:1408.2873).

    Args:
        answers: (steps, 11) float64, logarithms of probabilities.
        beams: numbers to follow, and to return at the most.
    """
    followed: dict[tuple[int, ...], tuple[float, float]] = {(): (1.0, 0.0)}  # ending in nothing, or in its last digit
    for step in np.exp(answers).tolist():
        likely = [digit for digit in range(10) if step[digit + 1] > LEAST]
        grown: dict[tuple[int, ...], list[float]] = {}
        for number, (nothing, digit) in followed.items():
            stays = grown.setdefault(number, [0.0, 0.0])
            stays[0] += (nothing + digit) * step[NOTHING]
            if number:
                stays[1] += digit * step[number[-1] + 1]
            for new in likely:
                before = nothing if number and new == number[-1] else nothing + digit
                grown.setdefault((*number, new), [0.0, 0.0])[1] += before * step[new + 1]
        best = sorted(grown, key=lambda number: -sum(grown[number]))[:beams]
        total = sum(sum(grown[number]) for number in best) or 1.0
        followed = {number: (grown[number][0] / total, grown[number][1] / total) for number in best}
    return list(followed)
