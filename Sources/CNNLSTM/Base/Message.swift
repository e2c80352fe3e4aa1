/// A text with values in it. Written like a String, but every piece is appended by a call: String's
/// own interpolation is inlined, and a hundred error texts of it are a third of the library.
public struct Message: ExpressibleByStringInterpolation {
  public private(set) var text: String

  public init(stringLiteral value: StaticString) { text = value.text }
  public init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

  @inline(never)
  public static func + (a: Message, b: Message) -> Message {
    var sum = a
    sum.text += b.text
    return sum
  }

  public struct StringInterpolation: StringInterpolationProtocol {
    var text = ""

    public init(literalCapacity: Int, interpolationCount: Int) {}

    @inline(never)
    public mutating func appendLiteral(_ literal: StaticString) { text += literal.text }

    @inline(never)
    public mutating func appendInterpolation(_ value: String) { text += value }

    @inline(never)
    public mutating func appendInterpolation(_ value: StaticString) { text += value.text }

    @inline(never)
    public mutating func appendInterpolation(_ value: Message) { text += value.text }

    @inline(never)
    public mutating func appendInterpolation(_ value: Int) { text += String(value) }

    @inline(never)
    public mutating func appendInterpolation(_ value: UInt) { text += String(value) }

    @inline(__always)
    public mutating func appendInterpolation<Integer: FixedWidthInteger>(_ value: Integer) {
      if Integer.isSigned {
        appendInterpolation(Int(truncatingIfNeeded: value))
      } else {
        appendInterpolation(UInt(truncatingIfNeeded: value))
      }
    }
  }
}

extension StaticString {
  @inline(never)
  var text: String { withUTF8Buffer { String(decoding: $0, as: UTF8.self) } }
}
