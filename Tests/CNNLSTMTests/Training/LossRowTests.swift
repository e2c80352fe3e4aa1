import Kernels
import XCTest

@testable import CNNLSTM

final class LossRowTests: XCTestCase {
  /// Loss and gradient of one row.
  static func evaluate(
    _ loss: Loss, _ outputs: [Float], _ targets: [Float], _ options: LossOptions = LossOptions()
  ) -> (loss: Float, gradient: [Float]) {
    var gradient = outputs
    let sums = gradient.withUnsafeMutableBufferPointer { gradient in
      outputs.withUnsafeBufferPointer { outputs in
        targets.withUnsafeBufferPointer { targets in
          loss.evaluate(
            LossRows(
              rows: 1, channels: outputs.count, outputs: outputs.baseAddress!, logitActivation: nil,
              targets: targets.baseAddress!, labels: nil, classWeights: nil, divisor: 1,
              options: options),
            gradient: gradient.baseAddress!, CPUFeatures.best.kernels)
        }
      }
    }
    return (Float(sums.loss), gradient)
  }

  /// The gradient of every loss and option is that of differences.
  func testGradientsAreThoseOfDifferences() {
    let (outputs, targets): ([Float], [Float]) = ([0.31, 0.52, 0.17], [0.2, 0.75, 0.05])
    for loss in Loss.allCases where !loss.takesLabels {
      for (fromLogits, smoothing) in [(false, Float(0)), (true, 0), (false, 0.25), (true, 0.25)] {
        var options = LossOptions()
        (options.fromLogits, options.labelSmoothing) = (fromLogits, smoothing)
        (options.appliesClassBalancing, options.gamma, options.delta) = (smoothing > 0, 1.5, 0.2)
        guard (try? options.check(loss)) != nil else { continue }
        let gradient = Self.evaluate(loss, outputs, targets, options).gradient
        for channel in outputs.indices {
          var (above, below) = (outputs, outputs)
          above[channel] += 1e-2
          below[channel] -= 1e-2
          let difference =
            (Self.evaluate(loss, above, targets, options).loss
              - Self.evaluate(loss, below, targets, options).loss) / 2e-2
          XCTAssertEqual(
            gradient[channel], difference, accuracy: 3e-3, "\(loss.name) \(options)")
        }
      }
    }
  }

  func testSmoothedTargetsDoNotChangeWhatIsRight() {
    var options = LossOptions()
    options.labelSmoothing = 1
    XCTAssertEqual(
      Self.evaluate(.categoricalCrossentropy, [0.25, 0.75], [0, 1], options).loss,
      -0.5 * (logf(0.25) + logf(0.75)), accuracy: 1e-6)
  }

  func testOptionsThatALossDoesNotHave() {
    var options = LossOptions()
    options.fromLogits = true
    XCTAssertThrowsError(try options.check(.mse)) {
      XCTAssertEqual(($0 as? Failure)?.text, "mse has no from_logits")
    }
    options = LossOptions()
    options.labelSmoothing = 0.1
    XCTAssertThrowsError(try options.check(.sparseCategoricalCrossentropy))
    options.labelSmoothing = 1.5
    XCTAssertThrowsError(try options.check(.categoricalCrossentropy)) {
      XCTAssertEqual(($0 as? Failure)?.text, "label_smoothing must be 0…1, got 1.5")
    }
  }
}
