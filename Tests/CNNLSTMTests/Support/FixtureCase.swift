import Foundation

/// One case of the reference values in Tests/Fixtures, which Keras made.
///
/// Fixtures/README.md says what each field is. A case has those of its file only:
/// layers.json, feed_forward.json, activations.json, recurrent.json, stateful.json and masking.json
/// `output…` and the gradients;
/// losses.json also `loss…`; optimizers.json, training.json and batch_statistics.json
/// `optimizer…`, `fit` and what training
/// gave. All arrays are flat, row-major.
struct FixtureCase: Decodable, Sendable {
  let name: String
  let layers: [FixtureLayer]
  let inputShape: [Int]
  let input: FixtureValues

  /// All weights in the order of Keras's `get_weights`, and the shape of each array of them.
  let weights: FixtureValues
  let weightShapes: [[Int]]
  /// 1 for each array of weights that training changes, else 0.
  let trainable: [Int]

  /// stateful.json: the batches before the input, of its shape.
  let earlierInputs: [Float]?
  let outputShape: [Int]?
  let output: [Float]?
  /// layers.json: the gradient of the output that a backward pass receives.
  let outputGradient: [Float]?
  let inputGradient: [Float]?
  /// Of the trainable weights, in order.
  let weightGradients: [Float]?
  /// 1 for a step of training, with all weights after it but for what an optimizer does.
  let training: Int?
  let weightsAfter: [Float]?

  let loss: String?
  /// Exactly one of `target` and `labels` is present where a loss is.
  let target: [Float]?
  let labels: [Int32]?
  let classWeights: [Float]?
  /// One a sample, or one a time step of the output; and the metrics that are reported with and
  /// without them.
  let sampleWeights: [Float]?
  let validationSampleWeights: [Float]?
  let metrics: [String]?
  let lossValue: Float?
  let accuracy: Float?

  /// The name of the optimizer, "sgd".
  let lossOptions: [String: FixtureOption]?
  let optimizer: String?
  let optimizerOptions: [String: FixtureOption]?
  /// In place of the optimizer's learning_rate.
  let schedule: FixtureSchedule?
  /// epochs, batch_size, shuffle and validation_split.
  let fit: [String: FixtureOption]?
  let validationInput: [Float]?
  let validationTarget: [Float]?
  let validationLabels: [Int32]?

  /// The loss of each batch of training, before its step.
  let stepLosses: [Float]?
  /// loss, accuracy, val_loss and val_accuracy: one value an epoch.
  let history: [String: [Float]]?
  /// Every `finalWeightStride`-th of all weights after training, from the first on.
  let finalWeights: [Float]?
  let finalWeightStride: Int?
}

/// A layer in Keras's words. All options that the layer has in `cnnlstm_layer_options` are present,
/// but for its initializers.
struct FixtureLayer: Decodable, Sendable {
  let kind: String
  let name: String
  let options: [String: FixtureOption]
  /// A regularizer's l1 and l2, a constraint's max_norm and axes.
  let penalties: [String: [Float]]?
}

/// A number (booleans are 0 and 1) or a name.
enum FixtureOption: Decodable, Equatable, Sendable {
  case number(Double)
  case text(String)

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else {
      self = .text(try container.decode(String.self))
    }
  }

  var number: Double? {
    if case .number(let number) = self { number } else { nil }
  }

  var text: String? {
    if case .text(let text) = self { text } else { nil }
  }
}

/// Numbers that stand in the file, or the formula that gives them.
struct FixtureValues: Decodable, Sendable {
  let floats: [Float]

  private struct Formula: Decodable {
    struct Piece: Decodable {
      let count: Int
      let scale: Float
    }
    let seed: UInt32
    let pieces: [Piece]
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let floats = try? container.decode([Float].self) {
      self.floats = floats
      return
    }
    let formula = try container.decode(Formula.self)
    var floats: [Float] = []
    for piece in formula.pieces {
      for _ in 0..<piece.count {
        let hash = Self.hash32(formula.seed &+ UInt32(floats.count))
        floats.append((Float(hash >> 8) / 8_388_608 - 1) * piece.scale)
      }
    }
    self.floats = floats
  }

