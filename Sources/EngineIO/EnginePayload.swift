import Orders

/// What one polling request or answer carries: packets joined by 0x1E, binary ones as `b` and base64.
public enum EnginePayload {
  /// The byte between two packets.
  public static let separator: UInt8 = 0x1e
  private static let binaryMark: UInt8 = 0x62

  /// The packets of a request's body, all or none of them.
  public static func decode(_ body: [UInt8], packetLimit: Int) throws(EngineFault) -> [EnginePacket] {
    guard isUTF8(body) else { throw .notUTF8 }
    var packets: [EnginePacket] = []
    var start = 0
    while true {
      let end = body[start...].firstIndex(of: separator) ?? body.count
      if packets.count == packetLimit { throw .tooManyPackets(limit: packetLimit) }
      packets.append(try packet(body[start..<end]))
      if end == body.count { return packets }
      start = end + 1
    }
  }

  private static func packet(_ bytes: ArraySlice<UInt8>) throws(EngineFault) -> EnginePacket {
    guard bytes.first == binaryMark else { return try EnginePacket(text: bytes) }
    guard let data = Base64.decode(bytes.dropFirst()) else { throw .badBase64 }
    return .binary(data)
  }

  /// Appends a packet, after a separator if it is not the first.
  public static func append(_ frame: EngineFrame, to body: inout [UInt8]) {
    if !body.isEmpty { body.append(separator) }
    switch frame {
    case .text(let bytes): body += bytes
    case .binary(let bytes):
      body.append(binaryMark)
      Base64.append(bytes, to: &body)
    }
  }

  /// How many bytes a packet takes in a body, without a separator.
  public static func byteCount(of frame: EngineFrame) -> Int {
    switch frame {
    case .text(let bytes): bytes.count
    case .binary(let bytes): 1 + (bytes.count + 2) / 3 * 4
    }
  }

  private static func isUTF8(_ bytes: [UInt8]) -> Bool {
    // Most payloads are ASCII, which needs no second look.
    bytes.allSatisfy { $0 < 0x80 } || Text(validating: bytes) != nil
  }
}
