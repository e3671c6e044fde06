import Orders

/// Commands written out in Redis's protocol, to be sent in one go.
struct Pipeline: Sendable {
  /// What goes over the wire.
  private(set) var bytes: [UInt8] = []
  /// How many replies will come.
  private(set) var replies = 0

  /// Nothing yet, with room for so many bytes.
  init(room: Int = 256) { bytes.reserveCapacity(room) }

  /// Begins a command of so many arguments, its name included; exactly as many must follow.
  mutating func command(_ name: String, arguments: Int, replies: Int = 1) {
    self.replies += replies
    head("*", arguments)
    text(name)
  }

  /// A whole command of short texts.
  mutating func command(_ texts: [String], replies: Int = 1) {
    self.replies += replies
    head("*", texts.count)
    for one in texts { text(one) }
  }

  /// An argument.
  mutating func text(_ text: String) {
    head("$", text.utf8.count)
    bytes.append(contentsOf: text.utf8)
    end()
  }

  /// An argument.
  mutating func data(_ data: [UInt8]) {
    head("$", data.count)
    bytes.append(contentsOf: data)
    end()
  }

  /// An argument: a decimal.
  mutating func number(_ number: Int64) {
    head("$", Decimal.length(number))
    Decimal.write(number, to: &bytes)
    end()
  }

  /// An argument: `order:{id}` and the suffix.
  mutating func order(_ id: OrderID, _ suffix: String) {
    head("$", 30 + suffix.utf8.count)
    bytes.append(contentsOf: "order:".utf8)
    id.write(to: &bytes)
    bytes.append(contentsOf: suffix.utf8)
    end()
  }

  /// An argument: `order:{id}:item:{item}:remaining`.
  mutating func item(_ item: ItemID, of id: OrderID) {
    head("$", 70)
    bytes.append(contentsOf: "order:".utf8)
    id.write(to: &bytes)
    bytes.append(contentsOf: ":item:".utf8)
    item.write(to: &bytes)
    bytes.append(contentsOf: ":remaining".utf8)
    end()
  }

  /// An argument: `lock:order:{id}`.
  mutating func lock(_ id: OrderID) {
    head("$", 35)
    bytes.append(contentsOf: "lock:order:".utf8)
    id.write(to: &bytes)
    end()
  }

  /// Adds another's commands after these.
  mutating func append(_ other: Pipeline) {
    bytes.append(contentsOf: other.bytes)
    replies += other.replies
  }

  private mutating func head(_ mark: Unicode.Scalar, _ count: Int) {
    bytes.append(UInt8(truncatingIfNeeded: mark.value))
    Decimal.write(Int64(count), to: &bytes)
    end()
  }

  private mutating func end() {
    bytes.append(0x0d)
    bytes.append(0x0a)
  }
}

/// Decimals as ASCII.
enum Decimal {
  /// Appends the number.
  static func write(_ number: Int64, to bytes: inout [UInt8]) {
    var rest = number.magnitude
    if number < 0 { bytes.append(UInt8(ascii: "-")) }
    let start = bytes.count
    repeat {
      bytes.append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10))
      rest /= 10
    } while rest > 0
    if bytes.count - start > 1 { bytes[start...].reverse() }
  }

  /// How many bytes `write` appends.
  static func length(_ number: Int64) -> Int {
    var rest = number.magnitude
    var count = number < 0 ? 2 : 1
    while rest > 9 {
      rest /= 10
      count += 1
    }
    return count
  }

  /// Reads 1 to 18 digits and nothing else.
  static func read(_ bytes: some Collection<UInt8>) -> Int64? {
    guard (1...18).contains(bytes.count) else { return nil }
    var number: Int64 = 0
    for byte in bytes {
      guard (0x30...0x39).contains(byte) else { return nil }
      number = number &* 10 &+ Int64(byte &- 0x30)
    }
    return number
  }
}
