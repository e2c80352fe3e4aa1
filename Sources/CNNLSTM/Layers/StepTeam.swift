import Kernels

/// The threads of a pool at the same LSTM steps, each on panels of its own. For few samples with
/// many weights: a step then reads its share of them from the cache of its core.
final class StepTeam: PooledWork {
  private let pool: ThreadPool
  private let processor: Processor
  private let arrived: Buffer<Int32>
  private var steps: LSTMSteps?
  private var panels = 0

  /// - Throws: `.outOfMemory`
  init(_ pool: ThreadPool, _ processor: Processor) throws(Failure) {
    (self.pool, self.processor) = (pool, processor)
    arrived = try Buffer(count: 1)
  }

  /// Floats that must be read for a team to be faster than a thread alone: it takes time to wake.
  static var leastFloats: Int { 1 << 21 }

  /// Takes no memory.
  func run(_ steps: LSTMSteps, panels: Int) {
    var shared = steps
    shared.members = pool.isWhole ? min(pool.threadCount, panels) : 1
    arrived.pointer.pointee = 0
    shared.arrived = arrived.pointer
    (self.steps, self.panels) = (shared, panels)
    // A part waits for the others, so all threads are at one each.
    pool.run(self, parts: shared.members)
    self.steps = nil
  }

  func perform(part: Int, worker: Int) {
    guard var steps else { return }
    steps.panels = part * panels / steps.members..<(part + 1) * panels / steps.members
    processor.kernels.lstmForward(steps)
  }
}
