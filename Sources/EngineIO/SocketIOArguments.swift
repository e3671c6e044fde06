import LiveProtocol
import Orders

/// The arguments of an event or an ack: JSON as it came, cut into values but not taken apart.
public struct SocketIOArguments: Sendable, Equatable {
  private let bytes: [UInt8]
  private let ranges: ArraySlice<Range<Int>>
  /// The binary messages that `{"_placeholder":true,"num":n}` in the JSON stands for, by n.
  public let attachments: [[UInt8]]

  init(_ bytes: [UInt8], _ ranges: ArraySlice<Range<Int>>, attachments: [[UInt8]]) {
    self.bytes = bytes
    self.ranges = ranges
    self.attachments = attachments
  }

  /// How many there are.
  public var count: Int { ranges.count }

  /// The JSON of one argument.
  public subscript(index: Int) -> ArraySlice<UInt8> { bytes[ranges[ranges.startIndex + index]] }

  /// The JSON of all of them, with the commas between them; empty if there are none.
  public var joined: ArraySlice<UInt8> {
    guard let first = ranges.first, let last = ranges.last else { return [] }
    return bytes[first.lowerBound..<last.upperBound]
  }

  /// Two are equal if they look alike, wherever they stand in a packet.
  public static func == (one: SocketIOArguments, other: SocketIOArguments) -> Bool {
    one.joined == other.joined && one.count == other.count && one.attachments == other.attachments
  }

  /// Where the elements of a JSON array stand in `bytes`; `json` is where the array does.
  static func ranges(
    _ bytes: [UInt8], _ json: Range<Int>, options: SocketIOOptions
  ) throws(SocketIOFault) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    let isArray = bytes.withUnsafeBytes { whole in
      var scanner = JSONScanner(UnsafeRawBufferPointer(rebasing: whole[json]))
      do throws(SocketIOFault) {
        try scanner.elements(
          limit: options.argumentLimit, depthLimit: options.depthLimit, { _ in SocketIOFault.badPayload }
        ) { range throws(SocketIOFault) in
          ranges.append(range.lowerBound + json.lowerBound..<range.upperBound + json.lowerBound)
        }
        return true
      } catch {
        return false
      }
    }
    guard isArray else { throw .badPayload }
    return ranges
  }

  /// Whether `json` is where an object stands in `bytes`.
  static func isObject(_ bytes: [UInt8], _ json: Range<Int>, options: SocketIOOptions) -> Bool {
    bytes.withUnsafeBytes { whole in
      var scanner = JSONScanner(UnsafeRawBufferPointer(rebasing: whole[json]))
      do throws(SocketIOFault) {
        try scanner.members(
          limit: options.argumentLimit, depthLimit: options.depthLimit, { _ in SocketIOFault.badPayload }
        ) { _, _ throws(SocketIOFault) in }
        return true
      } catch {
        return false
      }
    }
  }

  /// The text of a JSON string with its quotes; nil if half of a surrogate pair stands alone.
  static func text(_ string: ArraySlice<UInt8>) -> Text? { string.withUnsafeBytes { JSONText.decode($0) } }
}
