/// Samples of different lengths, in parts of one length each: a part is computed as a batch of its
/// length, so that a sample's numbers are the very bits of the sample alone. The longest come
/// first, equal ones in the order they have.
///
/// Memory is taken at creation, 16 bytes a sample.
final class LengthOrder {
  /// Some samples of one length.
  struct Part {
    /// Their first place in the order.
    let first: Int
    let rows: Int
    let length: Int
  }

  /// Above a place: what the sample lacks of the longest length. Below: its position.
  private let keys: Buffer<Int>
  /// Where each part begins, and the last one ends.
  private let starts: Buffer<Int>
  private(set) var partCount = 0

  private static var positionBits: Int { 20 }

  /// - Parameter capacity: samples, at most 2^20
  /// - Throws: `.outOfMemory`
  init(capacity: Int) throws(Failure) {
    keys = try Buffer(count: capacity)
    starts = try Buffer(count: capacity + 1)
  }

  /// Orders `count` samples and cuts them into parts of at most `rows`.
  /// - Parameter length: that of the sample at a position
  func arrange(count: Int, rows: Int, length: (Int) -> Int) {
    var isSorted = true
    for position in 0..<count {
      let lack = Shape.longest - length(position)
      keys.pointer[position] = lack << LengthOrder.positionBits | position
      if position > 0, keys.pointer[position] < keys.pointer[position - 1] { isSorted = false }
    }
    if !isSorted { sort(count) }
    partCount = 0
    var first = 0
    while first < count {
      starts.pointer[partCount] = first
      partCount += 1
      let (wanted, last) = (self.length(first), min(count, first + rows))
      repeat { first += 1 } while first < last && self.length(first) == wanted
    }
    starts.pointer[partCount] = count
  }

  func part(_ index: Int) -> Part {
    let first = starts.pointer[index]
    return Part(first: first, rows: starts.pointer[index + 1] - first, length: length(first))
  }

  /// Where the sample at a place of the order was.
  func position(_ place: Int) -> Int {
    keys.pointer[place] & (1 << LengthOrder.positionBits - 1)
  }

  private func length(_ place: Int) -> Int {
    Shape.longest - keys.pointer[place] >> LengthOrder.positionBits
  }

  /// Heapsort: it takes no memory. Keys are all different.
  private func sort(_ count: Int) {
    for root in stride(from: count / 2 - 1, through: 0, by: -1) { sink(root, count) }
    for end in stride(from: count - 1, to: 0, by: -1) {
      (keys.pointer[0], keys.pointer[end]) = (keys.pointer[end], keys.pointer[0])
      sink(0, end)
    }
  }

  private func sink(_ root: Int, _ count: Int) {
    var root = root
    while 2 * root + 1 < count {
      var child = 2 * root + 1
      if child + 1 < count, keys.pointer[child] < keys.pointer[child + 1] { child += 1 }
      guard keys.pointer[root] < keys.pointer[child] else { return }
      (keys.pointer[root], keys.pointer[child]) = (keys.pointer[child], keys.pointer[root])
      root = child
    }
  }
}
