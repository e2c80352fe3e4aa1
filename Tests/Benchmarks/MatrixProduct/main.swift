// How much of a core's measured multiply-add peak the matrix product reaches, by instruction set.
import Foundation
import Kernels
import Peak

@testable import CNNLSTM

/// The least seconds of many runs.
func best(_ runs: Int, _ body: () -> Void) -> Double {
  var best = Double.infinity
  for _ in 0..<runs {
    let start = DispatchTime.now().uptimeNanoseconds
    body()
    best = min(best, Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9)
  }
  return best
}

func measure(_ features: CPUFeatures, _ multiplyAdds: (Int, Float) -> Float) throws {
  let (rows, columns, depth) = (240, 512, 128)
  let kernels = features.kernels
  let a = try FloatBuffer(count: rows * depth)
  let b = try FloatBuffer(count: kernels.packedCount(rows: depth, columns: columns))
  let c = try FloatBuffer(count: rows * columns)
  for i in 0..<a.count { a.pointer[i] = Float(i % 7) * 0.1 }
  for i in 0..<b.count { b.pointer[i] = Float(i % 5) * 0.1 }
  let product = MatrixProduct(
    rows: rows, columns: columns, depth: depth, a: a.pointer, aRowStride: depth, b: b.pointer,
    bPanelStride: depth * kernels.panelWidth, c: c.pointer, cRowStride: columns,
    cPanelStride: kernels.panelWidth)
  var sink: Float = 0
  // In turns, so that both see the same clock.
  var (peak, reached) = (0.0, 0.0)
  for _ in 0..<40 {
    let adds = best(5) { sink += multiplyAdds(100_000, 0.5) }
    peak = max(peak, Double(2 * 12 * kernels.lanes * 100_000) / adds * 1e-9)
    let time = best(20) { kernels.multiply(product) }
    reached = max(reached, Double(2 * rows * columns * depth) / time * 1e-9)
  }
  // The sum is used, so that no compiler leaves the additions out.
  let figures = String(
    format: "%.1f GFLOP/s of %.1f: %.1f %%", reached, sink.isNaN ? 0 : peak,
    100 * reached / peak)
  print("matrix product \(rows) x \(columns) x \(depth), \(features.name): \(figures)")
}

if CPUFeatures.best.rawValue >= CPUFeatures.avx2.rawValue {
  try measure(.avx2, peakMultiplyAdds8)
}
if CPUFeatures.best.rawValue >= CPUFeatures.avx512.rawValue {
  try measure(.avx512, peakMultiplyAdds16)
}
