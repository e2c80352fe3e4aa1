"""The layers of a Sequential model, or of a Functional one that is a plain chain, in order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ..errors import FileCorruptError
from .objects import Place, check_dtype, described

# What Keras adds to a Functional model to say which steps are masked; Masking says it here.
MASK_OPERATIONS = ("NotEqual", "Any")
MODELS = ("Sequential", "Functional", "Model")


class Entry(NamedTuple):
    """A layer in a file: serialized, its name, and the group its weights are in.

    ``path`` is the names of the models it is in, below the outermost one, and its own.
    """

    serialized: Mapping[str, Any]
    class_name: str
    path: tuple[str, ...]
    group: str

    @property
    def name(self) -> str:
        return self.path[-1]

    @property
    def config(self) -> dict[str, Any]:
        return dict(self.serialized.get("config", {}))

    @property
    def text(self) -> str:
        return f"layer {'/'.join(self.path)!r} ({self.class_name})"

    @property
    def has_values(self) -> bool:
        """Whether a Normalization has its values as arguments, not as arrays."""
        return self.config.get("mean") is not None

    def within(self, model: Entry) -> Entry:
        """The layer of a model that is a layer itself."""
        group = f"{model.group}/layers/{self.group}"
        return self._replace(path=(*model.path, *self.path), group=group)


class ChainOfLayers(NamedTuple):
    """``shape`` is that of one sample, such as [None, 6]."""

    shape: list[Any]
    entries: list[Entry]


def chain_of(model: Any, notes: list[str]) -> ChainOfLayers:
    """The chain that a model's configuration describes."""
    place = Place("the model", 0, notes)
    class_name, config = described(model, place)
    if class_name not in MODELS:
        raise place.refuse(f"{class_name} is neither Sequential nor Functional")
    entries = leaves(class_name, config, place)
    if not entries:
        raise place.refuse("it has no layers")
    shape = input_shape(config, entries[0], notes)
    rest = [entry for entry in entries if entry.class_name != "InputLayer"]
    return ChainOfLayers(shape, rest)


def leaves(class_name: str, config: Mapping[str, Any], place: Place) -> list[Entry]:
    """The layers of a model in order; in place of a model among them its layers."""
    entries = entries_of(config)
    if class_name != "Sequential":
        entries = ordered(config, entries, place)
    found: list[Entry] = []
    for index, entry in enumerate(entries):
        if entry.class_name == "InputLayer" and index > 0:
            raise place._replace(text=entry.text).refuse("a second input is not supported")
        if entry.class_name not in MODELS:
            found.append(entry)
            continue
        inner = leaves(entry.class_name, entry.config, place._replace(text=entry.text))
        found += [each.within(entry) for each in inner]
        place.notes.append(f"{entry.text}: its layers are those of the model itself")
    return found


def entries_of(config: Mapping[str, Any]) -> list[Entry]:
    """All layers in the file's order, with the groups Keras makes of their classes."""
    layers = config.get("layers")
    if not isinstance(layers, list):
        raise FileCorruptError("the model's configuration holds no list of layers")
    counts: dict[str, int] = {}
    entries = []
    for index, layer in enumerate(layers):
        place = Place(f"layer {index}", 0, [])
        class_name, layer_config = described(layer, place)
        name = layer_config.get("name", layer.get("name", class_name))
        if not isinstance(name, str):
            raise FileCorruptError(f"the name of layer {index} is no text")
        entries.append(Entry(layer, class_name, (name,), group_name(class_name, counts)))
    return entries


def group_name(class_name: str, counts: dict[str, int]) -> str:
    """Such as "conv1d", "conv1d_1": by class, whatever the layer's own name is."""
    base = snake_case(class_name)
    if base not in counts:
        counts[base] = 0
        return base
    counts[base] += 1
    return f"{base}_{counts[base]}"


def snake_case(name: str) -> str:
    """Keras's: Conv1D is conv1d, PReLU p_re_lu, SimpleRNN simple_rnn."""
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def input_shape(config: Mapping[str, Any], first: Entry, notes: list[str]) -> list[Any]:
    """Shape of one sample; a fixed number of samples is noted."""
    place = Place(first.text, 0, notes)
    shape = (
        first.config.get("batch_shape")
        or first.config.get("batch_input_shape")
        or config.get("build_input_shape")
    )
    if not isinstance(shape, (list, tuple)) or len(shape) not in (2, 3):
        raise place.refuse(
            f"the input must be (samples, length, channels) or (samples, features), got {shape!r}"
        )
    if first.class_name == "InputLayer":
        check_dtype(first.config.get("dtype"), place)
    if shape[0] is not None:
        notes.append(f"{first.text}: takes any number of samples, not only {shape[0]!r}")
    return list(shape[1:])


