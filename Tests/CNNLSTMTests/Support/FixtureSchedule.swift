import XCTest

@testable import CNNLSTM

extension FixtureSchedule {
  func made() throws -> Schedule {
    let kinds: [String: ScheduleKind] = [
      "ExponentialDecay": .exponentialDecay, "CosineDecay": .cosineDecay,
      "CosineDecayRestarts": .cosineDecayRestarts, "PolynomialDecay": .polynomialDecay,
      "PiecewiseConstantDecay": .piecewiseConstantDecay, "InverseTimeDecay": .inverseTimeDecay,
    ]
    var made = Schedule(try XCTUnwrap(kinds[schedule]))
    for (name, argument) in config {
      let number = Float(argument.numbers[0])
      switch name {
      case "initial_learning_rate": made.initialRate = number
      case "decay_steps", "first_decay_steps": made.decaySteps = Int64(number)
      case "decay_rate": made.decayRate = number
      case "staircase": made.staircase = number == 1
      case "alpha": made.alpha = number
      case "warmup_target": made.warmupTarget = number
      case "warmup_steps": made.warmupSteps = Int64(number)
      case "t_mul": made.periodFactor = number
      case "m_mul": made.rateFactor = number
      case "end_learning_rate": made.endRate = number
      case "power": made.power = number
      case "cycle": made.cycle = number == 1
      case "boundaries": made.boundaries = argument.numbers.map { Int64($0) }
      case "values": made.rates = argument.numbers.map { Float($0) }
      default: XCTFail(name)
      }
    }
    return made
  }
}
