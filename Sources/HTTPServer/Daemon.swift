import CMicrohttpd
import Glibc
import HubContracts
import HubRuntime
import Synchronization

/// The library's server on a thread of ours, and the functions it calls.
///
/// The library has threads of its own, but they may stand still: libmicrohttpd 0.9.75 takes 128 events at a time, and
/// where it got exactly that many it waits for more, as long as for the next timeout, before it looks at those that it
/// has. `MHD_run` never waits, so here the waiting is ours.
final class Daemon: @unchecked Sendable {
  // Owner: the HTTP server that started it, which calls `quiesce` and `stop` once each, one after the other. The library's
  // daemon is run by the one thread, and by `stop` when that has ended.
  private let daemon: OpaquePointer
  private let core: Unmanaged<ServerCore>
  private let thread: HubRuntime.Thread
  private let orders = Locked(Orders())
  private let door = Locked(Door.open)

  /// Starts serving on a listening socket, which belongs to the daemon from then on.
  init(_ options: HTTPServerOptions, socket: Int32, core: ServerCore) throws(HTTPServerError) {
    let context = Unmanaged.passRetained(core)
    var flags =
      MHD_USE_EPOLL.rawValue | MHD_ALLOW_SUSPEND_RESUME.rawValue | MHD_USE_ERROR_LOG.rawValue
    if core.upgrades != nil { flags |= MHD_ALLOW_UPGRADE.rawValue }
    var settings = hub_mhd_options()
    settings.flags = flags
    settings.listen_socket = socket
    settings.connection_limit = UInt32(clamping: options.connectionLimit + Places.reserve)
    settings.address_limit =
      options.trustedProxies.isEmpty ? UInt32(clamping: options.connectionsPerAddressLimit) : 0
    // The library has one time for all; the sweep knows shorter ones.
    settings.timeout_seconds = UInt32(clamping: max(options.idleTimeoutSeconds, options.keepAliveSeconds))
    settings.memory_bytes = options.connectionMemoryBytes
    settings.context = context.toOpaque()
    settings.handle = handle
    settings.completed = completed
    settings.connection = connectionChanged
    settings.uri = targetRead
    // Escapes stay as sent: the path is routed and judged as bytes.
    settings.unescape = { _, _, text in text.map { strlen($0) } ?? 0 }
    settings.log = logged
    guard let daemon = hub_mhd_start(&settings) else {
      context.release()
      throw .cannotStart
    }
    self.daemon = daemon
    self.core = context
    let running = Running(daemon: daemon, socket: socket, bell: core.bell, orders: orders, door: door)
    thread = HubRuntime.Thread.start(name: "http") { running.run() }
  }

  /// Stops accepting, in a moment.
  func quiesce() {
    orders.with { $0.stopsAccepting = true }
    core.takeUnretainedValue().bell.ring()
  }

  /// Ends the thread and closes all connections. It blocks; no connection may be suspended for good.
  func stop() {
    orders.with { $0.ends = true }
    core.takeUnretainedValue().bell.ring()
    thread.join()
    MHD_stop_daemon(daemon)
    core.release()
  }

  /// Whether the listening socket is closed.
  var isShut: Bool {
    door.with { door in
      if case .shut = door { true } else { false }
    }
  }

  /// What the thread is to do when the bell rings, beside running the daemon.
  private struct Orders {
    var stopsAccepting = false
    var ends = false
  }

  /// How far the listening socket is.
  private enum Door {
    case open
    /// Nobody new is let in since this moment; who had come before is.
    case closing(sinceMicros: UInt64)
    case shut
  }

  /// What the thread does.
  private struct Running: @unchecked Sendable {
    // Owner: the thread; the daemon outlives it.
    let daemon: OpaquePointer
    let socket: Int32
    let bell: Bell
    let orders: Locked<Orders>
    let door: Locked<Door>

    /// How long who is shaking hands may take to come in: a way there and back.
    private static let handshakeMicros: UInt64 = 50_000
    /// How long those who wait may take, where there are more connections than may be.
    private static let patienceMicros: UInt64 = 1_000_000

    /// Runs the daemon whenever it has something to do. Resumed connections are no events to it, so each rings the bell.
    func run() {
      var waited = [hub_mhd_epoll(daemon), bell.descriptor].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      while true {
        let count = poll(&waited, nfds_t(waited.count), waitMs())
        if count > 0, waited[1].revents != 0 {
          bell.hear()
          if obey() { return }
        }
        MHD_run(daemon)
        shutDoor()
      }
    }

    private func waitMs() -> Int32 {
      let wanted = hub_mhd_timeout(daemon)
      guard case .closing = door.with({ $0 }) else { return wanted }
      return wanted < 0 ? 10 : min(wanted, 10)
    }

