import LiveProtocol
public import Orders

/// What a client says of itself when it asks for a namespace; other members of its auth object are passed over.
public struct SocketIOAuth: Sendable, Equatable {
  /// Its credentials.
  public var token: Text?
  /// What it was given as `pid` before its connection was lost.
  public var pid: Text?
  /// The last argument of the last event that it got.
  public var offset: Text?

  /// Reads an auth object.
  ///
  /// - Throws: `.badPayload` if it is no object within the options' bounds, or one of these members is not a string or
  ///   stands there twice.
  public init(_ json: [UInt8], options: SocketIOOptions) throws(SocketIOFault) {
    var found: [Text: Text] = [:]
    let isGood = json.withUnsafeBytes { bytes in
      var scanner = JSONScanner(bytes)
      do throws(SocketIOFault) {
        try scanner.members(
          limit: options.argumentLimit, depthLimit: options.depthLimit, { _ in SocketIOFault.badPayload }
        ) { name, value throws(SocketIOFault) in
          let name = JSONText.decode(UnsafeRawBufferPointer(rebasing: bytes[name]))
          guard let name, Self.members.contains(name) else { return }
          guard bytes[value.lowerBound] == 0x22, found[name] == nil,
            let text = JSONText.decode(UnsafeRawBufferPointer(rebasing: bytes[value]))
          else { throw .badPayload }
          found[name] = text
        }
        return true
      } catch {
        return false
      }
    }
    guard isGood else { throw .badPayload }
    token = found["token"]
    pid = found["pid"]
    offset = found["offset"]
  }

  private static let members: Set<Text> = ["token", "pid", "offset"]
}