def ordered(config: Mapping[str, Any], entries: list[Entry], place: Place) -> list[Entry]:
    """The entries from the input to the output; ``UnsupportedError`` unless it is one chain."""
    by_name = {entry.name: entry for entry in entries}
    start = end_of(config, "input_layers", by_name, place)
    at = end_of(config, "output_layers", by_name, place)
    layers = [entry for entry in entries if entry.class_name not in MASK_OPERATIONS]
    found: list[Entry] = []
    while len(found) <= len(layers):
        if at not in by_name:
            raise FileCorruptError(f"the configuration names a layer {at!r} that is not in it")
        found.append(by_name[at])
        if at == start:
            break
        at = source(by_name[at], by_name)
    if len(found) != len(layers):
        raise place.refuse("its layers are not one chain from one input to one output")
    return found[::-1]


def is_only_output(name: str, call: Any, output: Any, by_name: Mapping[str, Entry]) -> bool:
    """Of a layer that is called once. Keras 2 counts from 1 for a model: it was called before."""
    entry = by_name.get(name)
    is_model = entry is not None and entry.class_name in MODELS
    return output == 0 and (call == 0 or (call == 1 and is_model))


def end_of(config: Mapping[str, Any], key: str, by_name: Mapping[str, Entry], place: Place) -> str:
    """The name in ``["name", 0, 0]`` or ``[["name", 0, 0]]``."""
    end = config.get(key)
    if isinstance(end, list) and len(end) == 1 and isinstance(end[0], list):
        end = end[0]
    parts = end if isinstance(end, list) and len(end) == 3 else ("", None, None)
    name, call, output = str(parts[0]), parts[1], parts[2]
    if not is_only_output(name, call, output, by_name):
        raise place.refuse(f"{key} must name one layer, got {end!r}")
    return name


def source(entry: Entry, by_name: Mapping[str, Entry]) -> str:
    """The one layer whose output an entry takes."""
    place = Place(entry.text, 0, [])
    nodes = entry.serialized.get("inbound_nodes")
    if not isinstance(nodes, list) or len(nodes) != 1:
        raise place.refuse("it must be called once, with one input")
    node = nodes[0]
    inputs, keywords = node, {}
    if isinstance(node, Mapping):
        inputs, keywords = node.get("args"), dict(node.get("kwargs") or {})
    check_mask(keywords.pop("mask", None), by_name, place)
    sources = [*histories(inputs), *histories(keywords)]
    for name, value in keywords.items():
        if value not in (None, False) or isinstance(value, float):
            raise place.refuse(f"it is called with {name}={value!r}, which is not supported")
    if len(sources) != 1:
        raise place.refuse(f"it has {len(sources)} inputs; one is supported")
    if not is_only_output(*sources[0], by_name):
        raise place.refuse("its input must be the output of a layer that is called once")
    return sources[0][0]


def check_mask(mask: Any, by_name: Mapping[str, Entry], place: Place) -> None:
    """A mask may only be what a Masking layer before makes of itself."""
    for name, _, _ in histories(mask):
        made_by = by_name.get(name)
        if made_by is None or made_by.class_name not in (*MASK_OPERATIONS, "Masking"):
            raise place.refuse(f"a mask from {name!r} is not supported")
    if mask is not None and not any(each.class_name == "Masking" for each in by_name.values()):
        raise place.refuse("a mask without a Masking layer is not supported")


def histories(value: Any) -> Iterator[tuple[str, Any, Any]]:
    """Every (layer, call, output) that a node refers to, in either generation's notation."""
    if isinstance(value, Mapping):
        history = value.get("keras_history")
        if isinstance(history, (list, tuple)) and len(history) == 3:
            yield str(history[0]), history[1], history[2]
        else:
            for item in value.values():
                yield from histories(item)
    elif isinstance(value, (list, tuple)):
        if len(value) in (3, 4) and isinstance(value[0], str) and isinstance(value[1], int):
            yield value[0], value[1], value[2]
            if len(value) == 4 and value[3]:
                yield "a keyword", None, None
        else:
            for item in value:
                yield from histories(item)
