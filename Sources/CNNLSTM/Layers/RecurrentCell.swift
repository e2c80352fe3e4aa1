import Kernels

/// What one time step of a recurrent layer computes, without the layer's walk through time: see
/// `CellLayer`. Gates are [row][gate][units], in Keras's order.
protocol RecurrentCell: AnyObject, Sendable {
  /// Gates, which the kernels have beside each other.
  var gateCount: Int { get }
  /// Gates whose recurrent products belong together: the parts in which the recurrent kernel is
  /// packed.
  var parts: [Range<Int>] { get }
  /// Whether steps need `CellStep.reset`.
  var resets: Bool { get }
  /// next ← f(gates, state), where gates are input · kernel + bias; gates ← activated.
  func advance(_ step: CellStep)
  /// gates ← the gradients of their sums, of dnext in `gradient`; `gradient` ← its part that goes
  /// straight to the state, and `passed` ← that which goes there through the recurrent product.
  func retreat(_ step: CellStep, _ gradient: LayerRun.Floats, _ passed: LayerRun.Floats)
  /// What the recurrent product of a part takes, and the gradient of its sums, for steps from one
  /// on; and the floats from a row to the next.
  func operand(_ part: Int, _ step: CellStep) -> (rows: UnsafePointer<Float>, stride: Int)
  func sumGradient(_ part: Int, _ step: CellStep) -> (rows: UnsafePointer<Float>, stride: Int)
}

/// One time step of a layer, for all rows.
struct CellStep {
  let run: LayerRun
  let rows: Int
  let layer: CellLayer
  let packed: CellLayer.Packed
  /// [row][gate][units]
  let gates: LayerRun.Floats
  /// [row][units], of the cell's own.
  let reset: LayerRun.Floats
  /// [row][units]: the state before the step, as products take it, and after it.
  let state, maskedState: UnsafePointer<Float>
  let next: LayerRun.Floats

  var kernels: KernelTable { run.kernels }

  /// c [rows, gates of a part], a row every `stride` floats, += a [rows, units] · recurrent kernel
  func addProduct(
    _ part: Int, _ a: UnsafePointer<Float>, to c: LayerRun.Floats, stride: Int,
    bias: UnsafePointer<Float>? = nil
  ) {
    var product = MatrixProduct(
      rows: rows, columns: layer.cell.parts[part].count * layer.units, depth: layer.units, a: a,
      aRowStride: layer.units, b: packed.recurrent[part],
      bPanelStride: layer.units * kernels.panelWidth, c: c, cRowStride: stride,
      cPanelStride: kernels.panelWidth)
    product.start = .existing
    if let bias { (product.start, product.bias) = (.bias, bias) }
    kernels.multiply(product)
  }

  /// c [rows, units] ← or += gradients of a part's sums · recurrent kernelᵀ
  func passBack(_ part: Int, to c: LayerRun.Floats, adds: Bool) {
    let gates = layer.cell.parts[part].count * layer.units
    let sums = layer.cell.sumGradient(part, self)
    var product = MatrixProduct(
      rows: rows, columns: layer.units, depth: gates, a: sums.rows, aRowStride: sums.stride,
      b: packed.transposedRecurrent[part], bPanelStride: gates * kernels.panelWidth, c: c,
      cRowStride: layer.units, cPanelStride: kernels.panelWidth)
    product.start = adds ? .existing : .zero
    kernels.multiply(product)
  }
}
