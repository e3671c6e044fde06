extension EngineSession {
  /// A WebSocket came that names this session: it may become the main transport in place of polling.
  public mutating func attach(_ socket: EngineSocketID, nowMs: Int64) -> [EngineAction] {
    var actions: [EngineAction] = []
    guard judge(nowMs, &actions), phase == .open, self.socket == nil, trial == nil else {
      actions.append(.closeSocket(socket, .notWanted))
      return actions
    }
    trial = Trial(socket: socket, byMs: nowMs + options.upgradeTimeoutMs)
    return actions
  }

  /// A whole message came on a WebSocket of this session; text is UTF-8.
  public mutating func receive(_ frame: EngineFrame, on socket: EngineSocketID, nowMs: Int64) -> [EngineAction] {
    var actions: [EngineAction] = []
    guard judge(nowMs, &actions) else { return actions }
    do {
      let packet = try EnginePacket(frame)
      if socket == self.socket {
        if let violation = take(packet, nowMs, &actions) { end(.protocolError(violation), &actions) }
      } else if socket == trial?.socket {
        tryOut(packet, nowMs, &actions)
      }
    } catch {
      if socket == self.socket {
        end(.protocolError(.fault(error)), &actions)
      } else if socket == trial?.socket {
        drop(trialFor: .protocolError(.fault(error)), &actions)
      }
    }
    return actions
  }

  /// A WebSocket of this session is gone.
  public mutating func socketClosed(_ socket: EngineSocketID, nowMs: Int64) -> [EngineAction] {
    var actions: [EngineAction] = []
    if socket == self.socket, phase != .ended {
      self.socket = nil
      end(.transportClosed, &actions)
    } else if socket == trial?.socket {
      trial = nil
    }
    return actions
  }

  private mutating func tryOut(_ packet: EnginePacket, _ nowMs: Int64, _ actions: inout [EngineAction]) {
    guard let trial else { return }
    if packet == .ping(Array("probe".utf8)), !trial.isProbed {
      self.trial?.isProbed = true
      actions.append(.send(trial.socket, .probeAnswer))
      // The client goes over only when no poll of its own is open: this one ends now.
      guard poll != nil else { return }
      queue.append(.noop)
      flush(&actions)
    } else if packet == .upgrade, trial.isProbed {
      goOver(to: trial.socket, &actions)
    } else {
      drop(trialFor: .protocolError(.badProbe), &actions)
    }
  }

  private mutating func goOver(to socket: EngineSocketID, _ actions: inout [EngineAction]) {
    // A poll that is open now crossed the upgrade on its way; what it waits for goes over the WebSocket. A POST that has
    // begun may still end: its packets are taken.
    if let poll { actions.append(.answer(poll, .refused(.badRequest))) }
    poll = nil
    trial = nil
    self.socket = socket
    actions.append(.upgraded(socket))
    for frame in queue.takeAll() { actions.append(.send(socket, frame)) }
  }
}
