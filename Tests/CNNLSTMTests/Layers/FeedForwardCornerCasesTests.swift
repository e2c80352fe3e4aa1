import XCTest

@testable import CNNLSTM

/// What Keras does at the edges of layers that have no state over time, by the names of fixtures.
final class FeedForwardCornerCasesTests: XCTestCase {
  /// Those whose names begin so.
  private func assertKerass(
    _ start: String, _ count: Int, file: StaticString = #filePath, line: UInt = #line
  ) throws {
    let fixtures = try Fixtures.layers() + Fixtures.feedForward()
    try CNNLSTMTests.assertKerass(
      fixtures.filter { $0.name.hasPrefix(start) }, count, file: file, line: line)
  }

  func testUnevenSamePaddingWithStrides() throws {
    try assertKerass("conv1d_same_length_", 24)
    try assertKerass("depthwise_conv1d_same_length_", 10)
    try assertKerass("separable_conv1d_same_length_", 10)
    try assertKerass("max_pooling1d_same_pool_2_strides_3", 2)
    try assertKerass("max_pooling1d_same_pool_3_strides_2", 2)
    try assertKerass("average_pooling1d_same_pool_2_strides_3", 2)
  }

  func testStridesAndDilationTogether() throws {
    for padding in ["valid", "same"] {
      try assertKerass("depthwise_conv1d_\(padding)_strides_2_dilation_2", 2)
      try assertKerass("separable_conv1d_\(padding)_strides_3_dilation_2", 2)
    }
  }

  func testAWindowLongerThanTheInput() throws {
    try assertKerass("depthwise_conv1d_same_kernel_longer", 1)
    try assertKerass("separable_conv1d_same_dilation_longer", 1)
    try assertKerass("average_pooling1d_pool_longer_same", 1)
  }

  func testAveragePoolingCountsNoPadding() throws {
    try assertKerass("average_pooling1d_same_pool_3", 6)
  }

  func testGlobalMaxPoolingSharesTheGradientOfTies() throws {
    try assertKerass("global_max_pooling1d_ties", 1)
  }

  func testBatchNormalizationInTraining() throws {
    try assertKerass("batch_training_", 13)
  }

  func testBatchNormalizationInInference() throws {
    try assertKerass("batch_normalization_", 10)
  }

  func testBatchNormalizationOfOneRowHasNoVariance() throws {
    try assertKerass("batch_training_one_row", 1)
  }

  func testBatchNormalizationFarFrom0() throws {
    try assertKerass("batch_training_far_from_0", 1)
  }

  func testAFrozenBatchNormalizationIsInferenceInTraining() throws {
    try assertKerass("batch_training_not_trainable", 1)
  }

  func testReshapeInfersASize() throws {
    try assertKerass("reshape_0_3", 1)
    try assertKerass("reshape_8_0", 1)
    try assertKerass("reshape_any_length", 1)
  }

  func testCroppingLeavesOneStep() throws {
    try assertKerass("cropping1d_leaves_one", 1)
  }
}
