import Foundation

@testable import CNNLSTM

// Recurrent layers in Double.
extension PlainNetwork {
  /// A layer of one or both directions.
  /// - Parameter mask: nil where all steps count
  func recurrent(
    _ layer: LayerConfiguration, _ x: Steps, _ w: [[Double]], _ mask: [Bool]?
  ) -> Steps {
    let counts = mask ?? x.map { _ in true }
    let merge = MergeMode(rawValue: Int32(layer.integer(.mergeMode))) ?? .none
    let backwards = layer.flag(.goBackwards)
    guard merge != .none else { return direction(layer, x, w, counts, backwards: backwards) }
    let half = w.count / 2
    let first = direction(layer, x, Array(w[..<half]), counts, backwards: backwards)
    let second = direction(layer, x, Array(w[half...]), counts, backwards: !backwards)
      .reversed()
    return zip(first, second).map { a, b in
      switch merge {
      case .concat, .none: a + b
      case .sum: zip(a, b).map { $0 + $1 }
      case .mul: zip(a, b).map { $0 * $1 }
      case .ave: zip(a, b).map { ($0 + $1) / 2 }
      }
    }
  }

  private func direction(
    _ layer: LayerConfiguration, _ x: Steps, _ w: [[Double]], _ counts: [Bool], backwards: Bool
  ) -> Steps {
    let units = layer.integer(.units)
    var (h, c) = ([Double](repeating: 0, count: units), [Double](repeating: 0, count: units))
    var outputs: Steps = []
    let zeroes = layer.integer(.mergeMode) != 0 && layer.flag(.returnSequences)
    let all = Array(zip(x, counts))
    for (step, counts) in backwards ? all.reversed() : all {
      guard counts else {
        outputs.append(zeroes ? h.map { _ in 0 } : h)
        continue
      }
      switch layer.kind {
      case .gru: h = gru(layer, step, h, w)
      case .simpleRNN:
        h = activate(
          layer.activation(.activation),
          add(product(step, w[0], units, w.dropFirst(2).first), product(h, w[1], units, nil)))
      default: (h, c) = lstm(layer, step, h, c, w)
      }
      outputs.append(h)
    }
    return layer.flag(.returnSequences) ? outputs : [h]
  }

  private func add(_ a: [Double], _ b: [Double]) -> [Double] { zip(a, b).map { $0 + $1 } }

  private func lstm(
    _ layer: LayerConfiguration, _ x: [Double], _ h: [Double], _ c: [Double], _ w: [[Double]]
  ) -> (h: [Double], c: [Double]) {
    let units = layer.integer(.units)
    let sums = add(
      product(x, w[0], 4 * units, w.count > 2 ? w[2] : nil), product(h, w[1], 4 * units, nil))
    func gate(_ number: Int, _ field: Field) -> [Double] {
      activate(layer.activation(field), Array(sums[number * units..<(number + 1) * units]))
    }
    let (i, f) = (gate(0, .recurrentActivation), gate(1, .recurrentActivation))
    let (candidate, o) = (gate(2, .activation), gate(3, .recurrentActivation))
    let next = (0..<units).map { f[$0] * c[$0] + i[$0] * candidate[$0] }
    let activated = activate(layer.activation(.activation), next)
    return ((0..<units).map { o[$0] * activated[$0] }, next)
  }

  private func gru(
    _ layer: LayerConfiguration, _ x: [Double], _ h: [Double], _ w: [[Double]]
  ) -> [Double] {
    let (units, after) = (layer.integer(.units), layer.flag(.resetAfter))
    let columns = 3 * units
    let bias = w.dropFirst(2).first
    let input = product(x, w[0], columns, bias.map { Array($0[..<columns]) })
    let recurrent = product(
      h, w[1], columns, after ? bias.map { Array($0[columns...]) } : nil)
    func gate(_ number: Int) -> [Double] {
      let part = number * units..<(number + 1) * units
      return activate(
        layer.activation(.recurrentActivation), add(Array(input[part]), Array(recurrent[part])))
    }
    let (z, r) = (gate(0), gate(1))
    let last =
      after
      ? (0..<units).map { r[$0] * recurrent[2 * units + $0] }
      : Array(product((0..<units).map { r[$0] * h[$0] }, w[1], columns, nil)[(2 * units)...])
    let candidate = activate(
      layer.activation(.activation), add(Array(input[(2 * units)...]), last))
    return (0..<units).map { z[$0] * h[$0] + (1 - z[$0]) * candidate[$0] }
  }
}
