public import Orders

/// What a Socket.IO session wants done, in this order.
public enum SocketIOAction: Sendable, Equatable {
  /// Send this over the Engine.IO session.
  case send(EngineFrame)
  /// Close the Engine.IO session. Nothing follows.
  case close(SocketIOEnd)
  /// Tell the owner.
  case deliver(SocketIOMessage)
}

/// What a client says to the owner of its session.
public enum SocketIOMessage: Sendable, Equatable {
  /// It asks for a namespace that there is, with its auth object as JSON, `{}` if it gave none. The owner answers with
  /// `accept` or `refuse`, now or later.
  case connect(namespace: Text, auth: [UInt8])
  /// An event. With an ack id, the owner answers once with `acknowledge`, now or later.
  case event(namespace: Text, name: Text, arguments: SocketIOArguments, ackID: Int64?)
  /// The ack of an event that was sent with that number.
  case acknowledged(namespace: Text, id: Int64, arguments: SocketIOArguments)
  /// It has left a namespace that it was in, or asked for; the transport stays.
  case left(namespace: Text)
}

/// Why a Socket.IO session closes its transport.
public enum SocketIOEnd: Sendable, Equatable {
  /// The client broke the protocol.
  case fault(SocketIOFault)
  /// It joined no namespace in time.
  case connectTimeout
}
