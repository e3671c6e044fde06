import HubContracts
import Orders

/// Merges a patch member by member, by the table, and notes what changes. As deep as the table, so bounded.
struct TenantMerge {
  let rules: TenantRules
  let now: Timestamp
  var problems = FieldProblems()
  private(set) var changed: [Text] = []
  private(set) var secrets: [(path: Text, secret: Text)] = []
  private(set) var gone: [Text] = []

  init(rules: TenantRules, now: Timestamp) {
    self.rules = rules
    self.now = now
  }

  /// The object afterwards; nil if nothing is left of it. What a later version put there stays.
  mutating func group(_ patch: JSON, into current: JSON?, _ table: [TenantMember], at path: String) -> JSON? {
    guard case .object(let members) = patch else { return misfit(patch, "an object", at: path, current) }
    var values = Self.members(of: current)
    for member in members {
      guard let row = table.first(where: { Text($0.name) == member.name }) else {
        // Which version is meant is no setting, but may stand beside them.
        let known = (table.map(\.name) + (path.isEmpty ? ["version"] : [])).map { Text($0) }.sorted()
          .map(\.string).joined(separator: ", ")
        problems.add(Self.join(path, member.name), "is not known here; known are \(known)")
        continue
      }
      set(row.name, member.value, row.value, in: &values, at: path)
    }
    let order = Dictionary(table.enumerated().map { (Text($1.name), $0) }) { first, _ in first }
    return Self.object(values.sorted { (order[$0.name] ?? .max, $0.name) < (order[$1.name] ?? .max, $1.name) })
  }

  private mutating func named(
    _ patch: JSON, into current: JSON?, limit: Int, _ value: TenantValue, at path: String
  ) -> JSON? {
    guard case .object(let members) = patch else { return misfit(patch, "an object", at: path, current) }
    // As many may go as come.
    guard members.count <= 2 * limit else {
      problems.add(path, "has \(members.count) names; at most \(limit) are allowed")
      return current
    }
    var values = Self.members(of: current)
    for member in members {
      guard TenantForm.name.allows(member.name) else {
        problems.add(Self.join(path, member.name), "is no name; \(TenantForm.name.allowed)")
        continue
      }
      set(member.name.string, member.value, value, in: &values, at: path)
    }
    if values.count > limit { problems.add(path, "has \(values.count) names; at most \(limit) are allowed") }
    return Self.object(values.sorted { $0.name < $1.name })
  }

  private mutating func set(
    _ name: String, _ patch: JSON, _ value: TenantValue, in members: inout [JSON.Member], at path: String
  ) {
    let key = Text(name)
    let index = members.firstIndex { $0.name == key }
    let path = Self.join(path, key)
    guard let result = merge(patch, into: index.map { members[$0].value }, value, at: path) else {
      if let index { members.remove(at: index) }
      return
    }
    let member = JSON.Member(name: key, value: result)
    if let index { members[index] = member } else { members.append(member) }
  }

  /// The value afterwards; nil if there is none.
  private mutating func merge(_ patch: JSON, into current: JSON?, _ value: TenantValue, at path: String) -> JSON? {
    if case .null = patch {
      if let current { remove(current, value, at: path) }
      return nil
    }
    switch value {
    case .group(let table): return group(patch, into: current, table, at: path)
    case .named(let limit, let inner): return named(patch, into: current, limit: limit, inner, at: path)
    case .secret: return secret(patch, into: current, at: path)
    case .list(let limit, let inner):
      return note(list(patch, limit: limit, inner, at: path), current, at: path)
    case .workflow, .timeZone, .currency, .text, .form, .word, .flag, .whole, .decimal:
      return note(plain(patch, value, at: path), current, at: path)
    }
  }

  /// A value that is replaced as a whole; nil, after a problem was noted, leaves what is there.
  private mutating func note(_ new: JSON?, _ current: JSON?, at path: String) -> JSON? {
    guard let new else { return current }
    if new != current { changed.append(Text(path)) }
    return new
  }

  private mutating func secret(_ patch: JSON, into current: JSON?, at path: String) -> JSON? {
    guard case .string(let text) = patch else {
      problems.add(
        path, "a text was expected, or null to take it away, not \(patch.kind); left out, the secret stays as it is")
      return current
    }
    guard (1...Self.secretLimitBytes).contains(text.utf8.count) else {
      problems.add(path, "has \(text.utf8.count) bytes; 1 to \(Self.secretLimitBytes) are allowed")
      return current
    }
    secrets.append((Text(path), text))
    changed.append(Text(path))
    return .object([
      JSON.Member(name: "set", value: .bool(true)), JSON.Member(name: "setAt", value: .string(Text(now.rfc3339))),
    ])
  }

  private static let secretLimitBytes = 4_096

  private mutating func list(_ patch: JSON, limit: Int, _ value: TenantValue, at path: String) -> JSON? {
    guard case .array(let elements) = patch else { return misfit(patch, "an array", at: path, nil) }
    guard elements.count <= limit else {
      problems.add(path, "has \(elements.count) elements; at most \(limit) are allowed")
      return nil
    }
    // What stands within is part of the list: it is not told by itself what of it changed.
    var inner = TenantMerge(rules: rules, now: now)
    inner.problems = problems
    defer { problems = inner.problems }
    return .array(
      elements.enumerated().compactMap { index, element in
        if element == .null { inner.problems.add("\(path)[\(index)]", "a value was expected, not null") }
        return inner.merge(element, into: nil, value, at: "\(path)[\(index)]")
      })
  }

  private mutating func misfit(_ patch: JSON, _ wanted: String, at path: String, _ current: JSON?) -> JSON? {
    problems.add(path.isEmpty ? "body" : path, "\(wanted) was expected, not \(patch.kind)")
    return current
  }

  /// Notes what goes with a value that is taken away.
  private mutating func remove(_ current: JSON, _ value: TenantValue, at path: String) {
    switch (value, current) {
    case (.group(let table), .object(let members)):
      for member in members {
        let row = table.first { Text($0.name) == member.name }
        remove(member.value, row?.value ?? .flag, at: Self.join(path, member.name))
      }
    case (.named(_, let inner), .object(let members)):
      for member in members { remove(member.value, inner, at: Self.join(path, member.name)) }
    case (.secret, _):
      gone.append(Text(path))
      changed.append(Text(path))
    default: changed.append(Text(path))
    }
  }

  private static func members(of value: JSON?) -> [JSON.Member] {
    if case .object(let members)? = value { members } else { [] }
  }

  private static func object(_ members: [JSON.Member]) -> JSON? { members.isEmpty ? nil : .object(members) }

  private static func join(_ path: String, _ name: Text) -> String {
    path.isEmpty ? name.start(64) : "\(path).\(name.start(64))"
  }
}
