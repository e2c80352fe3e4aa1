"""The checks themselves: each finds what it is there to find."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import dependencies
import exports
import instructions
import layering
import limits
import versions
import words
from support import Failed, code, require

DISASSEMBLY = """
0000000000001000 <plain>:
    1000:\tf3 0f 58 c1          \taddss  %xmm1,%xmm0
    1004:\tc5 fc 58 c1          \tvaddps %ymm1,%ymm0,%ymm0
0000000000002000 <KernelsAVX2.wide>:
    2000:\tc4 e2 7d b8 c1       \tvfmadd231ps %ymm1,%ymm0,%ymm0
    2005:\t62 f1 7c 48 58 c1    \tvaddps %zmm1,%zmm0,%zmm0
    200b:\tc5 f8 92 c8          \tkmovw  %eax,%k1
0000000000003000 <KernelsAVX512.wider>:
    3000:\t62 f1 7c 48 58 c1    \tvaddps %zmm1,%zmm0,%zmm0
    3006:\tc5 f8 77             \tvzeroupper
    3009:\t62 f2 7e 48 52 c1    \tvdpbf16ps %zmm1,%zmm0,%zmm0
0000000000004000 <KernelsAVX512BF16.short>:
    4000:\t62 f2 7d 48 52 c1    \tvpdpwssd %zmm1,%zmm0,%zmm0
"""


class Checks(unittest.TestCase):
    def test_code_has_no_comments_and_strings(self):
        self.assertEqual(code('a "b // c" // d\n/* e\n*/ f').split(), ["a", "f"])

    def test_require(self):
        require([])
        self.assertRaises(Failed, require, ["problem"])

    def test_exports(self):
        header = "/* f(cnnlstm_no()) */ int cnnlstm_a(void);\ntypedef int (*cnnlstm_t)(int);"
        self.assertEqual(exports.declared(header), {"cnnlstm_a"})
        found = exports.compare({"cnnlstm_a"}, {"swift_retain"})
        self.assertEqual(len(found), 2)

    def test_dependencies(self):
        text = " (NEEDED)  Shared library: [libm.so.6]\n (NEEDED)  Shared library: [libx.so]"
        self.assertEqual(dependencies.needed(text), {"libm.so.6", "libx.so"})
        self.assertEqual(dependencies.newest_glibc("GLIBC_2.9 GLIBC_2.34 GLIBC_2.2.5"), (2, 34))

    def test_instructions(self):
        found = instructions.stray(instructions.levels(DISASSEMBLY))
        self.assertEqual(
            found,
            [
                "1 AVX instructions in plain",
                "2 AVX-512 instructions in KernelsAVX2.wide",
                "1 BF16 or VNNI instructions in KernelsAVX512.wider",
            ],
        )

    def test_layering(self):
        texts = {folder: {} for folder in layering.FOLDERS}
        texts["Base"]["Base.swift"] = "struct Shape {} // Trainer\nlet a = b.Run, c: Writer, run"
        texts["Storage"]["Writer.swift"] = "final class Writer {}\nfunc write() { Trainer() }"
        texts["Training"]["Trainer.swift"] = "@x(y) public struct Trainer {}\nfunc f(_: Shape) {}"
        texts["Network"]["Network.swift"] = "private enum Shape {}\nfunc run() {}"
        self.assertEqual(
            layering.upward(texts),
            ["Base.swift uses Writer of Storage", "Writer.swift uses Trainer of Training"],
        )

    def test_imports(self):
        text = "@testable import A\nimport struct B.C\n// import D\npublic import E\n"
        self.assertEqual(layering.IMPORT.findall(code(text)), ["A", "B", "E"])

    def test_limits_swift(self):
        text = 'protocol P { func a() }\nfunc b(\n  c: Int\n) -> Int {\n  "}"\n}\ninit() { x() }\n'
        found = [*limits.brace_functions(text, swift=True)]
        self.assertEqual(found, [("func b", 2, 5), ("init", 7, 1)])

    def test_limits_c_and_python(self):
        text = "struct s {\n  int a;\n};\nstatic int f(int a,\n    int b) {\n  if (a) {\n  }\n}\n"
        self.assertEqual([*limits.brace_functions(text, swift=False)], [("f", 4, 5)])
        found = [*limits.python_functions('def f():\n  """d"""\n  pass\n')]
        self.assertEqual(found, [("f", 1, 2)])

    def test_versions(self):
        pattern = next(it for path, it, _ in versions.NAMED_IN if path == "README.md")
        found = versions.named("cnnlstm 0.9.0, cnnlstm-1.0.0-py3", pattern)
        self.assertEqual(found, {"0.9.0", "1.0.0"})

    def test_words(self):
        unfinished = "TO" + "DO"
        self.assertEqual(words.found(f"a\n// {unfinished}: b", words.ANYWHERE), [(2, unfinished)])
        text = "x.print(a); fatalError(); try! y(); func printed()"
        found = [word for _, word in words.found(text, words.IN_SOURCES)]
        self.assertEqual(found, ["fatalError(", "try!"])


if __name__ == "__main__":
    unittest.main()
