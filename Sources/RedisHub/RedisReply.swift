import CHiredis

/// A reply, copied out of the parser's memory.
enum RedisReply: Sendable, Equatable {
  case null
  case integer(Int64)
  /// A string or a status.
  case bytes([UInt8])
  case error(String)
  case array([RedisReply])

  /// Copies a reply. Nesting is at most 7 deep: the parser refuses more.
  init(_ reply: UnsafePointer<redisReply>) {
    let value = reply.pointee
    switch value.type {
    case REDIS_REPLY_INTEGER: self = .integer(value.integer)
    case REDIS_REPLY_STRING, REDIS_REPLY_STATUS: self = .bytes(Array(value.buffer))
    case REDIS_REPLY_ERROR: self = .error(String(decoding: value.buffer, as: UTF8.self))
    case REDIS_REPLY_ARRAY:
      self = .array((0..<value.elements).map { index in value.part(index).map { RedisReply($0) } ?? .null })
    default: self = .null
    }
  }

  /// The bytes, if it is a string.
  var bytes: [UInt8]? {
    if case .bytes(let bytes) = self { bytes } else { nil }
  }
  /// The integer, if it is one.
  var integer: Int64? {
    if case .integer(let number) = self { number } else { nil }
  }
  /// The elements, if it is an array.
  var array: [RedisReply]? {
    if case .array(let elements) = self { elements } else { nil }
  }
  /// What went wrong, if it is an error.
  var error: String? {
    if case .error(let text) = self { text } else { nil }
  }
}

extension redisReply {
  /// A string's bytes in the parser's memory; they live as long as the reply.
  var buffer: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: str, count: str == nil ? 0 : len) }

  /// An array's element.
  func part(_ index: Int) -> UnsafePointer<redisReply>? {
    guard type == REDIS_REPLY_ARRAY, index < elements, let element else { return nil }
    return element[index].map { UnsafePointer($0) }
  }
}
