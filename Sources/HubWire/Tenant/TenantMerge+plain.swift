import HubContracts
import Orders

extension TenantMerge {
  /// A value without members as it is kept; nil after what is wrong with it was noted.
  mutating func plain(_ patch: JSON, _ value: TenantValue, at path: String) -> JSON? {
    switch (value, patch) {
    case (.flag, .bool): return patch
    case (.flag, _): return refuse(path, "true or false was expected, not \(patch.kind)")
    case (.whole(let range), .number(let number)):
      if let whole = patch.whole, range.contains(whole) { return .number(Text("\(whole)")) }
      return refuse(path, "\(number) is not allowed; a whole number from \(range.lowerBound) to \(range.upperBound) is")
    case (.decimal, .number(let number)):
      if let amount = try? Quantity(parsing: number.utf8), amount >= .zero { return .number(Text(amount.decimal)) }
      return refuse(path, "\(number) is not allowed; a number from 0 with at most 6 decimals is")
    case (.whole, _), (.decimal, _): return refuse(path, "a number was expected, not \(patch.kind)")
    case (_, .string(let text)): return word(text, value, at: path)
    default: return refuse(path, "a string was expected, not \(patch.kind)")
    }
  }

  private mutating func word(_ text: Text, _ value: TenantValue, at path: String) -> JSON? {
    let shown = "\"\(text.start(64))\""
    switch value {
    case .text(let limit, let isLong): return people(text.tidied, limit: limit, isLong: isLong, at: path)
    case .form(let form):
      return form.allows(text) ? .string(text) : refuse(path, "\(shown) is not allowed; \(form.allowed)")
    case .word(let words):
      if words.contains(where: { Text($0) == text }) { return .string(text) }
      return refuse(path, "\(shown) is not known; known are \(words.joined(separator: ", "))")
    case .workflow:
      if rules.workflows.contains(WorkflowName(rawValue: text)) { return .string(text) }
      let known = rules.workflows.map(\.rawValue.string).joined(separator: ", ")
      return refuse(path, "there is no workflow \(shown); there are \(known)")
    case .timeZone:
      if Self.mayBeZone(text), rules.isTimeZone(text) { return .string(text) }
      return refuse(path, "there is no time zone \(shown); an IANA name such as Asia/Kolkata was expected")
    case .currency:
      if Currency(text)?.decimals != nil { return .string(text) }
      return refuse(path, "\(shown) is not known; allowed is \(Currency.allowed)")
    case .flag, .whole, .decimal, .secret, .group, .named, .list:
      preconditionFailure("a member that is no text was read as one")
    }
  }

  /// A name is looked for among the system's files: it must not lead anywhere else.
  private static func mayBeZone(_ text: Text) -> Bool {
    let bytes = Array(text.utf8.prefix(65))
    return (1...64).contains(bytes.count)
      && bytes.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
        default: "_+-/".utf8.contains(byte)
        }
      } && bytes[0] != UInt8(ascii: "/")
  }

  private mutating func people(_ text: Text, limit: Int, isLong: Bool, at path: String) -> JSON? {
    if text.showsNothing { return refuse(path, "must not be empty; null takes it away") }
    let scalars = text.string.unicodeScalars
    let count = scalars.count
    guard count <= limit else { return refuse(path, "has \(count) characters; at most \(limit) are allowed") }
    let hasControl = scalars.contains { $0.properties.generalCategory == .control && !(isLong && $0 == "\n") }
    return hasControl ? refuse(path, "control characters are not allowed") : .string(text)
  }

  private mutating func refuse(_ path: String, _ message: String) -> JSON? {
    problems.add(path, message)
    return nil
  }
}
