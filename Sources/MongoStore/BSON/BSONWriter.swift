import Orders

/// Writes BSON documents one behind the other into one buffer that grows and is used again.
///
/// The bytes are written here and not by libbson's appenders: a field is then a few stores instead of a call with a
/// variable argument list. libbson sees the finished document.
struct BSONWriter: ~Copyable {
  private var base: UnsafeMutableRawPointer
  private var capacity: Int
  /// How many bytes are written.
  private(set) var count = 0

  init(capacity: Int = 16 * 1024) {
    base = .allocate(byteCount: capacity, alignment: 16)
    self.capacity = capacity
  }

  deinit { base.deallocate() }

  /// Forgets all; gives the room back if it grew past `keepBytes`.
  mutating func reset() {
    count = 0
    guard capacity > Self.keepBytes else { return }
    base.deallocate()
    base = .allocate(byteCount: Self.keepBytes, alignment: 16)
    capacity = Self.keepBytes
  }

  private static let keepBytes = 1 << 20

  /// The bytes of a range; good until the next write.
  func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    precondition(range.upperBound <= count, "a range that was never written")
    return UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count)
  }

  // MARK: Documents

  /// Writes one document; its place.
  mutating func root<Failure: Error>(
    _ body: (inout BSONWriter) throws(Failure) -> Void
  ) throws(Failure) -> Range<Int> {
    let start = open()
    try body(&self)
    close(start)
    return start..<count
  }

  mutating func document<Failure: Error>(
    _ key: StaticString, _ body: (inout BSONWriter) throws(Failure) -> Void
  ) throws(Failure) {
    head(.document, key)
    let start = open()
    try body(&self)
    close(start)
  }

  mutating func documents<Element, Failure: Error>(
    _ key: StaticString, _ elements: some Sequence<Element>,
    _ body: (inout BSONWriter, Element) throws(Failure) -> Void
  ) throws(Failure) {
    let array = openArray(key)
    var index = 0
    for element in elements {
      let start = openElement(index)
      try body(&self, element)
      close(start)
      index += 1
    }
    close(array)
  }

  /// Begins an array whose documents are written with `openElement`.
  mutating func openArray(_ key: StaticString) -> Int {
    head(.array, key)
    return open()
  }

  /// Begins the document at `index` of an array.
  mutating func openElement(_ index: Int) -> Int {
    headIndex(.document, index)
    return open()
  }

  /// Begins a document that stands by itself.
  mutating func open() -> Int {
    reserve(4)
    let start = count
    count += 4
    return start
  }

  /// Ends what `open…` began.
  mutating func close(_ start: Int) {
    reserve(1)
    base.storeBytes(of: 0, toByteOffset: count, as: UInt8.self)
    count += 1
    store(Int32(truncatingIfNeeded: count - start), at: start)
  }

  // MARK: Values

  mutating func int64(_ key: StaticString, _ value: Int64) {
    head(.int64, key)
    store(value, at: count)
    count += 8
  }

  /// A field whose name is data; a name with a NUL in it is refused.
  mutating func int64(name: Text, _ value: Int64) throws(BSONError) {
    guard !name.utf8.contains(0) else { throw .wrong("a name with a NUL") }
    reserve(1)
    base.storeBytes(of: BSONType.int64.rawValue, toByteOffset: count, as: UInt8.self)
    count += 1
    append(name.string)
    reserve(9)
    base.storeBytes(of: 0, toByteOffset: count, as: UInt8.self)
    store(value, at: count + 1)
    count += 9
  }

  mutating func int32(_ key: StaticString, _ value: Int32) {
    head(.int32, key)
    store(value, at: count)
    count += 4
  }

  mutating func bool(_ key: StaticString, _ value: Bool) {
    head(.bool, key)
    base.storeBytes(of: value ? 1 : 0, toByteOffset: count, as: UInt8.self)
    count += 1
  }

  mutating func date(_ key: StaticString, _ value: Timestamp) {
    head(.date, key)
    store(value.millis, at: count)
    count += 8
  }

  mutating func minKey(_ key: StaticString) { head(.minKey, key) }
  mutating func maxKey(_ key: StaticString) { head(.maxKey, key) }
  mutating func null(_ key: StaticString) { head(.null, key) }

  mutating func identifier<Entity>(_ key: StaticString, _ value: Identifier<Entity>) {
    head(.identifier, key)
    place(value)
  }

  mutating func identifiers<Entity>(_ key: StaticString, _ values: some Sequence<Identifier<Entity>>) {
    let array = openArray(key)
    for (index, value) in values.enumerated() {
      headIndex(.identifier, index)
      place(value)
    }
    close(array)
  }

  mutating func string(_ key: StaticString, _ value: String) {
    head(.string, key)
    text(value)
  }

  mutating func string(_ key: StaticString, _ value: Text) { string(key, value.string) }

  mutating func string(_ key: StaticString, _ value: StaticString) {
    head(.string, key)
    text(UnsafeRawBufferPointer(start: value.utf8Start, count: value.utf8CodeUnitCount))
  }

  /// UTF-8 as a string.
  mutating func string(_ key: StaticString, utf8: [UInt8]) {
    head(.string, key)
    utf8.withUnsafeBytes { text($0) }
  }

  mutating func strings(_ key: StaticString, _ values: some Sequence<String>) {
    strings(key, values.lazy.map { Text($0) })
  }

  /// With a null behind them, if it is asked for.
  mutating func strings(_ key: StaticString, _ values: some Sequence<Text>, orNull: Bool = false) {
    let array = openArray(key)
    var count = 0
    for value in values {
      headIndex(.string, count)
      text(value.string)
      count += 1
    }
    if orNull { headIndex(.null, count) }
    close(array)
  }

  mutating func binary(_ key: StaticString, _ value: [UInt8]) {
    head(.binary, key)
    store(Int32(truncatingIfNeeded: value.count), at: count)
    base.storeBytes(of: 0, toByteOffset: count + 4, as: UInt8.self)
    count += 5
    value.withUnsafeBytes { append($0) }
  }

  // MARK: Bytes

  /// The room that `head` leaves behind a key: every value of fixed size fits.
  private static let slack = 16

  private mutating func head(_ type: BSONType, _ key: StaticString) {
    let length = key.utf8CodeUnitCount
    reserve(length + 2 + Self.slack)
    base.storeBytes(of: type.rawValue, toByteOffset: count, as: UInt8.self)
    (base + count + 1).copyMemory(from: key.utf8Start, byteCount: length)
    base.storeBytes(of: 0, toByteOffset: count + 1 + length, as: UInt8.self)
    count += length + 2
  }

  private mutating func headIndex(_ type: BSONType, _ index: Int) {
    reserve(24 + Self.slack)
    base.storeBytes(of: type.rawValue, toByteOffset: count, as: UInt8.self)
    count += 1
    var divisor = 1
    while index / divisor >= 10 { divisor *= 10 }
    while divisor > 0 {
      base.storeBytes(of: UInt8(0x30 + index / divisor % 10), toByteOffset: count, as: UInt8.self)
      count += 1
      divisor /= 10
    }
    base.storeBytes(of: 0, toByteOffset: count, as: UInt8.self)
    count += 1
  }

  private mutating func place<Entity>(_ value: Identifier<Entity>) {
    store(value.high.byteSwapped, at: count)
    store(value.low.byteSwapped, at: count + 8)
    count += 12
  }

  private mutating func text(_ value: String) {
    let start = count
    count += 4
    append(value)
    endText(start)
  }

  private mutating func text(_ value: UnsafeRawBufferPointer) {
    let start = count
    count += 4
    append(value)
    endText(start)
  }

  private mutating func endText(_ start: Int) {
    reserve(1)
    base.storeBytes(of: 0, toByteOffset: count, as: UInt8.self)
    count += 1
    store(Int32(truncatingIfNeeded: count - start - 4), at: start)
  }

  private mutating func append(_ value: String) {
    let fast: Void? = value.utf8.withContiguousStorageIfAvailable { append(UnsafeRawBufferPointer($0)) }
    if fast == nil { Array(value.utf8).withUnsafeBytes { append($0) } }
  }

  private mutating func append(_ bytes: UnsafeRawBufferPointer) {
    reserve(bytes.count)
    if let start = bytes.baseAddress { (base + count).copyMemory(from: start, byteCount: bytes.count) }
    count += bytes.count
  }

  @inline(__always)
  private func store<Value: FixedWidthInteger>(_ value: Value, at offset: Int) {
    base.storeBytes(of: value.littleEndian, toByteOffset: offset, as: Value.self)
  }

  @inline(__always)
  private mutating func reserve(_ bytes: Int) {
    if count + bytes > capacity { grow(count + bytes) }
  }

  @inline(never)
  private mutating func grow(_ needed: Int) {
    let larger = max(needed, capacity * 2)
    let room = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
    room.copyMemory(from: base, byteCount: count)
    base.deallocate()
    base = room
    capacity = larger
  }
}
