import Kernels

/// The activations; all but softmax work on one number at a time.
public enum Activation: Int32, Sendable, CaseIterable, Named {
  case linear = 0, relu, tanh, sigmoid, softmax
  case relu6, leakyRelu, elu, selu, gelu, silu, softplus, softsign, hardSigmoid, exponential

  public var name: StaticString {
    switch self {
    case .linear: "linear"
    case .relu: "relu"
    case .tanh: "tanh"
    case .sigmoid: "sigmoid"
    case .softmax: "softmax"
    case .relu6: "relu6"
    case .leakyRelu: "leaky_relu"
    case .elu: "elu"
    case .selu: "selu"
    case .gelu: "gelu"
    case .silu: "silu"
    case .softplus: "softplus"
    case .softsign: "softsign"
    case .hardSigmoid: "hard_sigmoid"
    case .exponential: "exponential"
    }
  }

  /// nil for softmax.
  var elementwise: Elementwise? { Elementwise(rawValue: rawValue) }

  /// Whether `backward` needs the sums that the activation was given, not its output alone.
  var needsSums: Bool { elementwise?.needsInput ?? false }

  /// Names for an error text: "linear, relu, … or exponential".
  static func names(softmax: Bool) -> Message {
    var text: Message = ""
    for activation in allCases where softmax || activation != .softmax {
      let separator: Message =
        activation == .linear ? "" : activation == allCases.last ? " or " : ", "
      text = "\(text)\(separator)\(activation.name)"
    }
    return text
  }
}

// What a layer with an activation of its own does with its output.
extension LayerRun {
  /// Elements of an input that has the shape of the output.
  func inputCount(_ shape: Shape) -> Int { rows * max(1, inputLength) * shape.channels }

  /// output ← φ(output), in rows of `width`.
  /// - Parameter sums: memory kept for `activateBackward`, as much as the output where
  ///   `needsSums`; used in training alone.
  func activate(_ activation: Activation, rows: Int, width: Int, sums: Floats) {
    if skipsActivation { return }
    if isTraining, activation.needsSums { sums.copy(from: output, count: rows * width) }
    kernels.activate(activation, output, rows: rows, width: width)
  }

  /// outputGradient ← outputGradient · φ′
  func activateBackward(
    _ activation: Activation, rows: Int, width: Int, sums: UnsafePointer<Float>
  ) {
    if skipsActivation { return }
    kernels.activateBackward(
      activation, sums, output, outputGradient, rows: rows, width: width)
  }
}

extension KernelTable {
  /// x ← φ(x), in rows of `width`
  func activate(_ activation: Activation, _ x: MutableFloats, rows: Int, width: Int) {
    if let elementwise = activation.elementwise {
      if elementwise != .linear { activate(elementwise, x, rows * width) }
    } else {
      softmax(x, rows, width)
    }
  }

  /// dy ← dy · φ′, from y = φ(x); x is read only where the activation needs its sums.
  func activateBackward(
    _ activation: Activation, _ x: Floats, _ y: Floats, _ dy: MutableFloats, rows: Int, width: Int
  ) {
    if let elementwise = activation.elementwise {
      if elementwise != .linear { activateBackward(elementwise, x, y, dy, rows * width) }
    } else {
      softmaxBackward(y, dy, rows, width)
    }
  }
}
