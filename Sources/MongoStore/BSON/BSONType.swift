/// The types of BSON elements. Those that the hub does not write are stepped over where a newer version does.
enum BSONType: UInt8 {
  case double = 0x01
  case string = 0x02
  case document = 0x03
  case array = 0x04
  case binary = 0x05
  case undefined = 0x06
  case identifier = 0x07
  case bool = 0x08
  case date = 0x09
  case null = 0x0a
  case expression = 0x0b
  case pointer = 0x0c
  case code = 0x0d
  case symbol = 0x0e
  case scopedCode = 0x0f
  case int32 = 0x10
  case timestamp = 0x11
  case int64 = 0x12
  case decimal = 0x13
  case minKey = 0xff
  case maxKey = 0x7f
}

/// A document that is not as it should be.
enum BSONError: Error, Equatable {
  /// A field that must be there is not.
  case missing(String)
  /// A field holds what it must not.
  case wrong(String)
  /// The bytes are no BSON.
  case malformed
}
