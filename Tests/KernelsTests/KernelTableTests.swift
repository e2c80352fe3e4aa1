import Kernels
import XCTest

/// What holds for all kernels of a table; what each computes has tests of its own.
final class KernelTableTests: XCTestCase {
  func testSizes() {
    forEachSet { kernels, set in
      XCTAssertTrue([4, 8, 16].contains(kernels.lanes), set)
      XCTAssertEqual(kernels.panelWidth, panelVectors * kernels.lanes, set)
    }
  }

  // A read or a write behind the last number would end these tests.

  func testVectorsStayInTheirMemory() {
    forEachLength { kernels, count, _ in
      let (x, y, z, m) = (Fenced(count), Fenced(count), Fenced(count), Fenced(count))
      kernels.add(x.pointer, y.pointer, count)
      kernels.addProduct(2, x.pointer, y.pointer, count)
      kernels.scale(2, x.pointer, y.pointer, count)
      kernels.multiplyElements(x.pointer, y.pointer, z.pointer, count)
      kernels.standardize(x.pointer, y.pointer, z.pointer, m.pointer, 1, count)
      kernels.addColumnSums(x.pointer, 1, count, count, y.pointer)
      XCTAssertFalse(kernels.dot(x.pointer, y.pointer, count).isNaN)
    }
  }

  func testActivationsAndOptimizersStayInTheirMemory() {
    forEachLength { kernels, count, _ in
      let (x, y, z, m) = (Fenced(count), Fenced(count), Fenced(count), Fenced(count))
      for kind in Elementwise.all {
        kernels.activate(kind, x.pointer, count)
        kernels.activateBackward(kind, x.pointer, x.pointer, y.pointer, count)
      }
      kernels.softmax(x.pointer, 1, count)
      kernels.softmaxBackward(x.pointer, y.pointer, 1, count)
      let adam = AdamStep(rate: 1, beta1: 0.5, beta2: 0.5, epsilon: 1, clip: 1)
      kernels.adam(adam, x.pointer, y.pointer, z.pointer, m.pointer, count)
      let sgd = SGDStep(rate: 1, momentum: 0.5, nesterov: true, clip: 1)
      kernels.sgd(sgd, x.pointer, y.pointer, z.pointer, count)
    }
  }

  func testPoolingAndPackingStayInTheirMemory() {
    forEachLength { kernels, count, _ in
      let pool = Pool(
        inputLength: 3, outputLength: 2, channels: count, size: 2, stride: 1, padding: 0)
      let (x, dx) = (Fenced(3 * count), Fenced(3 * count))
      let (y, dy) = (Fenced(2 * count), Fenced(2 * count))
      kernels.maxPool(pool, x.pointer, y.pointer)
      kernels.maxPoolBackward(pool, x.pointer, y.pointer, dy.pointer, dx.pointer)
      kernels.globalMaxPoolBackward(pool, x.pointer, y.pointer, dy.pointer, dx.pointer)
      kernels.averagePool(pool, x.pointer, y.pointer)
      for isTransposed in [false, true] {
        let target = Fenced(3 * count + 3)
        kernels.pack(
          PackedBlock(
            rows: 2, columns: count, paddedRows: 3, paddedColumns: count + 1, source: y.pointer,
            rowStride: isTransposed ? 1 : count, columnStride: isTransposed ? 2 : 1,
            target: target.pointer, targetStride: count + 1))
      }
    }
  }

  func testDepthwiseAndNormalizationsStayInTheirMemory() {
    forEachLength { kernels, count, _ in
      let shape = Depthwise(
        inputLength: 3, outputLength: 2, channels: count, size: 2, stride: 1, dilation: 1,
        padding: 0)
      let (x, dx, m) = (Fenced(3 * count), Fenced(3 * count), Fenced(count))
      let (y, kernel, moments) = (Fenced(2 * count), Fenced(2 * count), Fenced(6))
      kernels.depthwise(shape, x.pointer, kernel.pointer, m.pointer, y.pointer)
      kernels.depthwiseBackward(shape, y.pointer, kernel.pointer, dx.pointer)
      kernels.depthwiseKernelGradient(shape, x.pointer, y.pointer, kernel.pointer)
      kernels.columnSums(x.pointer, 3, count, m.pointer)
      kernels.columnSquares(x.pointer, m.pointer, 3, count, m.pointer)
      kernels.columnProducts(x.pointer, m.pointer, dx.pointer, 3, count, m.pointer)
      kernels.scaleAndShift(x.pointer, m.pointer, m.pointer, dx.pointer, 3, count)
      let factors = ColumnFactors(
        mean: m.pointer, scale: m.pointer, slope: m.pointer, shift: m.pointer)
      kernels.batchNormalizationBackward(x.pointer, dx.pointer, factors, dx.pointer, 3, count)
      let rows = NormalizedRows(
        rows: 3, width: count, epsilon: 1, gamma: m.pointer, beta: m.pointer,
        moments: moments.pointer)
      kernels.layerNormalization(rows, x.pointer, dx.pointer)
      kernels.layerNormalizationBackward(rows, x.pointer, x.pointer, dx.pointer, kernel.pointer)
    }
  }

  func testProductsStayInTheirMemory() {
    forEachSet { kernels, _ in
      let (width, depth) = (kernels.panelWidth, 5)
      for columns in 1...2 * width + 3 {
        let panels = (columns + width - 1) / width
        let (b, bias) = (Fenced(panels * depth * width), Fenced(columns))
        for rows in [1, 2, 6, 7] {
          let (a, c) = (Fenced(rows * depth), Fenced(rows * columns))
          var product = MatrixProduct(
            rows: rows, columns: columns, depth: depth, a: a.pointer, aRowStride: depth,
            b: b.pointer, bPanelStride: depth * width, c: c.pointer, cRowStride: columns,
            cPanelStride: width)
          for start in [MatrixProduct.Start.zero, .existing, .bias] {
            (product.start, product.bias) = (start, UnsafePointer(bias.pointer))
            kernels.multiply(product)
          }
        }
      }
    }
  }

