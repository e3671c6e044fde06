import Orders

/// One thing that should be so for a hub to run well: what is, what should be, and what mends it.
///
/// Its texts are for operators. They name no password and no user of the hub.
public struct Condition: Sendable, Equatable {
  /// How it stands.
  public enum State: String, Sendable, CaseIterable {
    /// As it should be.
    case ok
    /// The hub runs with it, and somebody should look at it.
    case doubtful
    /// The hub does not work with it, or not all of it.
    case unmet
    /// It cannot be told from here.
    case unknown
  }

  /// What it is about: `mongodb.replicaSet`.
  public let name: String
  /// How it stands.
  public let state: State
  /// What is.
  public let found: String
  /// What should be.
  public let wanted: String
  /// The command that mends it, or what to do; empty if nothing is to be done.
  public let remedy: String
  /// Whether a process does not start without it: waiting would not help.
  public let isVital: Bool

  /// Names one.
  public init(
    _ name: String, _ state: State, found: String, wanted: String, remedy: String = "", isVital: Bool = false
  ) {
    self.name = name
    self.state = state
    self.found = found
    self.wanted = wanted
    self.remedy = state == .ok ? "" : remedy
    self.isVital = isVital
  }

  /// Whether a process must not start.
  public var refusesStart: Bool { isVital && state == .unmet }

  /// All of it in one line.
  public var line: String { "\(name): \(found); needed is \(wanted)" + (remedy.isEmpty ? "" : "; \(remedy)") }
}

extension Condition {
  /// How far the clocks of the machines may be apart, in milliseconds: tokens, kept answers and limits are judged by
  /// more than one of them.
  public static let clockLimitMs: Int64 = 30_000

  /// Whether a server's clock, which is `aheadMs` ahead of this machine's, may be believed.
  public static func clock(of server: String, aheadMs: Int64) -> Condition {
    let seconds = aheadMs / 1_000
    let found =
      seconds == 0
      ? "the same as this machine's" : "\(seconds.magnitude) s \(seconds > 0 ? "ahead of" : "behind") this machine's"
    return Condition(
      "\(server).clock", aheadMs.magnitude > UInt64(clockLimitMs) ? .unmet : .ok, found: found,
      wanted: "at most \(clockLimitMs / 1_000) s from this machine's",
      remedy: "keep both machines' clocks in step, as root: timedatectl set-ntp true")
  }
}

extension HTTPRequest {
  /// Whether somebody who asks how ready a process is wants to know of everything: `/readyz?verbose`.
  public var wantsConditions: Bool { query.contains { $0.name == "verbose" } }
}
