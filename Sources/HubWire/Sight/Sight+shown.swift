public import Orders

/// What of a JSON text somebody is given.
public struct Shown: Sendable, Equatable {
  /// The JSON.
  public var json: [UInt8]
  /// What was left out of it.
  public var withheld: Withheld
}

/// How much was left out of what somebody was given.
public struct Withheld: Sendable, Equatable {
  /// Members that the table keeps for the staff, or for them and who sells.
  public var staffOnly = 0
  /// Members that the table does not name, or that are of another kind than it says.
  public var unnamedMembers = 0
  /// Events of a type that the table does not name.
  public var unnamedEvents = 0
  /// Nothing.
  public init() {}
}

extension Sight {
  /// What is shown of an answer whose schema has this name. Nil if nothing may be: it is in no table, or is no JSON.
  public func shown(_ json: [UInt8], answering schema: String) -> Shown? {
    switch self {
    case .business: Shown(json: json, withheld: Withheld())
    case .ownOrders, .soldOrders, .placedOrders:
      SightTable.answer(schema).flatMap { showing in
        json.withUnsafeBytes { Sieve.pass($0, showing, forSeller: self == .soldOrders) }
      }
    case .nothing: nil
    }
  }

  /// What is shown of an event's `data`, JSON; `type` is the event's as it is written, without its quotes. Nil if the
  /// event is not shown at all.
  public func shown(_ data: UnsafeRawBufferPointer, ofEvent type: UnsafeRawBufferPointer) -> Shown? {
    switch self {
    case .business: Shown(json: Array(data), withheld: Withheld())
    case .ownOrders, .soldOrders, .placedOrders:
      SightTable.data(of: type).flatMap { Sieve.pass(data, .object($0), forSeller: self == .soldOrders) }
    case .nothing: nil
    }
  }

  /// Whether events of a type, as it is written without its quotes, are shown at all.
  public func shows(event type: UnsafeRawBufferPointer) -> Bool {
    switch self {
    case .business: true
    case .ownOrders, .soldOrders, .placedOrders: SightTable.data(of: type) != nil
    case .nothing: false
    }
  }
}

extension SightTable {
  /// What is shown of an answer of a schema.
  static func answer(_ schema: String) -> Showing? {
    answers.first { $0.schema.utf8.elementsEqual(schema.utf8) }?.showing
  }

  /// What is shown of the data of an event's type, which is compared by its bytes.
  static func data(of type: UnsafeRawBufferPointer) -> Columns? {
    events.first { $0.type.name.utf8.elementsEqual(type) }?.data
  }
}
