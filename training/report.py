"""How good a model is on data: figures for a machine, pictures for a person."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from sklearn.metrics import classification_report, confusion_matrix

from reader.digits.classifier import CLASSES, NOT_DIGIT, Classifier
from training.evaluate import calibration_error, digit_figures
from training.loading import DataSet

WORST = 60
"""Mistakes on the contact sheet, the surest first."""
COLUMNS, ENLARGED, CAPTION = 10, 3, 34
"""Of the contact sheet: mistakes in a row, how often each pixel is repeated, pixels of text below each."""
WRITTEN = ("figures.json", "confusion.png", "calibration.png", "rejection.png", "worst.png")
"""What a report consists of."""
BINS = 15
"""Of the calibration curve, as in its error (Guo et al., ICML 2017)."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a model says of one set of data.

    Attributes:
        name: of the data.
        crops: (n, 28, 28) uint8, 0 is paper.
        labels: (n,) uint8, 0 to 10.
        probabilities: (n, 11) float32.
        part: which of the images these are, in words.
    """

    name: str
    crops: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    probabilities: NDArray[np.float32]
    part: str

    def __post_init__(self) -> None:
        if not len(self.crops) == len(self.labels) == len(self.probabilities) or len(self.labels) == 0:
            raise ValueError(f"{self.name}: answers need images, and each its label and its probabilities")


def answers_on(classifier: Classifier, data: DataSet, learned: set[str]) -> Answers:
    """What a model says of a set that it has not learned from.

    Args:
        classifier: the model.
        data: its test part counts where it has one of its own or the model learned from the rest; else all of it.
        learned: hashes of what the model learned from.
    """
    only_test = data.own_test or data.sha256 in learned
    seen = data.testing if only_test else data.everything
    part = "its test part" if data.own_test else "what training held back" if only_test else "all of it"
    return Answers(data.name, seen.crops, seen.labels, classifier.probabilities(seen.crops), part)


def together(several: list[Answers]) -> Answers:
    """Several sets as one."""
    crops, labels = (np.concatenate([getattr(a, part) for a in several]) for part in ("crops", "labels"))
    return Answers("all", crops, labels, np.concatenate([a.probabilities for a in several]), "all sets")


def figures_of(several: list[Answers]) -> dict[str, Any]:
    """Accuracy and more by data set, and for all of them the report by digit, the confusions and the rejections."""
    whole = together(several)
    answer = whole.probabilities.argmax(axis=1)
    kept, wrong = rejection(whole)
    return {
        "sets": {a.name: {"part": a.part, **digit_figures(a.probabilities, a.labels)} for a in several},
        "all": digit_figures(whole.probabilities, whole.labels),
        "report": _report(whole, as_text=False),
        "confusion": {"rows": "truth", "columns": "answer", "classes": CLASSES,
                      "counts": confusion_matrix(whole.labels, answer, labels=range(len(CLASSES))).tolist()},
        "rejection": [{"rejected": round(1 - float(k), 5), "wrong": round(float(w), 6)}
                      for k, w in zip(kept[::-1], wrong[::-1], strict=True)],
    }  # fmt: skip


def report_of(several: list[Answers]) -> str:
    """scikit-learn's classification report on all sets together."""
    return str(_report(together(several), as_text=True))


def lines_of(figures: dict[str, Any]) -> str:
    """The figures of each set in a line."""
    lines = [f"{'data':40}{'n':>7}{'right':>9}{'sure':>9}{'wrong of sure':>15}{'calibration':>13}"]
    for name, one in {**figures["sets"], "all": figures["all"]}.items():
        where = f"{Path(name).name} ({one['part']})" if "part" in one else name
        lines.append(
            f"{where:40}{one['n']:7}{one['accuracy']:9.2%}{one['accepted']:9.2%}{one['wrong_among_accepted']:15.3%}"
            f"{one['calibration_error']:13.2%}"
        )
    return "\n".join(lines)


def _report(whole: Answers, as_text: bool) -> Any:
    there = sorted(set(whole.labels.tolist()) | set(range(NOT_DIGIT)))
    names = [CLASSES[i] for i in there]
    answer = whole.probabilities.argmax(axis=1)
    return classification_report(
        whole.labels, answer, labels=there, target_names=names, digits=4, zero_division=0, output_dict=not as_text
    )


