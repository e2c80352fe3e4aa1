import XCTest

@testable import CNNLSTM

final class WindowTests: XCTestCase {
  /// Every window lies in the padded input, and `valid` and `same` are as long as they say.
  func testLengthsAndPaddingFit() {
    for padding in Padding.allCases {
      for size in 1...4 {
        for (stride, dilation) in [(1, 1), (2, 1), (3, 1), (1, 2), (1, 3)] {
          let window = Window(size: size, stride: stride, dilation: dilation, padding: padding)
          for length in window.leastLength...12 {
            let outputs = window.outputLength(length)
            XCTAssertGreaterThanOrEqual(outputs, 1)
            let padded = window.paddedLength(length)
            XCTAssertLessThanOrEqual((outputs - 1) * stride + window.span, padded)
            XCTAssertLessThanOrEqual(window.paddingBefore(length), padded - length)
            if padding != .valid { XCTAssertEqual(outputs, (length + stride - 1) / stride) }
          }
        }
      }
    }
  }

  func testTheOddStepOfSameIsBehind() {
    let window = Window(size: 4, stride: 1, dilation: 1, padding: .same)
    XCTAssertEqual(window.paddingBefore(6), 1)
    XCTAssertEqual(window.paddedLength(6), 9)
    XCTAssertEqual(Window(size: 4, stride: 1, dilation: 1, padding: .valid).outputLength(3), 0)
  }
}
