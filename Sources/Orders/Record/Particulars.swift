/// What only one workflow knows about an order: named values, each of its own type.
///
/// It reads itself: a process that does not know a name keeps its value and passes it on. Empty for most orders, and then
/// it costs nothing.
public struct Particulars: Sendable, Equatable {
  /// The most values an order has, and the most of a list.
  public static let limit = 64

  /// One value.
  public struct Entry: Sendable, Equatable {
    /// Its name; see `ParticularName`.
    public let name: ParticularName
    /// What it is.
    public let value: Particular
    /// Names a value.
    public init(_ name: ParticularName, _ value: Particular) {
      self.name = name
      self.value = value
    }
  }

  /// The values, in the order in which they were first set.
  public private(set) var entries: [Entry] = []

  /// None.
  public init() {}

  /// Of these, the last where a name stands twice.
  public init(_ entries: [Entry]) {
    for entry in entries { self[entry.name] = entry.value }
  }

  /// Whether there is none.
  public var isEmpty: Bool { entries.isEmpty }

  /// The value of this name.
  public subscript(name: ParticularName) -> Particular? {
    get { entries.first { $0.name == name }?.value }
    set {
      let place = entries.firstIndex { $0.name == name }
      switch (place, newValue) {
      case (let place?, let value?): entries[place] = Entry(name, value)
      case (let place?, nil): entries.remove(at: place)
      case (nil, let value?): entries.append(Entry(name, value))
      case (nil, nil): break
      }
    }
  }
}

/// The name of a particular, and of a field of an input: 1 to 64 of `A–Z a–z 0–9 _`, a letter first.
public struct ParticularName: Hashable, Sendable, Comparable {
  /// The name as written.
  public let text: Text
  /// Nil unless the text is such a name.
  public init?(_ text: Text) {
    guard (1...64).contains(text.utf8.count), text.utf8.first.map(Self.isLetter) ?? false,
      text.utf8.allSatisfy({ Self.isLetter($0) || (0x30...0x39).contains($0) || $0 == 0x5f })
    else { return nil }
    self.text = text
  }
  /// A name that the hub itself gives.
  init(known text: StaticString) { self.text = Text("\(text)") }

  /// By bytes.
  public static func < (left: ParticularName, right: ParticularName) -> Bool { left.text < right.text }

  private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7a).contains(byte | 0x20) }

  /// The user who sells, where somebody else than the staff does: a text that may be a user's name. Once set it stays.
  public static let sellerID = ParticularName(known: "sellerId")
}

/// A value of an order's particulars, or of an input.
public enum Particular: Sendable, Equatable {
  case text(Text)
  case whole(Int64)
  case money(Money)
  case quantity(Quantity)
  case time(Timestamp)
  case flag(Bool)
  /// The identity of something: a part, another order.
  case identity(Identifier<Particulars>)
  /// Records, at most `Particulars.limit`.
  case list([Particulars])
}
