/// A packet that came from a client, over either transport.
public enum EnginePacket: Sendable, Equatable {
  /// 0: only a server sends it.
  case open
  /// 1: the client leaves.
  case close
  /// 2: with `probe` on a second transport; on the main one it goes the wrong way.
  case ping([UInt8])
  /// 3: the answer to a ping.
  case pong
  /// 4: a text message.
  case text([UInt8])
  /// A binary message.
  case binary([UInt8])
  /// 5: the second transport becomes the main one.
  case upgrade
  /// 6: nothing.
  case noop

  /// Reads a text packet: the digit of its type, then its data. The bytes are UTF-8 already.
  public init(text: some Collection<UInt8>) throws(EngineFault) {
    guard let type = text.first else { throw .emptyPacket }
    switch type {
    case 0x30: self = .open
    case 0x31: self = .close
    case 0x32: self = .ping(Array(text.dropFirst()))
    case 0x33: self = .pong
    case 0x34: self = .text(Array(text.dropFirst()))
    case 0x35: self = .upgrade
    case 0x36: self = .noop
    default: throw .unknownType(type)
    }
  }

  /// Reads one WebSocket message.
  public init(_ frame: EngineFrame) throws(EngineFault) {
    switch frame {
    case .text(let bytes): try self.init(text: bytes)
    case .binary(let bytes): self = .binary(bytes)
    }
  }
}

/// Why bytes from a client are not packets of Engine.IO 4.
public enum EngineFault: Error, Sendable, Equatable {
  /// A packet without even a type.
  case emptyPacket
  /// The first byte of a text packet is not a digit from 0 to 6.
  case unknownType(UInt8)
  /// The data after `b` is not base64 as RFC 4648 has it, with its padding.
  case badBase64
  /// A polling payload is not UTF-8.
  case notUTF8
  /// A polling payload has more packets than are taken at once.
  case tooManyPackets(limit: Int)
}
