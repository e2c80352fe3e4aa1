"""``from_keras``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .._layer import InputLayer, Layer
from .._values import FloatArray
from ..errors import CnnLstmError, FileCorruptError
from ..models import Sequential
from .chain import ChainOfLayers, Entry, chain_of
from .comparing import compared
from .compiling import compile_as
from .objects import Place, Refused, built, described
from .report import ImportedLayer, ImportReport
from .sources import Reader, Source, opened


def from_keras(source: Any, *, compile: bool = True, compare: bool = True) -> Sequential:
    """A model of Keras's as a model of this package; neither Keras nor TensorFlow is needed.

    Parameters
    ----------
    source : path, or Keras model
        A ``.keras`` file, a whole model in an ``.h5`` file of any Keras, or a model in memory:
        Sequential, or Functional if its layers are one chain. In place of a model among them stand
        its layers.
    compile : bool
        Compile it with the same optimizer and loss, if both exist here, and the metrics that do;
        the optimizer's moments start anew.
    compare : bool
        Where Keras is installed, let it predict random input too, and report the difference. This
        takes the seconds that Keras needs to start. Stateful models predict two batches.

    Returns
    -------
    Sequential, with an ``ImportReport`` of what was read and left out as ``import_report``.

    Raises ``UnsupportedError`` for a layer, an argument or an object that does not exist here, with
    the layer's name; ``FileAccessError``, ``NotAModelError`` or ``FileCorruptError`` for a file
    that cannot be read, or that links to anything outside of it. Code in a file is never run.

    Examples
    --------
    >>> model = cnnlstm.from_keras("model.keras")
    >>> print(model.import_report)
    """
    notes: list[str] = []
    with opened(source) as found:
        model = imported(found, notes)
        compiled = compile_as(model, found.compiled, notes) if compile else ""
    difference, comparison = float("nan"), "no, not asked for"
    if compare:
        difference, comparison = compared(model, source)
    layers = tuple(
        ImportedLayer(str(it.name), type(it).__name__, it.output_shape, it.count_params())
        for it in model.layers
    )
    model.import_report = ImportReport(
        *(found.text, layers, model.count_params(), compiled),
        *(tuple(dict.fromkeys(notes)), difference, comparison),
    )
    return model


def imported(source: Source, notes: list[str]) -> Sequential:
    """Layers and weights. The arrays are found in the file before memory is taken for them."""
    chain = chain_of(source.config, notes)
    model = layers_of(chain, source.version, notes)
    weights = weights_of(model, chain, source.read)
    try:
        model.set_weights(weights)
    except CnnLstmError as error:
        raise FileCorruptError(f"{source.text}: {error}") from error
    return model


def layers_of(chain: ChainOfLayers, version: str, notes: list[str]) -> Sequential:
    model = Sequential([InputLayer(tuple(chain.shape))])
    for entry, name in zip(chain.entries, unique_names(chain.entries)):
        place = Place(entry.text, len(model.output_shape), notes)
        if version.startswith("2."):
            check_activations(entry.config, place)
        try:
            if version.startswith("2."):
                check_activations(entry.config, place)
            model.add(layer_of(entry, name, place))
        except Refused:
            raise
        except (CnnLstmError, TypeError, ValueError) as error:
            raise place.refuse(str(error)) from error
    return model


def check_activations(config: Mapping[str, Any], place: Place) -> None:
    """Keras 2 and 3 mean two functions by one name."""
    for key, value in config.items():
        if key.endswith("activation") and value == "hard_sigmoid":
            raise place.refuse(
                f"{key}={value!r} of Keras 2 is not supported: it is 0.2 x + 0.5 between 0 and 1, "
                "here and in Keras 3 x / 6 + 0.5"
            )
        if key == "layer" and isinstance(value, Mapping):
            check_activations(value.get("config") or {}, place)


def unique_names(entries: Sequence[Entry]) -> list[str]:
    """Names of layers; with the model's before it, where layers of two models have the same."""
    counts = Counter(entry.name for entry in entries)
    return [it.name if counts[it.name] == 1 else "_".join(it.path) for it in entries]


def layer_of(entry: Entry, name: str, place: Place) -> Layer:
    config = {**entry.config, "name": name}
    if entry.class_name == "Bidirectional":
        config = without_mirror(config, place)
    layer = built({**entry.serialized, "config": config}, "layers", place)
    if not isinstance(layer, Layer):
        raise place.refuse(f"{entry.class_name} is no layer")
    return layer


def without_mirror(config: dict[str, Any], place: Place) -> dict[str, Any]:
    """A Bidirectional's arguments, the backward layer being that of the forward one turned round.

    Keras sets zero_output_for_mask in both by itself.
    """
    class_name, straight = described(config.get("layer"), place)
    straight.pop("zero_output_for_mask", None)
    config["layer"] = plain = {**config["layer"], "config": straight}
    backward = config.pop("backward_layer", None)
    if backward is None:
        return config
    other_class, mirrored = described(backward, place)
    mirrored.pop("zero_output_for_mask", None)
    backwards = straight.get("go_backwards", False)
    turned = mirrored.get("go_backwards", False) != backwards
    if not turned or (other_class, same_options(mirrored)) != (class_name, same_options(straight)):
        raise place.refuse("a backward_layer with other arguments is not supported")
    if backwards:
        config["backward_layer"] = {**plain, "config": {**straight, "go_backwards": False}}
    return config


def same_options(value: Any) -> Any:
    """Without the direction, names and the marks of shared objects."""
    if isinstance(value, dict):
        skipped = ("go_backwards", "name", "shared_object_id", "seed")
        return {key: same_options(it) for key, it in value.items() if key not in skipped}
    return value


def weights_of(model: Sequential, chain: ChainOfLayers, read: Reader) -> list[FloatArray]:
    """All arrays in the order of the model."""
    native = model._ready()
    infos = [native.weight_infos(index) for index in range(1, native.layer_count)]
    found: list[FloatArray] = []
    for index, arrays in enumerate(read(chain.entries, infos)):
        entry = chain.entries[index]
        if arrays is None and entry.has_values:
            arrays = [np.asarray(it, np.float32) for it in native.pending[index + 1]]
        if arrays is None:
            raise FileCorruptError(
                f"{entry.text} has no arrays in the file, not {len(infos[index])}"
            )
        found += arrays
    return found
