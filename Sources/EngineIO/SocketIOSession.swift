public import Orders

/// One client's Socket.IO 5 session over an Engine.IO session: its namespaces, events and acks. It knows no sockets and
/// no clock. What comes once it is closed is passed over.
public struct SocketIOSession: Sendable {
  private let options: SocketIOOptions
  private var places: [Place] = []
  /// A packet that waits for attachments.
  private var pending: Pending?
  /// By when a first namespace must be joined; `Int64.max` once one was.
  public private(set) var deadlineMs: Int64
  /// Whether it has closed.
  public private(set) var isClosed = false

  /// What a client is to one namespace.
  private struct Place {
    let namespace: Text
    var standing = Standing.asked
    var nextAckID: Int64 = 0
    var awaited: Set<Int64> = []
  }

  private enum Standing {
    case asked
    case joined
    /// The owner put it out: what it sent before it knew is passed over, for it is no fault of the client.
    case putOut
  }

  private struct Pending {
    let packet: SocketIOPacket
    let bytes: [UInt8]
    var attachments: [[UInt8]] = []
    var attachmentBytes = 0
  }

  /// The session of a client whose Engine.IO session has just opened.
  public init(options: SocketIOOptions, nowMs: Int64) {
    self.options = options
    deadlineMs = nowMs + options.connectTimeoutMs
  }

  /// The namespaces that the client is in.
  public var namespaces: [Text] { places.filter { $0.standing == .joined }.map(\.namespace) }

  /// Closes if no namespace was joined in time.
  public mutating func tick(nowMs: Int64) -> [SocketIOAction] {
    nowMs >= deadlineMs ? close(.connectTimeout) : []
  }

  /// The transport is gone: nothing more comes.
  public mutating func end() { _ = close(.connectTimeout) }

  // MARK: In

  /// A text message came.
  public mutating func receive(text bytes: [UInt8]) -> [SocketIOAction] {
    guard !isClosed else { return [] }
    do throws(SocketIOFault) {
      guard pending == nil else { throw SocketIOFault.unexpectedMessage }
      let packet = try SocketIOPacket(bytes, options: options)
      if packet.attachmentCount == 0 { return try obey(packet, bytes, attachments: []) }
      // It is judged before its attachments are kept.
      _ = try read(packet, bytes, attachments: [])
      pending = Pending(packet: packet, bytes: bytes)
      return []
    } catch {
      return close(.fault(error))
    }
  }

  /// A binary message came.
  public mutating func receive(binary bytes: [UInt8]) -> [SocketIOAction] {
    guard !isClosed else { return [] }
    do throws(SocketIOFault) {
      guard var whole = pending else { throw SocketIOFault.unexpectedMessage }
      pending = nil
      whole.attachmentBytes += bytes.count
      guard whole.attachmentBytes <= options.attachmentLimitBytes else {
        throw SocketIOFault.attachmentsTooLarge(limitBytes: options.attachmentLimitBytes)
      }
      whole.attachments.append(bytes)
      if whole.attachments.count == whole.packet.attachmentCount {
        return try obey(whole.packet, whole.bytes, attachments: whole.attachments)
      }
      pending = whole
      return []
    } catch {
      return close(.fault(error))
    }
  }

  private mutating func obey(
    _ packet: SocketIOPacket, _ bytes: [UInt8], attachments: [[UInt8]]
  ) throws(SocketIOFault) -> [SocketIOAction] {
    let message = try read(packet, bytes, attachments: attachments)
    let standing = place(packet.namespace).map { places[$0].standing }
    if standing == .putOut, packet.kind != .connect { return [] }
    switch message {
    case .connect(let namespace, _):
      guard options.namespaces.contains(namespace) else {
        return [.send(SocketIOFrame.connectError(namespace, message: "Invalid namespace"))]
      }
      places.removeAll { $0.namespace == namespace }
      places.append(Place(namespace: namespace))
    case .left(let namespace): places.removeAll { $0.namespace == namespace }
    case .event: break
    case .acknowledged(let namespace, let id, _):
      // An ack that nobody waits for is not worth a connection: it may be given twice.
      guard let place = place(namespace), places[place].awaited.remove(id) != nil else { return [] }
    }
    return [.deliver(message)]
  }

  /// What a packet says, if it may say that now.
  private func read(
    _ packet: SocketIOPacket, _ bytes: [UInt8], attachments: [[UInt8]]
  ) throws(SocketIOFault) -> SocketIOMessage {
    let namespace = packet.namespace
    let standing = place(namespace).map { places[$0].standing }
    switch packet.kind {
    case .connect:
      guard standing == nil || standing == .putOut else { throw .badState }
      guard packet.ackID == nil else { throw .badAckID }
      guard !packet.json.isEmpty else { return .connect(namespace: namespace, auth: Array("{}".utf8)) }
      guard SocketIOArguments.isObject(bytes, packet.json, options: options) else { throw .badPayload }
      return .connect(namespace: namespace, auth: Array(bytes[packet.json]))
    case .disconnect:
      guard standing != nil else { throw .badState }
      guard packet.json.isEmpty, packet.ackID == nil else { throw .badPayload }
      return .left(namespace: namespace)
    case .event, .ack:
      guard standing == .joined || standing == .putOut else { throw .badState }
      let ranges = try SocketIOArguments.ranges(bytes, packet.json, options: options)
      if packet.attachmentCount > 0 {
        guard Placeholders.areValid(in: bytes[packet.json], count: packet.attachmentCount) else {
          throw .badPlaceholder
        }
      }
      if packet.kind == .ack {
        guard let id = packet.ackID else { throw .badAckID }
        let arguments = SocketIOArguments(bytes, ranges[...], attachments: attachments)
        return .acknowledged(namespace: namespace, id: id, arguments: arguments)
      }
      return .event(
        namespace: namespace, name: try EventName.read(bytes, ranges),
        arguments: SocketIOArguments(bytes, ranges.dropFirst(), attachments: attachments), ackID: packet.ackID)
    case .connectError: throw .badState
    }
  }

