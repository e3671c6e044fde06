import CMongoc

/// How long a call may take. Each has clients of its own, so that what must be let work for long does not make the
/// others wait as long for a server that stands still.
enum Patience: Sendable, Hashable, CaseIterable {
  /// What somebody waits for.
  case ordinary
  /// A transaction of many or large documents.
  case large
  /// What walks a whole tenant or collection: building indexes, audits, recounts, removals.
  case long

  /// How long the driver waits for the server's answer to one command.
  var socketTimeoutMs: Int32 {
    switch self {
    case .ordinary: 3_000
    case .large: 10_000
    case .long: 120_000
    }
  }

  /// How long the server may work on one command: less, so that it is the server who gives up, and says so. Nil: as the
  /// options say.
  var operationTimeoutMs: Int? {
    switch self {
    case .ordinary: nil
    case .large: 8_000
    case .long: 50_000
    }
  }

  /// How many threads there are for it; nil: as the options say.
  var threads: Int? {
    switch self {
    case .ordinary: nil
    case .large: 2
    case .long: 1
    }
  }
}
