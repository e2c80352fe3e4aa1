import XCTest

@testable import CNNLSTM

final class ScheduleTests: XCTestCase {
  private func schedule(_ fixture: FixtureSchedule) throws -> Schedule {
    let kinds: [String: ScheduleKind] = [
      "ExponentialDecay": .exponentialDecay, "CosineDecay": .cosineDecay,
      "CosineDecayRestarts": .cosineDecayRestarts, "PolynomialDecay": .polynomialDecay,
      "PiecewiseConstantDecay": .piecewiseConstantDecay, "InverseTimeDecay": .inverseTimeDecay,
    ]
    var schedule = Schedule(try XCTUnwrap(kinds[fixture.schedule]))
    for (name, argument) in fixture.config {
      let number = Float(argument.numbers[0])
      switch name {
      case "initial_learning_rate": schedule.initialRate = number
      case "decay_steps", "first_decay_steps": schedule.decaySteps = Int64(number)
      case "decay_rate": schedule.decayRate = number
      case "staircase": schedule.staircase = number == 1
      case "alpha": schedule.alpha = number
      case "warmup_target": schedule.warmupTarget = number
      case "warmup_steps": schedule.warmupSteps = Int64(number)
      case "t_mul": schedule.periodFactor = number
      case "m_mul": schedule.rateFactor = number
      case "end_learning_rate": schedule.endRate = number
      case "power": schedule.power = number
      case "cycle": schedule.cycle = number == 1
      case "boundaries": schedule.boundaries = argument.numbers.map { Int64($0) }
      case "values": schedule.rates = argument.numbers.map { Float($0) }
      default: XCTFail(name)
      }
    }
    return schedule
  }

  func testRatesAreKerass() throws {
    let fixtures = try Fixtures.schedules()
    XCTAssertEqual(Set(fixtures.map { $0.schedule }).count, ScheduleKind.allCases.count - 1)
    for fixture in fixtures {
      let schedule = try schedule(fixture)
      try schedule.check()
      for (step, rate) in zip(fixture.steps, fixture.rates) {
        XCTAssertEqual(
          schedule.rate(step: step), rate, accuracy: 2e-6 * max(rate, 0.1),
          "\(fixture.name), step \(step)")
      }
    }
  }

  func testOptionsOutsideTheirRangeAreRefused() throws {
    let changes: [(String, (inout Schedule) -> Void)] = [
      ("initial_learning_rate must be above 0, got 0", { $0.initialRate = 0 }),
      ("decay_steps must be at least 1, got 0", { $0.decaySteps = 0 }),
      ("warmup_steps must be at least 0, got -1", { $0.warmupSteps = -1 }),
      ("decay_rate of the schedule must be at least 0, got -1", { $0.decayRate = -1 }),
      ("t_mul must be at least 1, got 0.5", { $0.periodFactor = 0.5 }),
      ("there must be one rate more than boundaries, got 0, 0", { _ in }),
      (
        "boundaries must rise, boundary 1 is 3",
        { ($0.boundaries, $0.rates) = ([3, 3], [1, 2, 3]) }
      ),
      (
        "learning_rate must be above 0, got -2",
        { ($0.boundaries, $0.rates) = ([3], [1, -2]) }
      ),
    ]
    for (text, change) in changes {
      var schedule = Schedule(.piecewiseConstantDecay)
      change(&schedule)
      XCTAssertThrowsError(try schedule.check()) { XCTAssertEqual(($0 as? Failure)?.text, text) }
    }
  }

  /// The trainer's rate follows the schedule, and cannot be set.
  func testTrainerFollowsASchedule() throws {
    let model = Model()
    try model.add(LayerConfiguration(.input, [.length: -1, .channels: 2]))
    try model.add(LayerConfiguration(.dense, [.units: 2, .activation: .softmax]))
    try model.build(seed: 1)
    var schedule = Schedule(.exponentialDecay)
    (schedule.initialRate, schedule.decaySteps, schedule.decayRate) = (0.5, 1, 0.5)
    var options = Trainer.Options(OptimizerOptions(.sgd))
    (options.optimizer.schedule, options.batchSize) = (schedule, 1)
    let trainer = try Trainer(model, options)
    var rates: [Float] = []
    let (inputs, targets): ([Float], [Float]) = ([1, 2, 3, 4, 5, 6], [1, 0, 0, 1, 1, 0])
    try inputs.withUnsafeBufferPointer { inputs in
      try targets.withUnsafeBufferPointer { targets in
        var fit = Trainer.FitOptions()
        fit.batchSize = 1
        let data = Dataset(sampleCount: 3, length: -1, inputs: inputs, targets: targets)
        _ = try trainer.fit(data, fit) {
          if $0.event == .batchBegin { rates.append($0.learningRate) }
          return true
        }
      }
    }
    XCTAssertEqual(rates, [0.5, 0.25, 0.125])
    XCTAssertThrowsError(try trainer.setLearningRate(1)) {
      XCTAssertEqual(($0 as? Failure)?.kind, .state)
    }
  }
}
