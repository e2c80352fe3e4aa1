import XCTest

@testable import CNNLSTM

final class WeightRoundingTests: XCTestCase {
  private let types: [WeightType] = [.bfloat16, .int8]

  private func floats(_ buffer: FloatBuffer) -> [Float] {
    Array(UnsafeBufferPointer(start: buffer.pointer, count: buffer.count))
  }

  private func buffer(_ values: [Float]) throws -> FloatBuffer {
    let buffer = try FloatBuffer(count: values.count)
    for (i, value) in values.enumerated() { buffer.pointer[i] = value }
    return buffer
  }

  private func rounded(
    _ network: Network, _ values: [Float], _ type: WeightType
  ) throws -> [Float] {
    let buffer = try buffer(values)
    try network.layout.round(buffer.pointer, to: type)
    return floats(buffer)
  }

  func testKernelsAloneAreRounded() throws {
    let network = try everyKind().network
    let values = (0..<network.layout.count).map { 0.01 + Float($0) / 3 }
    let kernels = network.layout.entries.filter { $0.isKernel }
    XCTAssertEqual(
      Set(kernels.map { "\($0.name)" }),
      ["kernel", "recurrent_kernel", "depthwise_kernel", "pointwise_kernel"])
    for type in types {
      let result = try rounded(network, values, type)
      for entry in network.layout.entries {
        let range = entry.offset..<entry.offset + entry.count
        let isSame = Array(result[range]) == Array(values[range])
        XCTAssertEqual(isSame, !entry.isKernel, "\(entry.name)")
        XCTAssertEqual(entry.weightType(in: type), entry.isKernel ? type : .float32)
      }
    }
    XCTAssertEqual(try rounded(network, values, .float32), values)
  }

  func testRoundedWeightsStayAsTheyAre() throws {
    let model = try seedModel()
    for type in types {
      let once = try rounded(model.network, try model.allWeights, type)
      XCTAssertNotEqual(once, try model.allWeights)
      let twice = try rounded(model.network, once, type)
      XCTAssertEqual(twice.map { $0.bitPattern }, once.map { $0.bitPattern })
    }
  }

  /// bfloat16 by 2^-9 of the weight at most, int8 by half a 127th of the largest of its channel.
  func testErrors() throws {
    let model = try seedModel()
    let values = try model.allWeights
    let (short, byte) = (
      try rounded(model.network, values, .bfloat16), try rounded(model.network, values, .int8)
    )
    for entry in model.network.layout.entries where entry.isKernel {
      let kernel = Array(values[entry.offset..<entry.offset + entry.count])
      let scales = try entry.scales(kernel)
      XCTAssertEqual(scales.count, entry.shape.last)
      for (i, value) in kernel.enumerated() {
        let (place, half) = (entry.offset + i, scales.pointer[i % entry.channels] / 2)
        XCTAssertLessThanOrEqual((short[place] - value).magnitude, value.magnitude * 0x1p-8)
        XCTAssertLessThanOrEqual((byte[place] - value).magnitude, half * 1.000_01)
      }
    }
  }

  /// Each output channel has a scale of its own, the last axis.
  func testChannels() throws {
    let network = try LayerCase([LayerConfiguration(.dense, [.units: 3, .useBias: 0])]).network
    let kernel: [Float] = [1, 0.01, 0, -127, 0.02, 0, 63.4, -0.03, 0]
    let scales = try XCTUnwrap(network.layout.entries.first).scales(kernel)
    XCTAssertEqual(floats(scales), [1, Quantization.scale(largest: 0.03), 0])
    let result = try rounded(network, kernel, .int8)
    XCTAssertEqual([result[0], result[3], result[6]], [1, -127, 63])
    XCTAssertEqual(result[7], -127 * scales.pointer[1])
    XCTAssertEqual([result[2], result[5], result[8]], [0, 0, 0])
  }

  func testWhichNetworksHaveKernels() throws {
    XCTAssertTrue(try everyKind().network.layout.hasKernels)
    XCTAssertFalse(
      try LayerCase([LayerConfiguration(.normalization)]).network.layout.hasKernels)
  }

  /// A scale for each channel and multiple of it, not one for the last axis, which is often 1.
  func testADepthwiseKernelHasAScaleForEveryOutputChannel() throws {
    let network = try LayerCase(
      [
        LayerConfiguration(
          .depthwiseConv1D, [.kernelSize: 2, .depthMultiplier: 2, .useBias: 0])
      ], channels: 3
    ).network
    XCTAssertEqual(network.layout.entries[0].channels, 6)
    let values: [Float] = [1000, 1, 0.001, 10, 100, 0.01, -500, 0.25, 0.0005, 3, -7, 0.002]
    let result = try rounded(network, values, .int8)
    for (got, value) in zip(result, values) {
      XCTAssertEqual(got, value, accuracy: value.magnitude / 20)
    }
  }
}
