import Foundation
import XCTest

@testable import CNNLSTM
@testable import Kernels

extension FixtureCase {
  /// The model of a case, with its weights.
  func model() throws -> Model {
    let model = Model()
    for layer in layers { try model.add(try layer.configuration()) }
    try model.build()
    XCTAssertEqual(model.network.layout.entries.map { $0.shape }, weightShapes, name)
    XCTAssertEqual(model.network.layout.entries.map { $0.isTrainable ? 1 : 0 }, trainable, name)
    try model.setWeights(weights.floats, count: weights.floats.count)
    return model
  }

  var sampleCount: Int { inputShape[0] }
  /// No case has dropout.
  var dropoutSeed: UInt64? { training == 1 ? 0 : nil }
  /// Time steps; `Shape.noTime` for vectors.
  var length: Int { inputShape.count == 3 ? inputShape[1] : Shape.noTime }

  /// Weights of which training changes some, from all.
  func trainable(_ all: [Float]) -> [Float] {
    var (result, offset): ([Float], Int) = ([], 0)
    for (shape, flag) in zip(weightShapes, trainable) {
      let count = shape.reduce(1, *)
      if flag == 1 { result += all[offset..<offset + count] }
      offset += count
    }
    return result
  }
}

extension FixtureLayer {
  func configuration() throws -> LayerConfiguration {
    let kind = try XCTUnwrap(LayerKind.named(kind == "Input" ? "InputLayer" : kind), kind)
    var configuration = LayerConfiguration(kind, name: name)
    for (name, option) in options {
      let field = try XCTUnwrap(Field.allCases.first { "\($0.name)" == name }, name)
      switch (option, configuration[field]) {
      case (.number(let number), .real): configuration[field] = .real(Float(number))
      case (.number(let number), _): configuration[field] = .integer(Int(number))
      case (.text(let text), _):
        let code =
          switch field {
          case .padding: Padding.named(text)?.rawValue
          case .mergeMode: MergeMode.named(text)?.rawValue
          default: Activation.named(text)?.rawValue
          }
        configuration[field] = .integer(Int(try XCTUnwrap(code, text)))
      }
    }
    for (name, numbers) in penalties ?? [:] {
      let field = try XCTUnwrap(Field.allCases.first { "\($0.name)" == name }, name)
      configuration[field] =
        name.hasSuffix("regularizer")
        ? .regularizer(Regularizer(l1: numbers[0], l2: numbers[1]))
        : .constraint(Constraint(maxNorm: numbers[0], axes: Int32(numbers[1])))
    }
    return configuration
  }
}

/// Forward and backward of a network on some samples, for tests.
final class NetworkRun {
  let network: Network
  let values: FloatBuffer
  private let packed: FloatBuffer
  private let workspace: Workspace
  private let states: States
  private let rows: Int
  private let length: Int

  init(
    _ network: Network, _ values: [Float], rows: Int, length: Int, features: CPUFeatures = .best
  ) throws {
    let processor = Processor(features)
    let plan = try Plan(
      network, rows: rows, length: length, isTraining: true, kernels: processor.kernels)
    (self.network, self.rows, self.length) = (network, rows, length)
    self.values = try FloatBuffer(count: values.count)
    self.values.pointer.update(from: values, count: values.count)
    packed = try FloatBuffer(count: plan.packedCount)
    workspace = try Workspace(network, plan, processor)
    states = try States(network, capacity: rows)
  }

  /// The output for inputs.
  func forward(_ inputs: [Float], dropoutSeed: UInt64? = nil) throws -> [Float] {
    workspace.pack(values.pointer, into: packed.pointer)
    workspace.input.update(from: inputs, count: inputs.count)
    let output = workspace.forward(
      workspace.input, rows: rows, length: length, values.pointer, packed.pointer,
      dropoutSeed: dropoutSeed, states: (states, row: 0))
    let count = rows * (try network.outputShape(inputLength: length).count)
    return Array(UnsafeBufferPointer(start: output, count: count))
  }

  /// The gradient of Σ output · outputGradient for all weights, after a `forward`.
  func backward(_ outputGradient: [Float]) throws -> [Float] {
    let gradients = try FloatBuffer(count: values.count)
    workspace.outputGradient.update(from: outputGradient, count: outputGradient.count)
    workspace.backward(values.pointer, packed.pointer, gradients.pointer)
    return Array(UnsafeBufferPointer(start: gradients.pointer, count: gradients.count))
  }
}

/// Fails unless two arrays agree: absolutely below 1, relative to the largest number above.
func assertClose(
  _ got: [Float], _ wanted: [Float], _ tolerance: Float, _ name: String,
  file: StaticString = #filePath, line: UInt = #line
) {
  XCTAssertEqual(got.count, wanted.count, name, file: file, line: line)
  let scale = max(1, wanted.map { $0.magnitude }.max() ?? 1)
  for (index, (a, b)) in zip(got, wanted).enumerated()
  where !((a - b).magnitude <= tolerance * scale) {
    XCTFail("\(name): number \(index) is \(a), should be \(b)", file: file, line: line)
    return
  }
}
