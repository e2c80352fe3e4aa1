/// A block of a strided matrix, to be copied into rows of floats that lie beside each other.
public struct PackedBlock {
  public var rows: Int
  public var columns: Int
  /// Rows and columns written; those behind the source's are zero.
  public var paddedRows: Int
  public var paddedColumns: Int
  public var source: UnsafePointer<Float>
  public var rowStride: Int
  public var columnStride: Int
  public var target: UnsafeMutablePointer<Float>
  public var targetStride: Int

  @inlinable
  public init(
    rows: Int, columns: Int, paddedRows: Int, paddedColumns: Int, source: UnsafePointer<Float>,
    rowStride: Int, columnStride: Int, target: UnsafeMutablePointer<Float>, targetStride: Int
  ) {
    (self.rows, self.columns) = (rows, columns)
    (self.paddedRows, self.paddedColumns) = (paddedRows, paddedColumns)
    (self.source, self.rowStride, self.columnStride) = (source, rowStride, columnStride)
    (self.target, self.targetStride) = (target, targetStride)
  }
}

@inlinable
public func pack<I: InstructionSet>(_: I.Type, _ block: PackedBlock) {
  for i in 0..<block.paddedRows {
    let source = block.source + i * block.rowStride
    let target = block.target + i * block.targetStride
    let columns = i < block.rows ? block.columns : 0
    if block.columnStride == 1 {
      I.forEachVector(block.paddedColumns) { at, count in
        let left = min(count, columns - at)
        I.store(target + at, left > 0 ? I.load(source + at, left) : .zero, count)
      }
    } else {
      for j in 0..<columns { target[j] = source[j * block.columnStride] }
      for j in columns..<block.paddedColumns { target[j] = 0 }
    }
  }
}
