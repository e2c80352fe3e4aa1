"""The library, stripped, stays small."""

from support import LIBRARY, Failed

LIMIT = 800_000


def check() -> str:
    size = LIBRARY.stat().st_size
    if size > LIMIT:
        raise Failed(f"{size:,} bytes, more than {LIMIT:,}")
    return f"{size:,} bytes of at most {LIMIT:,}"
