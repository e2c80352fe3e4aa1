/// What flows between layers, without the batch: [length, channels] or, without a time axis,
/// [channels].
public struct Shape: Equatable, Sendable {
  /// Any number of time steps, in `length`.
  public static var anyLength: Int { 0 }
  /// No time axis, in `length`.
  public static var noTime: Int { -1 }

  /// The longest sequence, in time steps.
  public static var longest: Int { 1 << 30 }

  public var length: Int
  public var channels: Int

  public init(length: Int, channels: Int) {
    (self.length, self.channels) = (length, channels)
  }

  public init(channels: Int) { self.init(length: Shape.noTime, channels: channels) }

  public var hasTime: Bool { length != Shape.noTime }

  /// Rows of `channels` in a sample whose length is known.
  var steps: Int { hasTime ? length : 1 }

  /// Floats of a sample whose length is known.
  var count: Int { steps * channels }

  /// - Throws: `.shape` without a time axis.
  func requireTime(_ layer: String) throws(Failure) {
    guard hasTime else {
      throw Failure(.shape, "\(layer): needs [time, channels], gets \(channels) numbers")
    }
  }

  /// - Throws: `.shape` where the length varies.
  func requireLength(_ layer: String) throws(Failure) {
    guard length != Shape.anyLength else {
      throw Failure(.shape, "\(layer): needs an input of a fixed length, not of any")
    }
  }

  /// As Keras prints it: (None, 98, 32).
  var text: String {
    guard hasTime else { return "(None, \(channels))" }
    return length == Shape.anyLength
      ? "(None, None, \(channels))" : "(None, \(length), \(channels))"
  }
}