def rejection(whole: Answers) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Share of the images kept, and share of wrong answers among them, as ever surer answers are asked for.

    Returns:
        Two (101,) arrays, from all images kept to the surest hundredth.
    """
    sure = whole.probabilities.max(axis=1)
    wrong = (whole.probabilities.argmax(axis=1) != whole.labels)[np.argsort(-sure)]
    counts = np.unique(np.maximum(1, np.linspace(0.01, 1, 100) * len(wrong)).round().astype(int))
    errors = np.cumsum(wrong)[counts - 1] / counts
    return counts / len(wrong), errors.astype(np.float64)


def write_report(several: list[Answers], figures: dict[str, Any], folder: Path) -> list[Path]:
    """Write figures.json and the pictures confusion, calibration, rejection and worst.png into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "figures.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    whole = together(several)
    _drawn(folder / "confusion.png", lambda axes: _confusion(axes, whole))
    _drawn(folder / "calibration.png", lambda axes: _calibration(axes, whole))
    _drawn(folder / "rejection.png", lambda axes: _rejection(axes, several))
    cv2.imwrite(str(folder / "worst.png"), worst_sheet(whole))
    return [
        folder / name for name in ("figures.json", "confusion.png", "calibration.png", "rejection.png", "worst.png")
    ]


def _drawn(path: Path, draw: Callable[[Axes], None]) -> None:
    figure = Figure(figsize=(7, 6), dpi=110, layout="constrained")
    draw(figure.add_subplot())
    figure.savefig(path)


def _confusion(axes: Axes, whole: Answers) -> None:
    counts = confusion_matrix(whole.labels, whole.probabilities.argmax(axis=1), labels=range(len(CLASSES)))
    axes.imshow(np.log1p(counts), cmap="Blues")
    for (row, column), count in np.ndenumerate(counts):
        if count:
            colour = "white" if np.log1p(count) > 0.6 * np.log1p(counts.max()) else "black"
            axes.text(column, row, str(count), ha="center", va="center", fontsize=8, color=colour)
    axes.set_xticks(range(len(CLASSES)), CLASSES, rotation=45)
    axes.set_yticks(range(len(CLASSES)), CLASSES)
    axes.set(xlabel="answer", ylabel="truth", title=f"Answers to {len(whole.labels)} images")


def _calibration(axes: Axes, whole: Answers) -> None:
    sure, right = whole.probabilities.max(axis=1), whole.probabilities.argmax(axis=1) == whole.labels
    which = np.minimum((sure * BINS).astype(int), BINS - 1)
    there = np.unique(which)
    said = [float(sure[which == b].mean()) for b in there]
    true = [float(right[which == b].mean()) for b in there]
    axes.plot([0, 1], [0, 1], color="gray", linestyle="--", label="a model that is as sure as it should be")
    axes.plot(
        said,
        true,
        marker="o",
        label=f"this one, expected error {calibration_error(whole.probabilities, whole.labels):.2%}",
    )
    for x, y, b in zip(said, true, there, strict=True):
        axes.annotate(str((which == b).sum()), (x, y), textcoords="offset points", xytext=(6, -10), fontsize=7)
    axes.set(xlabel="probability of the answer", ylabel="share of them right", title="Calibration (numbers: images)")
    axes.legend()


def _rejection(axes: Axes, several: list[Answers]) -> None:
    for one in several:
        kept, wrong = rejection(one)
        axes.plot(
            100 * (1 - kept), 1000 * wrong, marker=".", markersize=3, label=f"{Path(one.name).name} ({len(one.labels)})"
        )
    axes.set(xlabel="% of the images rejected, the least sure first", ylabel="wrong of 1,000 kept", ylim=(0, None))
    axes.set_title("Errors against rejection")
    axes.grid(alpha=0.3)
    axes.legend()


def worst_sheet(whole: Answers) -> NDArray[np.uint8]:
    """A contact sheet of the mistakes, the surest first: truth, answer and its probability below each."""
    answer, sure = whole.probabilities.argmax(axis=1), whole.probabilities.max(axis=1)
    wrong = np.flatnonzero(answer != whole.labels)
    worst = wrong[np.argsort(-sure[wrong])][:WORST]
    side = 28 * ENLARGED
    rows = max(1, -(-len(worst) // COLUMNS))
    sheet = np.full((rows * (side + CAPTION), COLUMNS * (side + 6)), 255, np.uint8)
    for place, i in enumerate(worst):
        top, left = (place // COLUMNS) * (side + CAPTION), (place % COLUMNS) * (side + 6)
        sheet[top : top + side, left : left + side] = 255 - np.kron(
            whole.crops[i], np.ones((ENLARGED, ENLARGED), np.uint8)
        )
        names = ["none" if n == NOT_DIGIT else str(n) for n in (int(whole.labels[i]), int(answer[i]))]
        for line, text in enumerate((f"{names[0]}, read {names[1]}", f"{sure[i]:.3f}")):
            at = (left + 4, top + side + 13 + 14 * line)
            cv2.putText(sheet, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.4, 0, 1, cv2.LINE_AA)
    if not len(worst):
        cv2.putText(sheet, "no mistakes", (10, 40), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 0, 1, cv2.LINE_AA)
    return sheet
