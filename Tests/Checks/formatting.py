"""Swift files look as `make format` leaves them."""

from support import FOLDERS, files, run


def check() -> str:
    options = ("--strict", "--parallel", "--recursive")
    run("swift", "format", "lint", *options, "Package.swift", *FOLDERS)
    return f"{1 + sum(1 for _ in files('.swift'))} Swift files as `make format` leaves them"
