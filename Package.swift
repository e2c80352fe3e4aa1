// swift-tools-version: 6.0
import PackageDescription

/// CNNLSTM_EMBEDDED=1 builds what ships: Embedded Swift, no runtime, libc and libm alone.
/// Without it the same sources build as ordinary Swift, for XCTest and for `import CNNLSTM`.
let embedded = Context.environment["CNNLSTM_EMBEDDED"] == "1"

let common: [SwiftSetting] =
  embedded
  ? [
    .enableExperimentalFeature("Embedded"),
    .unsafeFlags([
      "-Xfrontend", "-function-sections", "-enforce-exclusivity=unchecked",
      "-Xfrontend", "-mergeable-traps", "-Xfrontend", "-disable-incremental-llvm-codegen",
    ]),
  ] : []

/// Everything but kernels is made small; the outliner shares what functions have in common.
let small: [SwiftSetting] =
  common + [.unsafeFlags(["-Osize", "-Xllvm", "-enable-machine-outliner=always"])]

func kernels(_ set: String, _ flags: [String], on base: [Target.Dependency] = []) -> Target {
  .target(
    name: "Kernels\(set)",
    dependencies: ["CVector", "Kernels"] + base,
    swiftSettings: common + [
      .unsafeFlags(["-Ounchecked"] + flags.flatMap { ["-Xcc", $0] })
    ])
}

let package = Package(
  name: "cnnlstm",
  products: [
    .library(name: "CNNLSTM", targets: ["CNNLSTM"]),
    .library(name: "cnnlstm", type: .dynamic, targets: ["CInterface"]),
  ],
  targets: [
    .systemLibrary(name: "CHeader", path: "include"),
    .target(
      name: "CPlatform",
      cSettings: [.unsafeFlags(["-Os", "-fno-asynchronous-unwind-tables", "-fvisibility=hidden"])]
        + (embedded ? [.define("CNNLSTM_EMBEDDED")] : [])),
    .target(name: "CVector"),
    .target(
      name: "Kernels",
      dependencies: ["CVector"],
      swiftSettings: common + [.unsafeFlags(["-Ounchecked"])]),
    kernels("SSE2", []),
    kernels("AVX2", ["-mavx2", "-mfma"]),
    kernels("AVX512", ["-march=x86-64-v4"]),
    kernels(
      "AVX512BF16", ["-march=x86-64-v4", "-mavx512bf16", "-mavx512vnni"], on: ["KernelsAVX512"]),
    .target(
      name: "CNNLSTM",
      dependencies: [
        "CPlatform", "Kernels", "KernelsSSE2", "KernelsAVX2", "KernelsAVX512",
        "KernelsAVX512BF16",
      ],
      exclude: ["Storage/FORMAT.md"],
      swiftSettings: small),
    .target(
      name: "CInterface",
      dependencies: ["CNNLSTM", "CHeader"],
      exclude: ["exports.map"],
      swiftSettings: small,
      linkerSettings: embedded
        ? [
          .unsafeFlags([
            "-Xlinker", "-soname", "-Xlinker", "libcnnlstm.so.1",
            "-Xlinker", "--version-script=Sources/CInterface/exports.map",
            "-Xlinker", "-z", "-Xlinker", "defs", "-Xlinker", "--gc-sections", "-Xlinker",
            "--icf=all", "-Xlinker", "--ignore-data-address-equality",
            // Unloaded, it would leave its key of thread-specific data behind.
            "-Xlinker", "-z", "-Xlinker", "nodelete",
            "-use-ld=lld", "-lm",
          ])
        ] : []),
    .target(
      name: "Peak", path: "Tests/Benchmarks/Peak", cSettings: [.unsafeFlags(["-O3"])]),
    .executableTarget(
      name: "MatrixProductBenchmark",
      dependencies: ["CNNLSTM", "Kernels", "Peak"],
      path: "Tests/Benchmarks/MatrixProduct", swiftSettings: [.unsafeFlags(["-enable-testing"])]),
    .testTarget(name: "KernelsTests", dependencies: ["CNNLSTM"]),
    .testTarget(name: "CNNLSTMTests", dependencies: ["CNNLSTM"]),
  ])
