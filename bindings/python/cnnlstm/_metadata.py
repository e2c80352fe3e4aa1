"""A model's metadata as a dictionary."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping

from ._library import c_string, library, read_text
from ._native import NativeModel


class Metadata(MutableMapping[str, str]):
    """Free-form text by key, in order of key; changes go to the model at once.

    Keys have at most 256 bytes of UTF-8, values 1 MiB, and there are at most 1,024 pairs;
    ``ArgumentError`` or ``LimitError`` otherwise.
    """

    def __init__(self, native: NativeModel) -> None:
        self._native = native

    def __len__(self) -> int:
        return int(library.cnnlstm_model_metadata_count(self._native.handle))

    def __iter__(self) -> Iterator[str]:
        return iter([self._key(index) for index in range(len(self))])

    def __getitem__(self, key: str) -> str:
        for index, found in enumerate(self):
            if found == key:
                return read_text(library.cnnlstm_model_metadata_value, self._native.handle, index)
        raise KeyError(key)

    def __setitem__(self, key: str, value: str) -> None:
        library.cnnlstm_model_set_metadata(self._native.handle, c_string(key), c_string(value))

    def __delitem__(self, key: str) -> None:
        if key not in self:
            raise KeyError(key)
        library.cnnlstm_model_set_metadata(self._native.handle, c_string(key), None)

    def __repr__(self) -> str:
        return repr(dict(self))

    def replace(self, pairs: dict[str, str]) -> None:
        """These pairs and no others; after a failure the old ones."""
        old = dict(self)
        try:
            self.clear()
            self.update(pairs)
        except Exception:
            self.clear()
            self.update(old)
            raise

    def _key(self, index: int) -> str:
        return read_text(library.cnnlstm_model_metadata_key, self._native.handle, index)
