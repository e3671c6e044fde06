public import Orders

extension EngineSession {
  /// A GET of this session came: it waits for packets, unless some wait for it.
  public mutating func poll(_ request: EngineRequestID, nowMs: Int64) -> [EngineAction] {
    var actions: [EngineAction] = []
    guard admit(request, nowMs, &actions) else { return actions }
    guard poll == nil else {
      end(.protocolError(.overlappingRequests), &actions)
      actions.append(.answer(request, .refused(.badRequest)))
      return actions
    }
    poll = request
    if trial?.isProbed == true { trial?.noopAtMs = nowMs + options.upgradeHoldMs }
    flush(&actions)
    return actions
  }

  /// The head of a POST of this session came; `finishPost`, `refusePost` or `abandon` follows. `contentType` is the
  /// header as it came.
  public mutating func beginPost(
    _ request: EngineRequestID, contentType: Text?, nowMs: Int64
  ) -> [EngineAction] {
    var actions: [EngineAction] = []
    guard admit(request, nowMs, &actions) else { return actions }
    let violation: EngineViolation? =
      post != nil ? .overlappingRequests : Self.isBinary(contentType) ? .binaryBody : nil
    if let violation {
      end(.protocolError(violation), &actions)
      actions.append(.answer(request, .refused(.badRequest)))
    } else {
      post = request
    }
    return actions
  }

  /// The body of the POST that was begun is here. If the POST was answered meanwhile, nothing happens.
  public mutating func finishPost(_ request: EngineRequestID, body: [UInt8], nowMs: Int64) -> [EngineAction] {
    var actions: [EngineAction] = []
    guard post == request, judge(nowMs, &actions) else { return actions }
    post = nil
    guard body.count <= options.maxPayloadBytes else {
      actions.append(.answer(request, .tooLarge))
      return actions
    }
    do {
      for packet in try EnginePayload.decode(body, packetLimit: options.packetsPerRequest) where phase != .ended {
        if let violation = take(packet, nowMs, &actions) {
          end(.protocolError(violation), &actions)
          actions.append(.answer(request, .refused(.badRequest)))
          return actions
        }
      }
      actions.append(.answer(request, .ok))
    } catch {
      end(.protocolError(.fault(error)), &actions)
      actions.append(.answer(request, .refused(.badRequest)))
    }
    return actions
  }

  /// The body of the POST that was begun has more than `maxPayloadBytes`, and was not read to its end.
  public mutating func refusePost(_ request: EngineRequestID) -> [EngineAction] {
    guard post == request else { return [] }
    post = nil
    return [.answer(request, .tooLarge)]
  }

  /// The client gave up a request before its answer. What would have been in it can no longer be known to arrive: the
  /// session ends.
  public mutating func abandon(_ request: EngineRequestID) -> [EngineAction] {
    var actions: [EngineAction] = []
    if poll == request {
      poll = nil
    } else if post == request {
      post = nil
    } else {
      return actions
    }
    end(.transportClosed, &actions)
    return actions
  }

  /// The answer to a poll did not reach the client, and what was in it is lost: the session ends.
  public mutating func undelivered() -> [EngineAction] {
    var actions: [EngineAction] = []
    end(.transportClosed, &actions)
    return actions
  }

  private mutating func admit(
    _ request: EngineRequestID, _ nowMs: Int64, _ actions: inout [EngineAction]
  ) -> Bool {
    guard judge(nowMs, &actions) else {
      actions.append(.answer(request, .refused(.unknownSession)))
      return false
    }
    guard socket == nil else {
      actions.append(.answer(request, .refused(.badRequest)))
      return false
    }
    return true
  }

  /// Takes a packet from the main transport; the violation if it is one.
  mutating func take(
    _ packet: EnginePacket, _ nowMs: Int64, _ actions: inout [EngineAction]
  ) -> EngineViolation? {
    switch packet {
    case .close: end(.clientClosed, &actions)
    case .pong: pong(nowMs)
    case .text(let message), .binary(let message):
      guard message.count <= options.messageLimitBytes else { return .messageTooLarge }
      // What comes after the owner closed is of no use to anybody.
      guard phase == .open else { break }
      if case .text = packet { actions.append(.text(message)) } else { actions.append(.binary(message)) }
    case .open, .ping: return .wrongDirection
    // They mean nothing here, and no harm either.
    case .upgrade, .noop: break
    }
    return nil
  }

  private static func isBinary(_ contentType: Text?) -> Bool {
    guard let type = contentType?.utf8.prefix(while: { $0 != 0x3b && $0 != 0x20 }) else { return false }
    return type.elementsEqual("application/octet-stream".utf8) { $0 | 0x20 == $1 | 0x20 }
  }
}
