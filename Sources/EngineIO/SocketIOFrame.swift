import LiveProtocol
public import Orders

/// Socket.IO 5 packets from the server, as Engine.IO messages.
public enum SocketIOFrame {
  /// `40{"sid":…}`: a namespace is joined; with a pid, the client may recover what it misses.
  public static func connect(_ namespace: Text, sid: String, pid: String? = nil) -> EngineFrame {
    var bytes = head(0x30, namespace)
    bytes += Array("{\"sid\":".utf8)
    JSONText.append(sid, to: &bytes)
    if let pid {
      bytes += Array(",\"pid\":".utf8)
      JSONText.append(pid, to: &bytes)
    }
    bytes.append(0x7d)
    return .text(bytes)
  }

  /// `44{"message":…}`: a namespace is refused; `data` is JSON for the program of the client.
  public static func connectError(
    _ namespace: Text, message: String, data: (some Collection<UInt8>)? = [UInt8]?.none
  ) -> EngineFrame {
    var bytes = head(0x34, namespace)
    bytes += Array("{\"message\":".utf8)
    JSONText.append(message, to: &bytes)
    if let data {
      bytes += Array(",\"data\":".utf8)
      bytes += data
    }
    bytes.append(0x7d)
    return .text(bytes)
  }

  /// `41`: the client is out of a namespace.
  public static func disconnect(_ namespace: Text) -> EngineFrame { .text(head(0x31, namespace)) }

  /// Appends `42[type,data,offset]`, an event of the main namespace: encoded once, it fits every client of it.
  ///
  /// - Parameters:
  ///   - type: a JSON string with its quotes.
  ///   - data: a JSON value.
  ///   - offset: where the event stands in what can be recovered, a JSON string with its quotes. Every event has one
  ///     while recovery is on, for a client takes any last string for it.
  public static func appendEvent(
    type: UnsafeRawBufferPointer, data: UnsafeRawBufferPointer, offset: UnsafeRawBufferPointer?,
    to bytes: inout [UInt8]
  ) {
    bytes.append(0x34)
    bytes.append(0x32)
    bytes.append(0x5b)
    bytes.append(contentsOf: type)
    bytes.append(0x2c)
    bytes.append(contentsOf: data)
    if let offset {
      bytes.append(0x2c)
      bytes.append(contentsOf: offset)
    }
    bytes.append(0x5d)
  }

  /// An event, and its attachments after it.
  ///
  /// - Parameters:
  ///   - arguments: JSON values with commas between them; empty for none.
  ///   - ackID: the number under which the client answers.
  ///   - offset: one more last argument, as in `appendEvent`.
  public static func event(
    _ namespace: Text, name: Text, arguments: some Collection<UInt8>, attachments: [[UInt8]] = [],
    ackID: Int64? = nil, offset: String? = nil
  ) -> [EngineFrame] {
    var bytes = head(0x32, namespace, attachments.count, ackID)
    bytes.append(0x5b)
    JSONText.append(name, to: &bytes)
    if !arguments.isEmpty {
      bytes.append(0x2c)
      bytes += arguments
    }
    if let offset {
      bytes.append(0x2c)
      JSONText.append(offset, to: &bytes)
    }
    bytes.append(0x5d)
    return [.text(bytes)] + attachments.map { .binary($0) }
  }

  /// The ack of a client's event, and its attachments after it.
  public static func ack(
    _ namespace: Text, id: Int64, arguments: some Collection<UInt8>, attachments: [[UInt8]] = []
  ) -> [EngineFrame] {
    let bytes = head(0x33, namespace, attachments.count, id) + [0x5b] + arguments + [0x5d]
    return [.text(bytes)] + attachments.map { .binary($0) }
  }

  /// The digit 4 of a message, the type (3 more with attachments), their number, the namespace, the ack id.
  private static func head(
    _ type: UInt8, _ namespace: Text, _ attachmentCount: Int = 0, _ ackID: Int64? = nil
  ) -> [UInt8] {
    var bytes: [UInt8] = [0x34, attachmentCount > 0 ? type + 3 : type]
    if attachmentCount > 0 {
      bytes += Array(String(attachmentCount).utf8)
      bytes.append(0x2d)
    }
    if namespace != "/" {
      bytes += Array(namespace.utf8)
      bytes.append(0x2c)
    }
    if let ackID { bytes += Array(String(ackID).utf8) }
    return bytes
  }
}