  private mutating func close(_ reason: SocketIOEnd) -> [SocketIOAction] {
    guard !isClosed else { return [] }
    isClosed = true
    deadlineMs = .max
    pending = nil
    places = []
    return [.close(reason)]
  }

  // MARK: Out

  /// Lets the client into a namespace that it asked for. Nothing if it no longer asks.
  ///
  /// - Parameters:
  ///   - sid: the client's public name in the namespace; never the Engine.IO session's.
  ///   - pid: what a client that comes back proves itself with, if recovery is on.
  public mutating func accept(_ namespace: Text, sid: String, pid: String? = nil) -> [SocketIOAction] {
    guard let place = place(namespace), places[place].standing == .asked else { return [] }
    places[place].standing = .joined
    deadlineMs = .max
    return [.send(SocketIOFrame.connect(namespace, sid: sid, pid: pid))]
  }

  /// Keeps the client out of a namespace that it asked for, with JSON as `data`. Nothing if it no longer asks.
  public mutating func refuse(_ namespace: Text, message: String, data: [UInt8]? = nil) -> [SocketIOAction] {
    guard let place = place(namespace), places[place].standing == .asked else { return [] }
    places.remove(at: place)
    return [.send(SocketIOFrame.connectError(namespace, message: message, data: data))]
  }

  /// Puts the client out of a namespace; the transport stays. Nothing if it is not in it.
  public mutating func disconnect(_ namespace: Text) -> [SocketIOAction] {
    guard let place = joined(namespace) else { return [] }
    places[place].standing = .putOut
    places[place].awaited = []
    return [.send(SocketIOFrame.disconnect(namespace))]
  }

  /// Sends an event. Nothing if the client is not in the namespace.
  ///
  /// - Parameters:
  ///   - arguments: JSON values with commas between them; with attachments, their placeholders stand in it.
  ///   - offset: one more last argument; see `SocketIOFrame.appendEvent`.
  /// - Throws: `.reservedName`.
  public mutating func emit(
    _ namespace: Text, name: Text, arguments: some Collection<UInt8>, attachments: [[UInt8]] = [],
    offset: String? = nil
  ) throws(SocketIOFault) -> [SocketIOAction] {
    guard !EventName.isReserved(name) else { throw .reservedName(name) }
    guard joined(namespace) != nil else { return [] }
    return SocketIOFrame.event(
      namespace, name: name, arguments: arguments, attachments: attachments, offset: offset
    ).map { .send($0) }
  }

  /// Sends an event that the client is to acknowledge, under a number of its own. Nil if the client is not in the
  /// namespace, or owes `awaitedAckLimit` acks.
  ///
  /// - Throws: `.reservedName`.
  public mutating func ask(
    _ namespace: Text, name: Text, arguments: some Collection<UInt8>, attachments: [[UInt8]] = [],
    offset: String? = nil
  ) throws(SocketIOFault) -> (id: Int64, actions: [SocketIOAction])? {
    guard !EventName.isReserved(name) else { throw .reservedName(name) }
    guard let place = joined(namespace), places[place].awaited.count < options.awaitedAckLimit else { return nil }
    let id = places[place].nextAckID
    places[place].nextAckID += 1
    places[place].awaited.insert(id)
    let frames = SocketIOFrame.event(
      namespace, name: name, arguments: arguments, attachments: attachments, ackID: id, offset: offset)
    return (id, frames.map { .send($0) })
  }

  /// Waits no longer for an ack.
  public mutating func forgetAck(_ namespace: Text, id: Int64) {
    if let place = place(namespace) { places[place].awaited.remove(id) }
  }

  /// Acknowledges a client's event. Nothing if the client is no longer in the namespace.
  public mutating func acknowledge(
    _ namespace: Text, id: Int64, arguments: some Collection<UInt8>, attachments: [[UInt8]] = []
  ) -> [SocketIOAction] {
    guard joined(namespace) != nil else { return [] }
    return SocketIOFrame.ack(namespace, id: id, arguments: arguments, attachments: attachments).map { .send($0) }
  }

  private func joined(_ namespace: Text) -> Int? {
    places.firstIndex { $0.namespace == namespace && $0.standing == .joined }
  }

  private func place(_ namespace: Text) -> Int? { places.firstIndex { $0.namespace == namespace } }
}
