"""Exceptions, all of them :class:`CnnLstmError`: one for each status of the library, and more.

Each class is also the built-in exception that fits, so that ``except ValueError`` catches a wrong
shape and ``except OSError`` a broken file. The message is the library's own.
"""

from __future__ import annotations

__all__ = [
    "ArgumentError",
    "CnnLstmError",
    "DataError",
    "FileAccessError",
    "FileCorruptError",
    "FileError",
    "FileTruncatedError",
    "FileVersionError",
    "LimitError",
    "NotAModelError",
    "NotFiniteError",
    "OutOfMemoryError",
    "SelfTestError",
    "ShapeError",
    "StateError",
    "ThreadError",
    "UnsupportedError",
]


class CnnLstmError(Exception):
    """Whatever the library refuses or fails at."""


class ArgumentError(CnnLstmError, ValueError):
    """A value outside its range, or a name that does not exist."""


class ShapeError(CnnLstmError, ValueError):
    """A count, length or shape that does not fit the model."""


class StateError(CnnLstmError, RuntimeError):
    """The object is not ready for this call, such as ``fit`` before ``compile``."""


class DataError(CnnLstmError, ValueError):
    """A label out of range, or a value that is not finite."""


class LimitError(CnnLstmError, ValueError):
    """Larger than a limit of the library or of the caller."""


class OutOfMemoryError(CnnLstmError, MemoryError):
    """The system gave no memory."""


class ThreadError(CnnLstmError, RuntimeError):
    """The system gave no thread."""


class FileError(CnnLstmError, OSError):
    """A model file that cannot be read or written."""


class FileAccessError(FileError):
    """It cannot be opened, read, written or renamed."""


class NotAModelError(FileError):
    """It is not a cnnlstm model."""


class FileVersionError(FileError):
    """It is of a newer version, or needs what this library does not know."""


class FileTruncatedError(FileError):
    """It is shorter than it says it is."""


class FileCorruptError(FileError):
    """A checksum, an offset or a record in it is wrong."""


class SelfTestError(FileError):
    """Its model does not compute what it computed when it was saved."""


class NotFiniteError(CnnLstmError, ArithmeticError):
    """The loss became NaN or infinite; the weights are those of the last finite loss."""


class UnsupportedError(CnnLstmError, ValueError):
    """A Keras model holds a layer, an argument or an object that does not exist here."""


CLASS_OF_STATUS: dict[str, type[CnnLstmError]] = {
    "CNNLSTM_ERROR_NULL_POINTER": ArgumentError,
    "CNNLSTM_ERROR_ARGUMENT": ArgumentError,
    "CNNLSTM_ERROR_SHAPE": ShapeError,
    "CNNLSTM_ERROR_STATE": StateError,
    "CNNLSTM_ERROR_DATA": DataError,
    "CNNLSTM_ERROR_OPTIONS": ArgumentError,
    "CNNLSTM_ERROR_OUT_OF_MEMORY": OutOfMemoryError,
    "CNNLSTM_ERROR_THREAD": ThreadError,
    "CNNLSTM_ERROR_LIMIT": LimitError,
    "CNNLSTM_ERROR_FILE_ACCESS": FileAccessError,
    "CNNLSTM_ERROR_FILE_NOT_MODEL": NotAModelError,
    "CNNLSTM_ERROR_FILE_VERSION": FileVersionError,
    "CNNLSTM_ERROR_FILE_TRUNCATED": FileTruncatedError,
    "CNNLSTM_ERROR_FILE_CORRUPT": FileCorruptError,
    "CNNLSTM_ERROR_FILE_SELF_TEST": SelfTestError,
    "CNNLSTM_ERROR_NOT_FINITE": NotFiniteError,
}