    /// Whether that was all. On this thread, for the library adds and removes the listening socket as it runs, and ends
    /// the process where it finds it gone.
    private func obey() -> Bool {
      let (stopsAccepting, ends) = orders.with { orders in
        defer { orders.stopsAccepting = false }
        return (orders.stopsAccepting, orders.ends)
      }
      if stopsAccepting {
        // Closing resets whoever waits to be accepted, with a request sent maybe. So first nobody else comes to wait. Where
        // the system cannot do that, those are lost who come in the moment between the last look and the close.
        _ = hub_drop_new_connections(socket)
        door.with { $0 = .closing(sinceMicros: monotonicMicros()) }
      }
      return ends
    }

    /// Closes the listening socket once nobody waits there any more.
    private func shutDoor() {
      guard case .closing(let since) = door.with({ $0 }) else { return }
      let micros = monotonicMicros() &- since
      guard micros >= Self.handshakeMicros else { return }
      var waiting = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
      guard poll(&waiting, 1, 0) == 0 || micros >= Self.patienceMicros else { return }
      let closed = MHD_quiesce_daemon(daemon)
      if closed >= 0 { close(closed) }
      door.with { $0 = .shut }
    }
  }
}

private func server(_ context: UnsafeMutableRawPointer) -> ServerCore {
  Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue()
}

private func state(_ context: UnsafeMutableRawPointer) -> ConnectionState {
  Unmanaged<ConnectionState>.fromOpaque(context).takeUnretainedValue()
}

/// A connection was accepted, or is about to be closed.
private let connectionChanged: MHD_NotifyConnectionCallback = { context, connection, socketContext, change in
  guard let context, let connection, let socketContext else { return }
  let core = server(context)
  switch change {
  case .CONNECTION_NOTIFY_STARTED:
    let (new, closed) = core.open.admit { number in
      ConnectionState(
        connection, socket: hub_mhd_socket(connection), number: number, peer: PeerKey(of: connection),
        second: core.open.second)
    }
    socketContext.pointee = Unmanaged.passRetained(new).toOpaque()
    core.unanswered.wrappingAdd(1, ordering: .relaxed)
    core.metrics?.connections.add()
    if closed > 0 { core.metrics?.idleClosed.add(closed) }
  case .CONNECTION_NOTIFY_CLOSED:
    guard let old = socketContext.pointee else { return }
    socketContext.pointee = nil
    core.noLongerNew(state(old))
    core.open.remove(state(old))
    core.heads.forget(state(old))
    core.answers.giveBack(state(old))
    if state(old).leavesBody { core.lingering.keep(state(old).socket) }
    core.metrics?.connections.add(-1)
    Unmanaged<ConnectionState>.fromOpaque(old).release()
    // At its limit the library accepts again only when it is run once more.
    core.bell.ring()
  @unknown default: break
  }
}

/// The request line is read. What this gives comes back in every later call about the request.
private let targetRead: hub_mhd_uri_callback = { context, target, connection in
  guard let context, let target, let connection, let request = hub_mhd_socket_context(connection) else { return nil }
  let core = server(context)
  state(request).begin(target)
  state(request).owesRest(since: core.open.second)
  core.heads.begin(state(request))
  return request
}

/// A step of a request.
private let handle: MHD_AccessHandlerCallback = {
  context, connection, target, method, version, upload, uploadCount, request in
  guard let context, let connection, let target, let method, let version, let uploadCount, let request,
    let current = request.pointee
  else { return .NO }
  return server(context).step(
    connection, state(current), target: target, method: method, version: version, upload: upload,
    uploadCount: uploadCount)
}

/// A request is over, however it ended: the client has its time for the next.
private let completed: MHD_RequestCompletedCallback = { context, _, request, end in
  guard let context, let request, let current = request.pointee else { return }
  let core = server(context)
  let connection = state(current)
  if let exchange = connection.exchange { core.exchanges.end(exchange) }
  core.letGo(connection)
  core.answers.giveBack(connection)
  if let head = connection.begunHead { _ = core.application.bodyFailed(head, isTooLarge: false) }
  // The library may see that the client is gone as soon as the connection is resumed, before it asks for the answer.
  if end != .REQUEST_TERMINATED_COMPLETED_OK { connection.exchange?.reply?.undelivered?() }
  if let stream = connection.stream { core.streams.end(stream) }
  if connection.upgrade == nil { connection.owes(since: core.open.nextRequestSecond) }
  connection.end()
}

/// How the library's message begins that it is about to refuse a head by itself (`transmit_error_response_len` of 0.9.75).
private let refusing = "Error processing request"

/// The library's own messages: faults of clients, mostly. While connections are served they come from the server's thread.
private let logged: MHD_LogCallback = { context, format, arguments in
  guard let context, let format, let arguments else { return }
  let core = server(context)
  // Whatever else it says, as of a client that is gone, is about no head.
  if strncmp(format, refusing, strlen(refusing)) == 0 { core.refuseByItself() }
  guard core.log.level <= .debug else { return }
  var text = [CChar](repeating: 0, count: 512)
  vsnprintf(&text, text.count, format, arguments)
  let message = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  core.log.debug("http library", [("text", message)])
}
