/// Copies of a JSON text what is shown.
///
/// It builds nothing but the copy, and its stack is as deep as the table. Names are compared as they are written: one that
/// hides behind an escape is not named. The text is one of the hub's own; of any other it copies strings, numbers and words
/// only, each into its place, so that what comes out is never more than the table shows.
struct Sieve {
  private let json: UnsafeRawBufferPointer
  /// Whether it is for who sells the order.
  private let isForSeller: Bool
  private var at = 0
  private var copy: [UInt8] = []
  private var withheld = Withheld()

  /// The text ends, or goes on, where it should not.
  private struct Broken: Error {}

  /// What is shown of the one value that a text is, to who sells the order or to others who see orders of their own; nil if
  /// nothing is, or it is no JSON.
  static func pass(_ json: UnsafeRawBufferPointer, _ showing: Showing, forSeller: Bool = false) -> Shown? {
    var sieve = Sieve(json, forSeller)
    guard (try? sieve.value(showing)) == true else { return nil }
    sieve.skipSpace()
    guard sieve.at == json.count else { return nil }
    return Shown(json: sieve.copy, withheld: sieve.withheld)
  }

  private init(_ json: UnsafeRawBufferPointer, _ isForSeller: Bool) {
    self.json = json
    self.isForSeller = isForSeller
    copy.reserveCapacity(json.count)
  }

  // MARK: What is shown

  /// Steps over a value; whether anything of it was copied.
  private mutating func value(_ showing: Showing) throws(Broken) -> Bool {
    skipSpace()
    let first = try peek()
    let isHidden = isForSeller ? showing.isStaffOnly : showing.isStaffOnly || showing.isForSellersToo
    // Null is nothing, whatever else might stand there.
    if first == UInt8(ascii: "n"), !isHidden { return try scalar() }
    switch (showing, first) {
    case (_, _) where isHidden:
      try skip()
      withheld.staffOnly += 1
      return false
    case (.object(let columns), UInt8(ascii: "{")): return try members(of: columns)
    case (.event(let columns), UInt8(ascii: "{")): return try event(columns)
    case (.map(let inner), UInt8(ascii: "{")):
      return try parts(closing: UInt8(ascii: "}")) { (sieve) throws(Broken) in
        let name = try sieve.name()
        sieve.copy.append(contentsOf: UnsafeRawBufferPointer(rebasing: sieve.json[name]))
        sieve.copy.append(UInt8(ascii: ":"))
        return try sieve.value(inner)
      }
    case (.list(let inner), UInt8(ascii: "[")):
      return try parts(closing: UInt8(ascii: "]")) { (sieve) throws(Broken) in try sieve.value(inner) }
    case (.value, UInt8(ascii: "{")), (.value, UInt8(ascii: "[")), (.sellersToo, UInt8(ascii: "{")),
      (.sellersToo, UInt8(ascii: "[")), (.object, _), (.event, _), (.map, _), (.list, _), (.staffOnly, _):
      try skip()
      withheld.unnamedMembers += 1
      return false
    case (.value, _), (.sellersToo, _): return try scalar()
    }
  }

  private mutating func members(of columns: Columns, data: Columns? = nil) throws(Broken) -> Bool {
    var hint = 0
    return try parts(closing: UInt8(ascii: "}")) { (sieve) throws(Broken) in
      let name = try sieve.name()
      let text = UnsafeRawBufferPointer(rebasing: sieve.json[(name.lowerBound + 1)..<(name.upperBound - 1)])
      guard let place = columns.place(of: text, hint: hint) else {
        try sieve.skip()
        sieve.withheld.unnamedMembers += 1
        return false
      }
      hint = place + 1
      sieve.copy.append(contentsOf: UnsafeRawBufferPointer(rebasing: sieve.json[name]))
      sieve.copy.append(UInt8(ascii: ":"))
      if let data, text.elementsEqual("data".utf8) { return try sieve.value(.object(data)) }
      return try sieve.value(columns.rows[place].showing)
    }
  }

