// What training asks of single arrays of weights: regularizers and constraints.
extension ParameterLayout {
  var hasRegularizers: Bool { entries.contains { $0.isTrainable && !$0.regularizer.isNone } }

  /// The sum of all penalties l1 · Σ |w| + l2 · Σ w², in Double; of trainable weights alone, as in
  /// Keras.
  func penalty(_ weights: UnsafePointer<Float>) -> Double {
    var sum = 0.0
    for entry in entries where entry.isTrainable && !entry.regularizer.isNone {
      var (magnitudes, squares) = (0.0, 0.0)
      for i in entry.offset..<entry.offset + entry.count {
        magnitudes += Double(weights[i].magnitude)
        squares += Double(weights[i]) * Double(weights[i])
      }
      sum += Double(entry.regularizer.l1) * magnitudes + Double(entry.regularizer.l2) * squares
    }
    return sum
  }

  /// gradient += l1 · sign w + 2 · l2 · w
  func addPenaltyGradient(
    _ weights: UnsafePointer<Float>, _ gradient: UnsafeMutablePointer<Float>
  ) {
    for entry in entries where entry.isTrainable && !entry.regularizer.isNone {
      let (l1, l2) = (entry.regularizer.l1, entry.regularizer.l2)
      for i in entry.offset..<entry.offset + entry.count {
        let w = weights[i]
        gradient[i] += (w > 0 ? l1 : w < 0 ? -l1 : 0) + 2 * l2 * w
      }
    }
  }

  /// Keeps every array to its constraint.
  func constrain(_ weights: UnsafeMutablePointer<Float>) {
    for entry in entries where entry.isTrainable && !entry.constraint.isNone {
      entry.constrain(weights + entry.offset)
    }
  }
}

extension ParameterLayout.Entry {
  /// w ← w · min(norm, max_norm) / (1e-7 + norm), for each norm over the constraint's axes: those
  /// are gone through for every place on the others.
  fileprivate func constrain(_ weights: UnsafeMutablePointer<Float>) {
    var (kept, summed): ([Axis], [Axis]) = ([], [])
    var stride = count
    for (axis, size) in shape.enumerated() {
      stride /= size
      let isSummed = constraint.axes >> Int32(axis) & 1 == 1
      if isSummed { summed.append(Axis(size, stride)) } else { kept.append(Axis(size, stride)) }
    }
    for place in 0..<kept.places {
      let start = weights + kept.offset(place)
      var squares: Float = 0
      for i in 0..<summed.places {
        let w = start[summed.offset(i)]
        squares += w * w
      }
      let norm = squares.squareRoot()
      let factor = min(norm, constraint.maxNorm) / (1e-7 + norm)
      for i in 0..<summed.places { start[summed.offset(i)] *= factor }
    }
  }
}

/// An axis of an array: its size, and floats from one element to the next.
private struct Axis {
  let size, stride: Int
  init(_ size: Int, _ stride: Int) { (self.size, self.stride) = (size, stride) }
}

extension [Axis] {
  fileprivate var places: Int { reduce(1) { $0 * $1.size } }

  /// Where a place, counted through all axes, lies.
  fileprivate func offset(_ place: Int) -> Int {
    var (rest, offset) = (place, 0)
    for axis in reversed() {
      offset += rest % axis.size * axis.stride
      rest /= axis.size
    }
    return offset
  }
}