  func testStepsStayInTheirMemory() {
    forEachLength { kernels, count, _ in
      for rows in [1, 7] {
        let units = count + 1
        let panels = (units + kernels.lanes - 1) / kernels.lanes
        let width = panels * kernels.lanes
        let recurrent = Fenced(panels * units * kernels.panelWidth)
        let (gates, cells) = (Fenced(2 * rows * 4 * width), Fenced(3 * rows * width))
        let (states, masked) = (Fenced(3 * rows * width), Fenced(3 * rows * width))
        let mask = Fenced(rows * width)
        var run = LSTMSteps(
          rows: rows, units: units, steps: 2, activation: .tanh, recurrentActivation: .sigmoid,
          recurrent: recurrent.pointer, gates: gates.pointer,
          gatesPanelStride: 2 * rows * kernels.panelWidth, states: states.pointer,
          stateStride: width, cells: cells.pointer, cellStride: rows * width)
        run.keepsGates = true
        for stepsBefore in 0...1 {
          run.stepsBefore = stepsBefore
          (run.maskedStates, run.mask) = (nil, nil)
          kernels.lstmForward(run)
          (run.maskedStates, run.mask) = (masked.pointer, UnsafePointer(mask.pointer))
          kernels.lstmForward(run)
        }
      }
    }
  }

  func testShortNumbersStayInTheirMemory() {
    forEachLength { kernels, count, _ in
      let width = (count + kernels.lanes - 1) / kernels.lanes * kernels.lanes
      for rows in [1, 2] {
        let (source, target) = (Fenced(rows * count), Fenced(rows * width / 2))
        kernels.roundToBFloat16(
          BFloat16Rows(
            rows: rows, width: count, source: source.pointer, target: target.shorts,
            targetStride: width))
        let b = Fenced(count * kernels.panelWidth)
        let (a, c) = (Fenced(rows * count), Fenced(rows * kernels.panelWidth))
        kernels.multiplyBFloat16(
          MatrixProduct(
            rows: rows, columns: kernels.panelWidth, depth: count, a: a.pointer, aRowStride: count,
            b: b.pointer, bPanelStride: 0, c: c.pointer, cRowStride: kernels.panelWidth,
            cPanelStride: 0))
      }
    }
  }

  func testStepsOfShortNumbersStayInTheirMemory() {
    forEachLength { kernels, count, _ in
      for (format, rows) in [(RecurrentFormat.bfloat16, 1), (.bfloat16, 7), (.int8, 1), (.int8, 7)]
      {
        let units = count + 1
        let width = (units + kernels.lanes - 1) / kernels.lanes * kernels.lanes
        let weights = 4 * width * ((units + 1) / 2)
        let recurrent = Fenced(format == .int8 ? weights / 2 : weights)
        let (gates, cells) = (Fenced(2 * rows * 4 * width), Fenced(rows * width))
        let (states, scales) = (Fenced(3 * rows * width), Fenced(4 * width))
        let short = Fenced(rows * width)
        var run = LSTMSteps(
          rows: rows, units: units, steps: 2, activation: .tanh, recurrentActivation: .sigmoid,
          recurrent: recurrent.pointer, gates: gates.pointer,
          gatesPanelStride: 2 * rows * kernels.panelWidth, states: states.pointer,
          stateStride: width, cells: cells.pointer, cellStride: 0)
        (run.format, run.shortStates) = (format, short.shorts)
        if format == .int8 { run.scales = UnsafePointer(scales.pointer) }
        for stepsBefore in 0...1 {
          run.stepsBefore = stepsBefore
          kernels.lstmForward(run)
        }
      }
    }
  }

  func testGatesStayInTheirMemory() {
    forEachSet { kernels, _ in
      for units in 1...kernels.lanes {
        let gates = Fenced(2 * kernels.panelWidth)
        let (old, new) = (Fenced(2 * kernels.lanes), Fenced(2 * kernels.lanes))
        let (state, above) = (Fenced(2 * units), Fenced(2 * units))
        let gradient = Fenced(2 * kernels.lanes)
        kernels.lstmGatesBackward(
          LSTMGatesBackward(
            rows: 2, units: units, activation: .tanh, recurrentActivation: .sigmoid,
            gates: gates.pointer, previousCell: old.pointer, cell: new.pointer,
            cellGradient: gradient.pointer, stateGradient: state.pointer,
            stateGradientStride: units, outputGradient: above.pointer,
            outputGradientStride: units))
      }
    }
  }
}

/// Floats, ones at first, that end where the memory of the process does.
private final class Fenced {
  let pointer: UnsafeMutablePointer<Float>
  private let pages: UnsafeMutableRawPointer
  private let size: Int

  init(_ count: Int) {
    let page = sysconf(Int32(_SC_PAGESIZE))
    let usable = (count * 4 + page) / page * page
    size = usable + page
    guard
      let pages = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      pages != MAP_FAILED, mprotect(pages + usable, page, PROT_NONE) == 0
    else { fatalError("no memory for a test") }
    self.pages = pages
    pointer = (pages + usable - count * 4).bindMemory(to: Float.self, capacity: max(count, 1))
    pointer.initialize(repeating: 1, count: count)
  }

  deinit { munmap(pages, size) }

  /// The same memory as twice as many short numbers.
  var shorts: UnsafeMutablePointer<Int16> {
    UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: Int16.self)
  }
}
