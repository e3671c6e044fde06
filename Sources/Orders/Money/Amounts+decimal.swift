extension Money {
  /// Reads a JSON number of at most 8 decimals, exactly.
  public init(parsing text: some Collection<UInt8>) throws(DecimalProblem) {
    self.init(units: try DecimalText.parse(text, places: 8))
  }
  /// Reads a JSON number of at most 8 decimals; anything else is nil.
  public init?(decimal text: some Collection<UInt8>) {
    guard let units = try? DecimalText.parse(text, places: 8) else { return nil }
    self.init(units: units)
  }
  /// Appends the shortest decimal: `15`, `0.35`.
  public func write(to bytes: inout [UInt8]) { DecimalText.write(units, places: 8, to: &bytes) }
  /// The shortest decimal, for messages.
  public var decimal: String {
    var bytes: [UInt8] = []
    write(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension Quantity {
  /// Reads a JSON number of at most 6 decimals, exactly.
  public init(parsing text: some Collection<UInt8>) throws(DecimalProblem) {
    self.init(millionths: try DecimalText.parse(text, places: 6))
  }
  /// Reads a JSON number of at most 6 decimals; anything else is nil.
  public init?(decimal text: some Collection<UInt8>) {
    guard let millionths = try? DecimalText.parse(text, places: 6) else { return nil }
    self.init(millionths: millionths)
  }
  /// Appends the shortest decimal: `15`, `0.35`.
  public func write(to bytes: inout [UInt8]) { DecimalText.write(millionths, places: 6, to: &bytes) }
  /// The shortest decimal, for messages.
  public var decimal: String {
    var bytes: [UInt8] = []
    write(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}
