import HubRuntime

/// What the link of a process's cache and its bus tell each other. They must be on the same server: a bus that hears
/// nothing of what others publish elsewhere has no way of knowing, for its own server answers.
///
/// A server that is not the one to ask is left by both. One that comes to stand on another server than the other has the
/// other come after it: who came last asked last who is there.
final class ServerTie: Sendable {
  private struct State {
    /// Run ids of the servers; nil while one does not stand.
    var linkServer: String?
    var busServer: String?
    var linkMustLeave = false
    /// Why the bus must leave; nil if it need not.
    var busMustLeave: String?
    var wakeLink: @Sendable () -> Void = {}
    var wakeBus: @Sendable () -> Void = {}
  }

  private let state = Locked(State())

  /// What is called when the link must look whether it is to leave.
  func wakesLink(by wake: @escaping @Sendable () -> Void) { state.with { $0.wakeLink = wake } }
  /// What is called when the bus must look whether it is to leave.
  func wakesBus(by wake: @escaping @Sendable () -> Void) { state.with { $0.wakeBus = wake } }

  /// The link stands.
  func linkStands(on server: String) {
    let wake: (@Sendable () -> Void)? = state.with { state in
      state.linkServer = server
      state.linkMustLeave = false
      guard let bus = state.busServer, bus != server else { return nil }
      state.busMustLeave = "the cache has found another server there"
      return state.wakeBus
    }
    wake?()
  }

  /// The link has failed, or cannot be made.
  func linkFell(_ failure: LinkFailure) {
    let wake: (@Sendable () -> Void)? = state.with { state in
      state.linkServer = nil
      state.linkMustLeave = false
      guard failure.kind == .server, state.busServer != nil else { return nil }
      state.busMustLeave = failure.reason
      return state.wakeBus
    }
    wake?()
  }

  /// The bus is about to stand.
  func busStands(on server: String) {
    let wake: (@Sendable () -> Void)? = state.with { state in
      state.busServer = server
      state.busMustLeave = nil
      guard let link = state.linkServer, link != server else { return nil }
      state.linkMustLeave = true
      return state.wakeLink
    }
    wake?()
  }

  /// The bus has failed.
  func busFell() {
    state.with { state in
      state.busServer = nil
      state.busMustLeave = nil
    }
  }

  /// Whether the link must leave its server; once.
  func takeLinkMustLeave() -> Bool {
    state.with { state in
      defer { state.linkMustLeave = false }
      return state.linkMustLeave
    }
  }

  /// Why the bus must leave its server; once, and nil if it need not.
  func takeBusMustLeave() -> String? {
    state.with { state in
      defer { state.busMustLeave = nil }
      return state.busMustLeave
    }
  }
}
