"""Runs the checks, or those named as arguments. Each prints a line of what it measured."""

import importlib
import sys

from support import Failed

CHECKS = (
    "headers", "exports", "dependencies", "size", "instructions", "versions", "examples",
    "layering", "twins", "limits", "words", "formatting",
)


def passes(check: str) -> bool:
    try:
        measured = importlib.import_module(check).check()
    except (Failed, OSError) as failure:
        print(f"FAILED  {check}\n  " + str(failure).replace("\n", "\n  "))
        return False
    print(f"ok      {check + ':':13} {measured}")
    return True


def main() -> int:
    checks = sys.argv[1:] or CHECKS
    results = [passes(check) for check in checks]
    print(f"{sum(results)} of {len(results)} checks passed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
