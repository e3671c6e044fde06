/// An encoded packet of Engine.IO 4, as one WebSocket message carries it.
///
/// The bytes are an array, so copies of a frame share them: one event for many sessions is held once.
public enum EngineFrame: Sendable, Equatable {
  /// The digit of the packet's type, and its UTF-8 text.
  case text([UInt8])
  /// The bytes of a binary message alone, which has no type digit.
  case binary([UInt8])

  /// How many bytes it has.
  public var count: Int {
    switch self {
    case .text(let bytes), .binary(let bytes): bytes.count
    }
  }

  /// A text message: the digit 4 before `text`, which is UTF-8.
  public static func message(_ text: some Sequence<UInt8>) -> EngineFrame { .text([0x34] + text) }

  static let close = EngineFrame.text([0x31])
  static let ping = EngineFrame.text([0x32])
  static let probeAnswer = EngineFrame.text(Array("3probe".utf8))
  static let noop = EngineFrame.text([0x36])
}
