"""Opening models with LiteRT, TensorFlow's runtime for models."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def opened(content: bytes) -> Any:
    """An interpreter of a model, on one thread: pages are shared out to processes.

    Raises:
        ValueError, RuntimeError: it is no model.
    """
    from ai_edge_litert.interpreter import Interpreter

    with silent_stderr():
        interpreter = Interpreter(model_content=content, num_threads=1)
        interpreter.allocate_tensors()
    return interpreter


@contextmanager
def silent_stderr() -> Iterator[None]:
    """Nothing is written to standard error meanwhile: LiteRT and TensorFlow announce themselves there."""
    kept = os.dup(2)
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
