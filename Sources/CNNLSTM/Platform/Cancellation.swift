import CPlatform

/// A flag that any thread or signal handler may raise.
final class Cancellation: @unchecked Sendable {
  private let flag: UnsafeMutablePointer<PlatformFlag>

  init() {
    flag = .allocate(capacity: 1)
    flag.initialize(to: PlatformFlag())
  }

  deinit { flag.deallocate() }

  var isRaised: Bool { platformIsRaised(flag) != 0 }
  func raise() { platformRaise(flag) }
  func lower() { platformLower(flag) }
}