  /// The 32-bit finalizer of MurmurHash3.
  private static func hash32(_ value: UInt32) -> UInt32 {
    var x = value
    x ^= x >> 16
    x &*= 0x85eb_ca6b
    x ^= x >> 13
    x &*= 0xc2b2_ae35
    return x ^ (x >> 16)
  }
}

/// How many of `sampleCounts` samples a `validation_split` of `share` leaves for training; 0 where
/// Keras refuses because nothing would be left on one side.
struct FixtureSplit: Decodable, Sendable {
  let name: String
  let share: Double
  let sampleCounts: [Int]
  let trainingCounts: [Int]
}

/// A learning rate schedule with its arguments in Keras; in schedules.json its rates at some steps.
struct FixtureSchedule: Decodable, Sendable {
  let name: String?
  let schedule: String
  let config: [String: ScheduleArgument]
  let steps: [Int]?
  let rates: [Float]?

  /// A number (booleans are 0 and 1) or several.
  struct ScheduleArgument: Decodable, Sendable {
    let numbers: [Double]

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let flag = try? container.decode(Bool.self) {
        numbers = [flag ? 1 : 0]
      } else if let number = try? container.decode(Double.self) {
        numbers = [number]
      } else {
        numbers = try container.decode([Double].self)
      }
    }
  }
}

/// The files of Tests/Fixtures, each read once.
enum Fixtures {
  static func layers() throws -> [FixtureCase] { try layersFile.get() }
  static func feedForward() throws -> [FixtureCase] { try feedForwardFile.get() }
  static func masking() throws -> [FixtureCase] { try maskingFile.get() }
  static func maskedTraining() throws -> [FixtureCase] { try read("masked_training.json") }
  static func activations() throws -> [FixtureCase] { try activationsFile.get() }
  static func recurrent() throws -> [FixtureCase] { try recurrentFile.get() }
  static func stateful() throws -> [FixtureCase] { try read("stateful.json") }
  static func statefulTraining() throws -> [FixtureCase] { try read("stateful_training.json") }
  static func batchStatistics() throws -> [FixtureCase] { try read("batch_statistics.json") }
  static func losses() throws -> [FixtureCase] { try lossesFile.get() }
  static func optimizers() throws -> [FixtureCase] { try optimizersFile.get() }
  static func training() throws -> [FixtureCase] { try trainingFile.get() }
  static func schedules() throws -> [FixtureSchedule] { try read("schedules.json") }
  static func metrics() throws -> [FixtureMetric] { try read("metrics.json") }
  static func sampleWeights() throws -> [FixtureCase] { try read("sample_weights.json") }
  static func splits() throws -> [FixtureSplit] { try read("splits.json") }

  /// Tests/Fixtures, found from where this source file stands.
  static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fixtures")

  private static let layersFile = Result { try read("layers.json") as [FixtureCase] }
  private static let maskingFile = Result { try read("masking.json") as [FixtureCase] }
  private static let recurrentFile = Result { try read("recurrent.json") as [FixtureCase] }
  private static let feedForwardFile = Result {
    try read("feed_forward.json") as [FixtureCase]
  }
  private static let activationsFile = Result {
    try read("activations.json") as [FixtureCase]
  }
  private static let lossesFile = Result { try read("losses.json") as [FixtureCase] }
  private static let optimizersFile = Result { try read("optimizers.json") as [FixtureCase] }
  private static let trainingFile = Result { try read("training.json") as [FixtureCase] }

  private static func read<Content: Decodable>(_ file: String) throws -> Content {
    let data = try Data(contentsOf: folder.appendingPathComponent(file))
    return try JSONDecoder().decode(Content.self, from: data)
  }
}
