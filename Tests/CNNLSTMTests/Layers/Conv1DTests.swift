import XCTest

@testable import CNNLSTM

final class Conv1DTests: XCTestCase {
  private func conv(_ fields: KeyValuePairs<Field, Value>) -> LayerConfiguration {
    LayerConfiguration(.conv1D, fields)
  }

  func testShapes() throws {
    let cases: [(Int, Value, Int, Int, Int)] = [
      (3, .valid, 1, 1, 5), (3, .valid, 2, 1, 3), (3, .same, 2, 1, 4), (3, .same, 3, 1, 3),
      (3, .causal, 1, 2, 7), (3, .valid, 1, 3, 1), (7, .valid, 1, 1, 1), (9, .same, 1, 1, 7),
    ]
    for (size, padding, strides, dilation, length) in cases {
      let layer = conv([
        .filters: 4, .kernelSize: .integer(size), .padding: padding, .strides: .integer(strides),
        .dilationRate: .integer(dilation),
      ])
      XCTAssertEqual(try shape(layer), Shape(length: length, channels: 4))
    }
  }

  func testRefusals() {
    assertRefused(
      conv([.filters: 4, .kernelSize: 8]), "conv1d: needs at least 8 time steps, gets 7")
    assertRefused(
      conv([.filters: 4, .kernelSize: 3]), length: Shape.noTime,
      "conv1d: needs [time, channels], gets 3 numbers")
    assertRefused(
      conv([.filters: 4, .groups: 2]), "conv1d: groups must divide the 3 input channels, got 2")
    assertRefused(
      conv([.filters: 4, .groups: 3]), "conv1d: groups must divide the 4 filters, got 3")
    assertRefused(
      conv([.filters: 4, .strides: 2, .dilationRate: 2]),
      "conv1d: strides 2 and dilation_rate 2 cannot both be above 1")
    assertRefused(conv([.filters: 0]), "Conv1D: filters must be 1…65536, got 0")
  }

  /// Every padding with strides, dilations and groups; a layer in front needs the input gradient.
  func testValuesAndGradients() throws {
    for padding in [Value.valid, .same, .causal] {
      for (strides, dilation, groups) in [(1, 1, 1), (2, 1, 1), (3, 1, 2), (1, 2, 1), (1, 3, 2)] {
        let layer = conv([
          .filters: 6, .kernelSize: 3, .padding: padding, .strides: .integer(strides),
          .dilationRate: .integer(dilation), .groups: .integer(groups), .activation: .tanh,
        ])
        let front = LayerConfiguration(.dense, [.units: 4])
        try LayerCase([front, layer], rows: 3, length: 9)
          .check("\(padding) strides \(strides) dilation \(dilation) groups \(groups)")
      }
    }
  }

  /// (kernel_size - 1) dilation_rate steps of zeros in front, none behind: as in Keras, and no
  /// output sees a later input.
  func testCausalPaddingWithDilation() throws {
    try assertKerass(Fixtures.layers().filter { $0.name.hasPrefix("conv1d_causal_dilation") }, 2)
    let layer = conv([.filters: 1, .kernelSize: 2, .padding: .causal, .dilationRate: 3])
    let network = try LayerCase([layer], length: 5, channels: 1).network
    let run = try NetworkRun(network, [10, 1, 0.5], rows: 1, length: 5)
    XCTAssertEqual(try run.forward([1, 2, 3, 4, 5]), [1.5, 2.5, 3.5, 14.5, 25.5])
  }

  func testOddSizes() throws {
    for (filters, channels) in [(1, 1), (3, 2), (7, 5), (16, 9), (17, 17), (30, 1), (33, 5)] {
      for (length, rows) in [(1, 1), (4, 17)] {
        let layer = conv([.filters: .integer(filters), .kernelSize: 3, .padding: .same])
        try LayerCase([layer], rows: rows, length: length, channels: channels)
          .check("\(filters) filters, \(channels) channels, \(length) steps, \(rows) rows")
      }
    }
  }

  func testActivationsAndNoBias() throws {
    for activation in [Value.linear, .relu, .sigmoid, .softmax] {
      try LayerCase([conv([.filters: 5, .kernelSize: 2, .activation: activation, .useBias: 0])])
        .check("\(activation)")
    }
  }
}
