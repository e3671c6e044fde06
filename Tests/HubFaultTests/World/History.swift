import Foundation
import HubRuntime

/// What happened lately, in few words: printed when something is wrong.
final class History: Sendable {
  private struct State {
    var lines: [String] = []
    var next = 0
  }
  private let state = Locked(State())
  private let began = monotonicMicros()
  /// How many lines are kept.
  static let limit = 20_000

  func note(_ text: String) {
    let line = "\(elapsed) \(text)"
    state.with { state in
      if state.lines.count < Self.limit {
        state.lines.append(line)
      } else {
        state.lines[state.next % Self.limit] = line
      }
      state.next += 1
    }
  }

  /// The last lines that hold one of these words, oldest first.
  func last(_ count: Int, about words: [String]) -> [String] {
    Array(all.filter { line in !line.contains("VIOLATION") && words.contains { line.contains($0) } }.suffix(count))
  }

  /// All lines that are kept, oldest first.
  var all: [String] {
    state.with { state in
      let oldest = state.next <= Self.limit ? 0 : state.next % Self.limit
      return Array(state.lines[oldest...] + state.lines[..<oldest])
    }
  }

  private var elapsed: String { String(format: "%8.3f", Double(monotonicMicros() - began) / 1e6) }
}
