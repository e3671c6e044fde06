import CWslay

/// wslay's event API, fed by hand: bytes in, messages and the protocol's own answers out.
///
/// A context takes 8.5 KiB (two buffers of 4 KiB), too much to hold for every silent client; so it knows when it holds
/// nothing, and may then serve another client.
final class FrameParser {
  // Owner: the loop whose connections share it. wslay calls back only inside `parse`, with `self` as its user data.
  private let context: wslay_event_context_ptr
  private var bytes = UnsafeRawBufferPointer(start: nil, count: 0)
  private var taken = 0
  private var input = WebSocketInput()
  /// Bytes handed over, and bytes of the frames that have begun: equal when the last frame is whole.
  private var fed: UInt64 = 0
  private var framed: UInt64 = 0
  private var messageIsOpen = false
  private var fragments = 0
  private var overrun = false

  /// How many frames one message may come in.
  private let fragmentLimit: Int

  init?(fragmentLimit: Int) {
    self.fragmentLimit = fragmentLimit
    var callbacks = Self.makeCallbacks()
    // The user data is set below: `self` is not whole yet, and no callback runs before `parse`.
    let box = UnsafeMutablePointer<UnsafeMutableRawPointer?>.allocate(capacity: 1)
    box.initialize(to: nil)
    userData = box
    var made: wslay_event_context_ptr?
    guard wslay_event_context_server_init(&made, &callbacks, box) == 0, let made else {
      box.deallocate()
      return nil
    }
    context = made
    box.pointee = Unmanaged.passUnretained(self).toOpaque()
  }

  private let userData: UnsafeMutablePointer<UnsafeMutableRawPointer?>

  deinit {
    wslay_event_context_free(context)
    userData.deallocate()
  }

  /// Whether it holds neither part of a frame nor part of a message.
  var isBetweenMessages: Bool { fed == framed && !messageIsOpen }

  /// Takes bytes; all of them are used up. A message may have `messageLimitBytes`, its fragments together; which is
  /// judged when a frame of it begins.
  func parse(_ bytes: UnsafeRawBufferPointer, messageLimitBytes: Int) -> WebSocketInput {
    wslay_event_config_set_max_recv_msg_length(context, UInt64(clamping: messageLimitBytes))
    self.bytes = bytes
    taken = 0
    fed &+= UInt64(bytes.count)
    let outcome = wslay_event_recv(context)
    self.bytes = UnsafeRawBufferPointer(start: nil, count: 0)
    if overrun {
      end(.messageTooBig, "a message may have at most \(fragmentLimit) fragments")
    } else if outcome == WSLAY_ERR_NOMEM.rawValue {
      end(.internalError, "out of memory")
    } else if outcome != 0 {
      // Our callback only ever says that there is nothing more, so it is the head of a frame that is wrong.
      end(.protocolError, "a frame breaks the protocol")
    } else {
      while wslay_event_want_write(context) != 0, wslay_event_send(context) == 0 {}
      noteViolation()
    }
    defer { input = WebSocketInput() }
    return input
  }

  private func end(_ code: CloseCode, _ reason: String) {
    input.replies = ServerFrame.close(code, reason)
    input.events.append(.violated(code))
  }

  /// wslay stops reading where the client breaks the protocol, and queues the close frame that says so.
  private func noteViolation() {
    if wslay_event_get_read_enabled(context) != 0 || wslay_event_get_close_received(context) != 0 { return }
    let code = CloseCode(rawValue: wslay_event_get_status_code_sent(context)) ?? .protocolError
    input.events.append(.violated(code))
  }

  // MARK: What wslay calls

  private static func parser(_ data: UnsafeMutableRawPointer?) -> FrameParser? {
    guard let box = data?.assumingMemoryBound(to: UnsafeMutableRawPointer?.self), let object = box.pointee else {
      return nil
    }
    return Unmanaged<FrameParser>.fromOpaque(object).takeUnretainedValue()
  }

  private static func makeCallbacks() -> wslay_event_callbacks {
    var callbacks = wslay_event_callbacks()
    callbacks.recv_callback = { context, buffer, count, _, data in
      guard let parser = FrameParser.parser(data), let buffer, let part = parser.take(count) else {
        wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK.rawValue)
        return -1
      }
      UnsafeMutableRawPointer(buffer).copyMemory(from: part.start, byteCount: part.count)
      return part.count
    }
    callbacks.send_callback = { _, data, count, _, user in
      guard let parser = FrameParser.parser(user), let data else { return -1 }
      parser.input.replies.append(contentsOf: UnsafeBufferPointer(start: data, count: count))
      return count
    }
    callbacks.on_frame_recv_start_callback = { _, frame, data in
      guard let frame else { return }
      FrameParser.parser(data)?.begin(frame.pointee)
    }
    callbacks.on_msg_recv_callback = { _, message, data in
      guard let message else { return }
      FrameParser.parser(data)?.take(message.pointee)
    }
    return callbacks
  }

  private func take(_ count: Int) -> (start: UnsafeRawPointer, count: Int)? {
    guard !overrun, taken < bytes.count, let start = bytes.baseAddress else { return nil }
    let part = (start: start + taken, count: min(count, bytes.count - taken))
    taken += part.count
    return part
  }

  private func begin(_ frame: wslay_event_on_frame_recv_start_arg) {
    let length = frame.payload_length
    framed &+= 6 &+ (length < 126 ? 0 : length < 65_536 ? 2 : 8) &+ length
    guard frame.opcode & 8 == 0 else { return }
    fragments = frame.opcode == 0 ? fragments + 1 : 1
    messageIsOpen = frame.fin == 0
    if fragments > fragmentLimit { overrun = true }
  }

  private func take(_ message: wslay_event_on_msg_recv_arg) {
    let payload = Array(UnsafeBufferPointer(start: message.msg, count: message.msg == nil ? 0 : message.msg_length))
    switch message.opcode {
    case 1: input.events.append(.text(payload))
    case 2: input.events.append(.binary(payload))
    case 8: input.events.append(.closed(message.status_code == 0 ? 1005 : message.status_code))
    case 9: input.events.append(.ping)
    case 10: input.events.append(.pong)
    default: break
    }
  }
}
