/// Something that must hold and does not.
struct Violation: Sendable, Equatable, CustomStringConvertible {
  /// What must hold, in a word or two.
  var rule: String
  /// What is there instead.
  var detail: String
  /// What to look for in the history.
  var subjects: [String] = []

  init(_ rule: String, _ detail: String, about subjects: [String] = []) {
    self.rule = rule
    self.detail = detail
    self.subjects = subjects
  }

  var description: String { "\(rule): \(detail)" }
}
