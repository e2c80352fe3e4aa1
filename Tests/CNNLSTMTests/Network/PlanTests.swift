import XCTest

@testable import CNNLSTM

final class PlanTests: XCTestCase {
  private func plan(_ training: Bool, rows: Int = 4, length: Int = 9) throws -> Plan {
    let network = try LayerCase(
      [
        LayerConfiguration(.conv1D, [.filters: 4, .kernelSize: 3, .padding: .same]),
        LayerConfiguration(.dropout), LayerConfiguration(.lstm, [.units: 5]),
      ], length: Shape.anyLength
    ).network
    return try Plan(
      network, rows: rows, length: length, isTraining: training,
      kernels: CPUFeatures.best.kernels)
  }

  func testPlacesAreAlignedAndInside() throws {
    for training in [false, true] {
      let plan = try plan(training)
      for place in plan.steps.flatMap({ [$0.output, $0.saved, $0.packed] }) + plan.gradients {
        XCTAssertEqual(place % 16, 0)
        XCTAssertLessThanOrEqual(place, max(plan.workspaceCount, plan.packedCount))
      }
      XCTAssertLessThanOrEqual(plan.scratch, plan.workspaceCount)
    }
  }

  func testTrainingKeepsEveryOutput() throws {
    let outputs = try plan(true).steps.map { $0.output }
    XCTAssertEqual(Set(outputs).count, outputs.count)
    XCTAssertGreaterThan(try plan(true).workspaceCount, try plan(false).workspaceCount)
  }

  func testAbsurdSizesAreALimit() {
    XCTAssertThrowsError(try plan(true, rows: 65_536, length: 1 << 30)) {
      XCTAssertEqual(($0 as? Failure)?.kind, .limit)
    }
  }
}
