"""README.md says what the package supports."""

from __future__ import annotations

import importlib.util

from conftest import REPOSITORY


def test_the_table_is_that_of_the_package() -> None:
    script = REPOSITORY / "Tests" / "Checks" / "support_table.py"
    spec = importlib.util.spec_from_file_location("support_table", script)
    assert spec and spec.loader
    table = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(table)
    text = table.README.read_text(encoding="utf-8")
    assert table.BEGIN in text
    assert table.updated(text) == text, "run make support-table"
