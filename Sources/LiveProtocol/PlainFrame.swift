/// What the plain WebSocket protocol sends: JSON texts, each in one frame.
public enum PlainFrame {
  /// Appends the frame of an event, `{"type","data","id","seq","offset"}`, cut from the envelope's own bytes. `offset` is
  /// left out if the envelope has none.
  public static func append(_ envelope: Envelope, of message: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
    // 30 bytes of names and braces, and 10 with an offset.
    var count = 30 + envelope.type.count + envelope.data.count + envelope.id.count + envelope.seq.count
    if let offset = envelope.offset { count += 10 + offset.count }
    ServerFrame.appendTextHead(count, to: &bytes)
    append("{\"type\":", message, envelope.type, to: &bytes)
    append(",\"data\":", message, envelope.data, to: &bytes)
    append(",\"id\":", message, envelope.id, to: &bytes)
    append(",\"seq\":", message, envelope.seq, to: &bytes)
    if let offset = envelope.offset { append(",\"offset\":", message, offset, to: &bytes) }
    bytes.append(0x7d)
  }

  /// The JSON of one frame that `append` has written.
  public static func payload(of frame: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    guard frame.count >= 2 else { return frame }
    let short = frame[frame.startIndex + 1]
    return frame.dropFirst(short < 126 ? 2 : short == 126 ? 4 : 10)
  }

  private static func append(
    _ name: StaticString, _ message: UnsafeRawBufferPointer, _ value: Range<Int>, to bytes: inout [UInt8]
  ) {
    bytes.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: message[value]))
  }

  /// `{"type":"hub:ready","data":{"tenant","user"}}`: the token is good.
  public static func ready(tenant: String, user: String) -> [UInt8] {
    var json = Array("{\"type\":\"hub:ready\",\"data\":{\"tenant\":".utf8)
    JSONText.append(tenant, to: &json)
    json += Array(",\"user\":".utf8)
    JSONText.append(user, to: &json)
    json += Array("}}".utf8)
    return ServerFrame.text(json)
  }

  /// `{"type":"subscribed","tenantId","orderId"?,"offset"?}`: nothing that comes after `offset` is missed.
  public static func subscribed(tenant: String, order: String?, offset: String?) -> [UInt8] {
    flat([("type", "subscribed"), ("tenantId", tenant), ("orderId", order), ("offset", offset)])
  }
  /// `{"type":"recovered","tenantId","orderId"?}`: what was missed follows, in order, and then what is new.
  public static func recovered(tenant: String, order: String?) -> [UInt8] {
    flat([("type", "recovered"), ("tenantId", tenant), ("orderId", order)])
  }
  /// `{"type":"unsubscribed","tenantId","orderId"?}`
  public static func unsubscribed(tenant: String, order: String?) -> [UInt8] {
    flat([("type", "unsubscribed"), ("tenantId", tenant), ("orderId", order)])
  }
  /// `{"type":"pong"}`
  public static func pong() -> [UInt8] { flat([("type", "pong")]) }
  /// `{"type":"resync","reason","offset"?}`: events may be missing, load the state again. What comes follows `offset`.
  public static func resync(reason: String, offset: String?) -> [UInt8] {
    flat([("type", "resync"), ("reason", reason), ("offset", offset)])
  }
  /// `{"type":"error","code","message"}`: a command was refused, the connection stays.
  public static func error(code: String, message: String) -> [UInt8] {
    flat([("type", "error"), ("code", code), ("message", message)])
  }

  private static func flat(_ members: [(name: String, text: String?)]) -> [UInt8] {
    ServerFrame.text(JSONText.object(members.compactMap { name, text in text.map { (name, $0) } }))
  }
}
