/// What a processor's vector instructions look like to the kernels.
///
/// A kernel is written once, generic over this protocol; a module such as KernelsAVX2 gives the
/// members and is compiled for its instructions.
public protocol InstructionSet: SendableMetatype {
  associatedtype Vector: FloatVector
  associatedtype Integers: IntegerVector

  /// Vectors beside each other in a tile of a matrix product: 2 or 4.
  static var tileVectors: Int { get }
  /// a · b + sum, rounded once if the hardware can.
  static func multiplyAdd(_ a: Vector, _ b: Vector, _ sum: Vector) -> Vector
  static func squareRoot(_ x: Vector) -> Vector
  /// a where a < b, else b: b too where one of them is NaN.
  static func minimum(_ a: Vector, _ b: Vector) -> Vector
  /// a where a > b, else b: b too where one of them is NaN.
  static func maximum(_ a: Vector, _ b: Vector) -> Vector
  static func shiftLeft(_ x: Integers, _ count: Int32) -> Integers
  /// Copies of the sign come in from the left.
  static func shiftRight(_ x: Integers, _ count: Int32) -> Integers
  /// a in the lanes where x > y, b in the others and where either is NaN.
  static func choose(_ a: Vector, _ b: Vector, whereGreater x: Vector, than y: Vector) -> Vector
  /// a in the lanes where x = y, b in the others.
  static func choose(_ a: Vector, _ b: Vector, whereEqual x: Vector, to y: Vector) -> Vector
  /// sum + the products of pairs of bfloat16: see ReducedPrecision.
  static func multiplyAddBFloat16(_ a: Vector, _ b: Vector, _ sum: Vector) -> Vector
  /// sum + the products of pairs of Int16.
  static func multiplyAddInt16(_ a: Integers, _ b: Integers, _ sum: Integers) -> Integers
  /// 2 · lanes Int8 as pairs of Int16.
  static func loadInt8(_ p: UnsafeRawPointer) -> Integers
  /// Writes integers in −2^15 … 2^15 − 1 as `lanes` Int16.
  static func storeInt16(_ p: UnsafeMutablePointer<Int16>, _ x: Integers)
  static func float(_ x: Integers) -> Vector
  /// 1 + exp(−x) for the gates of an LSTM; there is a body for all sets.
  static func sigmoidDenominator(_ x: Vector) -> Vector
  /// The first `count` < lanes floats at p, zero behind them.
  static func loadPartial(_ p: UnsafePointer<Float>, _ count: Int) -> Vector
  /// Writes the first `count` < lanes lanes.
  static func storePartial(_ p: UnsafeMutablePointer<Float>, _ x: Vector, _ count: Int)
}

/// A vector with its arithmetic as operations of the whole: in generic code Swift's own operators
/// are loops over lanes, which the compiler puts together again or does not.
public protocol FloatVector: SIMD where Scalar == Float {
  static func + (a: Self, b: Self) -> Self
  static func - (a: Self, b: Self) -> Self
  static func * (a: Self, b: Self) -> Self
  static func / (a: Self, b: Self) -> Self
}

/// Likewise; sums and differences wrap around.
public protocol IntegerVector: SIMD where Scalar == Int32 {
  static func &+ (a: Self, b: Self) -> Self
  static func &- (a: Self, b: Self) -> Self
  static func & (a: Self, b: Self) -> Self
  static func | (a: Self, b: Self) -> Self
}

/// Rows of a tile of a matrix product.
@inlinable @_transparent public var tileRows: Int { 6 }
/// Vectors beside each other in a panel of a packed matrix.
@inlinable @_transparent public var panelVectors: Int { 4 }

extension InstructionSet {
  @inlinable @_transparent public static var lanes: Int { Vector.scalarCount }
  /// Floats in a row of a panel.
  @inlinable @_transparent public static var panelWidth: Int { panelVectors * lanes }

  @inlinable @_transparent
  public static func load(_ p: UnsafePointer<Float>) -> Vector {
    UnsafeRawPointer(p).loadUnaligned(as: Vector.self)
  }

  @inlinable @_transparent
  public static func load(_ p: UnsafePointer<Float>, _ count: Int) -> Vector {
    count >= lanes ? load(p) : loadPartial(p, count)
  }

  @inlinable @_transparent
  public static func store(_ p: UnsafeMutablePointer<Float>, _ x: Vector) {
    UnsafeMutableRawPointer(p).storeBytes(of: x, as: Vector.self)
  }

  @inlinable @_transparent
  public static func store(_ p: UnsafeMutablePointer<Float>, _ x: Vector, _ count: Int) {
    if count >= lanes { store(p, x) } else { storePartial(p, x, count) }
  }

  @inlinable @_transparent
  public static func splat(_ x: Float) -> Vector { Vector(repeating: x) }

  @inlinable @_transparent
  public static func bits(_ x: Vector) -> Integers { unsafeBitCast(x, to: Integers.self) }

  @inlinable @_transparent
  public static func fromBits(_ x: Integers) -> Vector { unsafeBitCast(x, to: Vector.self) }

  /// Calls body with the offset and the length of each vector of `count` floats; only the last
  /// length is not `lanes`.
  @inlinable @_transparent
  public static func forEachVector(_ count: Int, _ body: (_ offset: Int, _ count: Int) -> Void) {
    var offset = 0
    while offset + lanes <= count {
      body(offset, lanes)
      offset += lanes
    }
    if offset < count { body(offset, count - offset) }
  }
}
