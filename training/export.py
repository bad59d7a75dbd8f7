"""A trained Keras model -> the LiteRT file and the sidecar that the reader uses.

    python -m training.export runs/model --output reader/digits/model/digits.tflite

This is the one place of the project that needs TensorFlow itself, to convert.
"""

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any

import keras

from reader.digits.crops import SIZE

BATCH = 4
"""Crops at a time, fixed in the file: of 1, 4, 8, 16, 32 and 64 fastest for 60 crops, and quick for one."""
CLASSES = [*"0123456789", "not_digit"]


def export(model: keras.Model, output: Path, temperature: float, record: dict[str, Any]) -> None:
    """Write the model as LiteRT and its sidecar .json beside it, each whole or not at all.

    Args:
        model: crops (n, 28, 28, 1) float32, 0 to 1 -> logits (n, 11).
        output: the .tflite file.
        temperature: the logits are divided by it before the softmax.
        record: how it was trained and what was measured, for the sidecar.
    """
    import tensorflow as tf

    inputs = keras.Input(batch_shape=(BATCH, SIZE, SIZE, 1), name="crops")
    converter = tf.lite.TFLiteConverter.from_keras_model(keras.Model(inputs, model(inputs)))
    content = converter.convert()
    sidecar = {
        "name": f"{model.name}-{hashlib.sha256(content).hexdigest()[:8]}",
        "parameters": model.count_params(),
        "classes": CLASSES,
        "temperature": round(temperature, 4),
        "input": f"({BATCH}, 28, 28, 1) float32, crops as reader.digits.crops.crop makes them, divided by 255",
        "output": f"({BATCH}, 11) float32 logits",
        **record,
    }
    output.parent.mkdir(parents=True, exist_ok=True)
    for path, whole in (
        (output, content),
        (output.with_suffix(".json"), (json.dumps(sidecar, indent=2) + "\n").encode()),
    ):
        part = path.with_suffix(path.suffix + ".part")
        part.write_bytes(whole)
        part.replace(path)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="the folder that training.train wrote: model.keras and record.json")
    parser.add_argument(
        "--output", type=Path, required=True, help="the .tflite file to write; its .json goes beside it"
    )
    arguments = parser.parse_args()
    about = json.loads((arguments.run / "record.json").read_text("utf-8"))
    temperature = about.pop("temperature")
    model = keras.saving.load_model(arguments.run / "model.keras")
    export(model, arguments.output, temperature, {"trained": about})


if __name__ == "__main__":
    main()
