import CPlatform

/// What a call leaves in its host: the text of a failure, and the floating-point state as it was.
public enum Host {
  /// The calling thread's text, kept until it ends. Without memory for it the text is lost.
  public static func setThreadText(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { platformSetThreadText($0.baseAddress, $0.count) }
    }
  }

  /// A C string that stays until the thread's next text; empty if there is none.
  public static var threadText: UnsafePointer<CChar> { platformThreadText() }

  /// Rounding to nearest, no traps. Returns the state to restore.
  public static func takeFloatState() -> UInt32 { platformStandardFloatState() }
  public static func restoreFloatState(_ state: UInt32) { platformRestoreFloatState(state) }
}
