"""The library, stripped, stays small, and README.md says how small it is."""

import re

from support import LIBRARY, ROOT, Failed

LIMIT = 800_000
# Megabytes by which README.md may be off: toolchains differ a little.
ALLOWED = 0.02


def check() -> str:
    size = LIBRARY.stat().st_size
    if size > LIMIT:
        raise Failed(f"{size:,} bytes, more than {LIMIT:,}")
    said = re.search(r"library on disk \| ([\d.]+) MB", (ROOT / "README.md").read_text("utf-8"))
    if said is None or abs(float(said[1]) - size / 1e6) > ALLOWED:
        raise Failed(f"README.md must say that the library on disk has {size / 1e6:.2f} MB")
    return f"{size:,} bytes of at most {LIMIT:,}"
