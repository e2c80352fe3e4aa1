"""Files of a model: this library's own, Keras's, and pickles."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Union, cast

from . import _structures as structures
from ._library import initialized, library
from ._native import NativeModel
from ._training import Compiled, Training
from ._values import INT64_MAX, integer
from .errors import ArgumentError, FileAccessError, NotAModelError, ShapeError

if TYPE_CHECKING:
    from ._chain import Chain
    from ._conversion import ConversionReport
    from ._keras.report import ImportReport
    from .models import Sequential

    Base = Chain
else:
    Base = object

Path = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]


class Files(Base):
    """What ``Sequential`` writes and reads."""

    if TYPE_CHECKING:
        _training: Training | None
        conversion_report: ConversionReport | None
        import_report: ImportReport | None

        def _check_trainable(self) -> None: ...

    def save(self, path: Path, overwrite: bool = True) -> None:
        """Writes weights, layers, labels and metadata to one file.

        Parameters
        ----------
        path : str or path
            One that ends in ``.keras`` is written as ``to_keras`` does, for ``from_keras``;
            every other as this library's own file, for ``load_model``. ``.h5`` and ``.hdf5`` are
            refused, so that no file is of another kind than its name says.
        overwrite : bool
            Whether the path may exist; nobody is asked.

        Raises ``FileAccessError`` (an ``OSError``), which leaves an old file as it was.
        """
        ending = os.path.splitext(os.fsdecode(path))[1].lower()
        if ending in (".h5", ".hdf5"):
            raise ArgumentError(
                f"{ending} files are Keras's and not written here: let the name end in .keras for "
                "a file that Keras reads, or in anything else for one of cnnlstm"
            )
        check_overwrite(path, overwrite)
        if ending == ".keras":
            self.to_keras(path)
        else:
            self._ready().save(encoded(path))

    def to_keras(self, path: Path, *, batch_size: int | None = None) -> None:
        """Writes a ``.keras`` file that Keras 3 loads: layers, weights, and how it is compiled.

        Labels and metadata are not in it. The optimizer starts anew, and Keras warns of that. A
        model with a stateful layer takes batches of one size in Keras, ``batch_size``; others take
        any. Needs h5py.

        Raises ``FileAccessError``, which leaves an old file as it was; ``StateError`` for a model
        that ``convert`` made.
        """
        from ._keras.writing import write

        self._check_trainable()
        self._ready().ensure_built()
        compiled = None if self._training is None else self._training.compiled
        write(cast("Sequential", self), encoded(path), compiled, batch_size)

    def save_weights(self, path: Path, overwrite: bool = True) -> None:
        """Writes this library's own file, from which ``load_weights`` takes the weights.

        It is that whatever its name, also for ``.weights.h5``, which Keras asks for: Keras reads
        what ``to_keras`` writes.
        """
        check_overwrite(path, overwrite)
        self._ready().save(encoded(path))

    def load_weights(self, path: Path) -> None:
        """Takes the weights of a file that ``save``, ``save_weights`` or ``save_checkpoint`` wrote.

        Raises ``ShapeError`` if its model has weights of other shapes, and a ``FileError``:
        ``NotAModelError`` for a file of Keras's, which ``from_keras`` reads.
        """
        found, own = loaded(path), self._ready()
        shapes = [[info.shape for info in it.weight_infos()] for it in (found, own)]
        if shapes[0] != shapes[1]:
            raise ShapeError(f"the file has weights of shapes {shapes[0]}, the model {shapes[1]}")
        own.set_flat_weights(found.flat_weights())

    def __getstate__(self) -> dict[str, Any]:
        """For pickle and copy: a file's content, and what ``compile`` was told."""
        return {
            "content": None if self._native is None else self._native.to_bytes(),
            "layers": self._layers if self._native is None else [],
            "seed": self._seed,
            "name": self.name,
            "compiled": None if self._training is None else self._training.compiled,
            "conversion_report": self.conversion_report,
            "import_report": self.import_report,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._begin(state["seed"])
        self.name = state["name"]
        self._layers = state["layers"]
        if state["content"] is not None:
            self._adopt(NativeModel.from_bytes(state["content"]))
        if state["compiled"] is not None:
            self._training = Training(Compiled(*state["compiled"]))
        self.conversion_report = state["conversion_report"]
        self.import_report = state["import_report"]



def loaded(
    path: Path, skip_self_test: bool = False, limits: Mapping[str, int | None] | None = None
) -> NativeModel:
    """The library's model in a file; limits are members of its options, None for its own."""
    options = initialized(structures.LoadOptions, library.cnnlstm_load_options_init)
    options.skip_self_test = bool(skip_self_test)
    for name, limit in (limits or {}).items():
        if limit is not None:
            setattr(options, name, integer(name, limit, INT64_MAX, least=0))
    try:
        return NativeModel.load(encoded(path), options)
    except NotAModelError as error:
        if is_of_keras(path):
            name = os.fsdecode(path)
            raise NotAModelError(f"{name} is a Keras file: use cnnlstm.from_keras") from error
        raise


def is_of_keras(path: Path) -> bool:
    """Whether a file begins as an archive or as HDF5, as Keras's do."""
    with open(path, "rb") as stream:
        return stream.read(8).startswith((b"PK\x03\x04", b"\x89HDF\r\n\x1a\n"))


def check_overwrite(path: Path, overwrite: bool) -> None:
    if not overwrite and os.path.exists(path):
        raise FileAccessError(f"{os.fsdecode(path)} exists, and overwrite is False")


def encoded(path: Path) -> bytes:
    """A path for C."""
    encoded = os.fsencode(path)
    if 0 in encoded:
        raise ValueError(f"a path holds a zero byte: {path!r}")
    return encoded
