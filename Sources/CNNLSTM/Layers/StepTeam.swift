import Kernels

/// The product of an LSTM's inputs and its kernel, where it stands for itself.
enum Projection {
  case none
  case product(MatrixProduct)
  case bytes(ByteProduct)
}

extension KernelTable {
  /// Steps of an LSTM, and before them the product of its inputs, as far as they concern some
  /// panels.
  func run(_ steps: LSTMSteps, after projection: Projection, panels: Range<Int>) {
    let first = panels.lowerBound
    switch projection {
    case .none: break
    case .bytes(var product):
      product.panels = panels.count
      product.b += first * product.depth * panelWidth
      product.scales += first * panelWidth
      product.offsets += first * panelWidth
      product.bias += first * panelWidth
      product.c += first * product.cPanelStride
      bytes?.multiply(product)
    case .product(var product):
      product.columns = panels.count * panelWidth
      product.b += first * product.bPanelStride
      product.c += first * product.cPanelStride
      product.bias = product.bias.map { $0 + first * panelWidth }
      if steps.format == .bfloat16 { multiplyBFloat16(product) } else { multiply(product) }
    }
    var steps = steps
    steps.panels = panels
    lstmForward(steps)
  }
}

/// The threads of a pool at the same LSTM steps, each on panels of its own. For few samples with
/// many weights: a step then reads its share of them from the cache of its core.
///
/// Behind each step they wait for each other without sleep, which is long if somebody else has one
/// of the cores. Then the next runs go without a team, twice as many each time.
final class StepTeam: PooledWork {
  private let pool: ThreadPool
  private let processor: Processor
  private let arrived: Buffer<Int32>
  private var restingRuns = 0
  private var nextRest = StepTeam.shortestRest
  private var job: (steps: LSTMSteps, projection: Projection, panels: Int)?

  /// - Throws: `.outOfMemory`
  init(_ pool: ThreadPool, _ processor: Processor) throws(Failure) {
    (self.pool, self.processor) = (pool, processor)
    arrived = try Buffer(count: 2)
  }

  /// Floats that must be read for a team to be faster than a thread alone: it takes time to wake.
  static var leastFloats: Int { 1 << 21 }

  private static var shortestRest: Int { 1 }
  private static var longestRest: Int { 4_096 }

  /// As `KernelTable.run`, for all panels. Takes no memory.
  func run(_ steps: LSTMSteps, after projection: Projection, panels: Int) {
    guard restingRuns == 0 else {
      restingRuns -= 1
      return processor.kernels.run(steps, after: projection, panels: 0..<panels)
    }
    var shared = steps
    shared.members = pool.isWhole ? min(pool.threadCount, panels) : 1
    arrived.pointer.update(repeating: 0, count: 2)
    shared.arrived = arrived.pointer
    job = (shared, projection, panels)
    // A part waits for the others, so all threads are at one each.
    pool.run(self, parts: shared.members)
    job = nil
    let waitedLong = arrived.pointer[1] != 0
    restingRuns = waitedLong ? nextRest : 0
    nextRest = waitedLong ? min(2 * nextRest, StepTeam.longestRest) : StepTeam.shortestRest
  }

  func perform(part: Int, worker: Int) {
    guard let (steps, projection, panels) = job else { return }
    let first = part * panels / steps.members
    let last = (part + 1) * panels / steps.members
    processor.kernels.run(steps, after: projection, panels: first..<last)
  }
}
