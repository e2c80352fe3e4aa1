/// Constants that have a name in Keras and a number in the C interface and in files.
public protocol Named: CaseIterable, RawRepresentable where RawValue == Int32 {
  var name: StaticString { get }
}

extension Named {
  /// The case of a name.
  public static func named(_ name: String) -> Self? {
    allCases.first { $0.name.equals(name) }
  }
}

extension StaticString {
  /// Byte by byte: Swift's own comparison of text needs tables of Unicode.
  public func equals(_ text: String) -> Bool {
    let bytes = UnsafeBufferPointer(start: utf8Start, count: utf8CodeUnitCount)
    return bytes.elementsEqual(text.utf8)
  }

  func ends(with end: StaticString) -> Bool {
    let bytes = UnsafeBufferPointer(start: utf8Start, count: utf8CodeUnitCount)
    let tail = UnsafeBufferPointer(start: end.utf8Start, count: end.utf8CodeUnitCount)
    return bytes.suffix(tail.count).elementsEqual(tail)
  }
}

/// Whether two texts have the same bytes.
func sameBytes(_ a: String, _ b: String) -> Bool { a.utf8.elementsEqual(b.utf8) }

/// A number for an error text: up to six digits behind the point, and a power of ten if it is very
/// large or small.
func decimal(_ value: Float) -> String {
  if value.isNaN { return "NaN" }
  if value.isInfinite { return value < 0 ? "-infinity" : "infinity" }
  var (magnitude, exponent) = (Double(value.magnitude), 0)
  if magnitude >= 1e9 {
    while magnitude >= 9.999_999_5 { (magnitude, exponent) = (magnitude / 10, exponent + 1) }
  } else if magnitude > 0, magnitude < 1e-4 {
    while magnitude < 0.999_999_5 { (magnitude, exponent) = (magnitude * 10, exponent - 1) }
  }
  let millionths = Int((magnitude * 1e6).rounded())
  var digits = "\(millionths % 1_000_000 + 1_000_000)".utf8.dropFirst()
  while let last = digits.last, last == UInt8(ascii: "0") { digits = digits.dropLast() }
  let fraction = digits.isEmpty ? "" : ".\(Substring(digits))"
  return "\(value < 0 ? "-" : "")\(millionths / 1_000_000)\(fraction)"
    + (exponent == 0 ? "" : "e\(exponent)")
}