  /// An event: its type is looked for first.
  private mutating func event(_ columns: Columns) throws(Broken) -> Bool {
    let (start, mark) = (at, copy.count)
    var type: Range<Int>?
    _ = try parts(closing: UInt8(ascii: "}")) { (sieve) throws(Broken) in
      let name = try sieve.name()
      sieve.skipSpace()
      let begin = sieve.at
      let isType = sieve.json[name].elementsEqual("\"type\"".utf8)
      try sieve.skip()
      // A type that stands twice is none.
      if isType { type = type == nil ? begin..<sieve.at : 0..<0 }
      return false
    }
    copy.removeSubrange(mark...)
    guard let type, type.count >= 2, json[type.lowerBound] == UInt8(ascii: "\""),
      let data = SightTable.data(of: UnsafeRawBufferPointer(rebasing: json[type].dropFirst().dropLast()))
    else {
      withheld.unnamedEvents += 1
      return false
    }
    at = start
    return try members(of: columns, data: data)
  }

  /// Steps over an object or an array, and copies those of its parts of which `part` copies something.
  private mutating func parts(
    closing bracket: UInt8, _ part: (inout Sieve) throws(Broken) -> Bool
  ) throws(Broken) -> Bool {
    copy.append(json[at])
    at += 1
    var isEmpty = true
    skipSpace()
    if try peek() == bracket {
      at += 1
      copy.append(bracket)
      return true
    }
    while true {
      let mark = copy.count
      if !isEmpty { copy.append(UInt8(ascii: ",")) }
      if try part(&self) { isEmpty = false } else { copy.removeSubrange(mark...) }
      skipSpace()
      let next = try peek()
      at += 1
      if next == bracket { break }
      guard next == UInt8(ascii: ",") else { throw Broken() }
    }
    copy.append(bracket)
    return true
  }

  // MARK: Stepping

  private func peek() throws(Broken) -> UInt8 {
    guard at < json.count else { throw Broken() }
    return json[at]
  }

  private mutating func skipSpace() {
    while at < json.count, json[at] == 0x20 || json[at] == 0x0a || json[at] == 0x0d || json[at] == 0x09 { at += 1 }
  }

  /// Steps over a member's name and its colon; the name with its quotes.
  private mutating func name() throws(Broken) -> Range<Int> {
    skipSpace()
    let start = at
    try string()
    let name = start..<at
    skipSpace()
    guard try peek() == UInt8(ascii: ":") else { throw Broken() }
    at += 1
    return name
  }

  private mutating func string() throws(Broken) {
    guard try peek() == UInt8(ascii: "\"") else { throw Broken() }
    at += 1
    while at < json.count {
      let byte = json[at]
      at += 1
      if byte == UInt8(ascii: "\"") { return }
      if byte == UInt8(ascii: "\\") { at += 1 }
    }
    throw Broken()
  }

  /// Copies a string, a number or a word.
  private mutating func scalar() throws(Broken) -> Bool {
    let start = at
    try skipScalar()
    copy.append(contentsOf: UnsafeRawBufferPointer(rebasing: json[start..<at]))
    return true
  }

  private mutating func skipScalar() throws(Broken) {
    if try peek() == UInt8(ascii: "\"") { return try string() }
    let start = at
    while at < json.count, Self.isPlain(json[at]) { at += 1 }
    if at == start { throw Broken() }
  }

  /// What numbers, `true`, `false` and `null` are made of.
  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x61...0x7a, UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "E"): true
    default: false
    }
  }

  /// Steps over any value, however deep.
  private mutating func skip() throws(Broken) {
    var depth = 0
    repeat {
      skipSpace()
      switch try peek() {
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        at += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        at += 1
        if depth < 0 { throw Broken() }
      case UInt8(ascii: ","), UInt8(ascii: ":"):
        if depth == 0 { throw Broken() }
        at += 1
      default: try skipScalar()
      }
    } while depth > 0
  }
}

extension Showing {
  fileprivate var isStaffOnly: Bool { if case .staffOnly = self { true } else { false } }
  fileprivate var isForSellersToo: Bool { if case .sellersToo = self { true } else { false } }
}
