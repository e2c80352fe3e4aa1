"""The header compiles alone, as C99 and as C++."""

from support import run

TESTS = "Tests/CInterfaceTests"


def check() -> str:
    strict = ("-Wall", "-Wextra", "-pedantic", "-Werror", "-Iinclude", "-fsyntax-only")
    run("cc", "-std=c99", *strict, f"{TESTS}/header_c99.c")
    run("c++", "-std=c++11", *strict, f"{TESTS}/header_cxx.cpp")
    return "cnnlstm.h compiles alone as C99 and as C++11, without a warning"
