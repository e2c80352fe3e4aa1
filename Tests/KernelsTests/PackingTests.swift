import Kernels
import XCTest

final class PackingTests: XCTestCase {
  /// What a block's target holds afterwards: the source, zeros around it, and its gaps untouched.
  private func wanted(_ block: PackedBlock, _ source: [Double], _ target: [Double]) -> [Double] {
    var wanted = target
    for i in 0..<block.paddedRows {
      for j in 0..<block.paddedColumns {
        let isInside = i < block.rows && j < block.columns
        wanted[i * block.targetStride + j] =
          isInside ? source[i * block.rowStride + j * block.columnStride] : 0
      }
    }
    return wanted
  }

  /// - Parameter isTransposed: the source's columns lie beside each other.
  private func check(
    _ kernels: KernelTable, rows: Int, columns: Int, paddedRows: Int, paddedColumns: Int,
    isTransposed: Bool, _ name: String
  ) {
    let (long, short) = isTransposed ? (rows + 2, 1) : (1, columns + 3)
    let source = input(numbers(max(1, isTransposed ? columns * long : rows * short), 1))
    let target = Guarded(numbers(paddedRows * (paddedColumns + 5), 2))
    let block = PackedBlock(
      rows: rows, columns: columns, paddedRows: paddedRows, paddedColumns: paddedColumns,
      source: source.pointer, rowStride: short, columnStride: long, target: target.pointer,
      targetStride: paddedColumns + 5)
    let wanted = wanted(block, source.doubles, target.doubles)
    kernels.pack(block)
    expect(target, wanted, "\(name), \(rows) rows, padded \(paddedRows) × \(paddedColumns)")
  }

  func testPack() {
    forEachLength { kernels, columns, name in
      for isTransposed in [false, true] {
        for (rows, moreRows, moreColumns) in [
          (0, 0, 0), (1, 0, 0), (3, 2, 0), (4, 0, 1), (2, 1, 9),
        ] {
          check(
            kernels, rows: rows, columns: columns, paddedRows: rows + moreRows,
            paddedColumns: columns + moreColumns, isTransposed: isTransposed, name)
        }
      }
    }
  }

  /// A last panel of one column to all columns.
  func testPackToPanel() {
    forEachSet { kernels, set in
      for columns in 1...kernels.panelWidth {
        for isTransposed in [false, true] {
          check(
            kernels, rows: 5, columns: columns, paddedRows: 5, paddedColumns: kernels.panelWidth,
            isTransposed: isTransposed, "\(set), \(columns) columns")
        }
      }
    }
  }
}
