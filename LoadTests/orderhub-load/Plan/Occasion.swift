import HubContracts
import HubRuntime
import HubWire
import Orders

/// Which run a report is of: for whoever finds it a year later.
struct Occasion: Sendable, Equatable {
  /// The version of the program.
  let version: String
  /// When it began, in RFC 3339.
  let startedAt: String
  /// How it was called, without what must not be in a report.
  let commandLine: String

  init(_ given: GivenOptions, now: Timestamp = SystemClock().now(), version: String = HubVersion.text) {
    self.version = version
    startedAt = now.rfc3339
    commandLine = (["orderhub-load"] + given.shown).map(Self.quoted).joined(separator: " ")
  }

  /// A word as a shell takes it.
  private static func quoted(_ word: String) -> String {
    let isPlain = word.utf8.allSatisfy { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
      default: "-_./:=,%@+".utf8.contains(byte)
      }
    }
    return isPlain && !word.isEmpty
      ? word : "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
}
