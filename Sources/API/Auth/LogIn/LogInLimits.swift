import HubContracts
import HubRuntime
import Orders

/// What keeps those who may ask without a token from keeping others out: limits at the cost of whoever asks, and turns.
///
/// | who asks                   | limits                                                        | turns        |
/// |----------------------------|---------------------------------------------------------------|--------------|
/// | a device that was let in   | of the device; of all the user's devices                       | first; by tenant, by user |
/// | a stranger                 | of its address; of this address for this user; of all strangers for this user | then; by tenant, by address |
/// | who changes its password   | of the user                                                   | first; by tenant, by user |
/// | a session's refresh token  | of the session                                                | first; by address, by session |
/// | any other refresh token    | of its address                                                | then; by address |
struct LogInLimits: Sendable {
  /// The share of a user's attempts that one address may make.
  private static let addressShare = 2
  /// How many times a device's limit all devices of a user have.
  private static let devicesFactor = 3
  /// How many may wait for a log-in, of each rank.
  static let logInPlaces = 64
  /// How many may wait to refresh or to log out, of each rank.
  static let sessionPlaces = 256

  let key: [UInt8]
  let heard = HeardTenants()
  let logIns: TurnQueue
  let sessions: TurnQueue
  private let address: RateGate
  private let pair: RateGate
  private let user: RateGate
  private let device: RateGate
  private let devices: RateGate
  private let own: RateGate
  private let family: RateGate
  private let refreshAddress: RateGate
  private let options: OrderAPI.Options

  init(_ options: OrderAPI.Options, cache: any HubCache) {
    let clock = options.steadyClock
    func gate(_ name: String, _ perMinute: Int) -> RateGate {
      RateGate(name: name, perMinute: perMinute, cache: cache, clock: clock)
    }
    let perUser = options.loginLimitPerMinute
    self.options = options
    key = options.signingKey
    logIns = TurnQueue(turns: options.loginTurns, limit: Self.logInPlaces, clock: clock)
    sessions = TurnQueue(turns: options.sessionTurns, limit: Self.sessionPlaces, clock: clock)
    address = gate("login-address", options.loginAddressLimitPerMinute)
    // 0 stays 0, for none.
    pair = gate("login-from", perUser > 0 ? max(1, perUser / Self.addressShare) : 0)
    user = gate("login", perUser)
    device = gate("login-device", perUser)
    devices = gate("login-devices", perUser * Self.devicesFactor)
    own = gate("login-own", perUser)
    family = gate("refresh", options.refreshLimitPerMinute)
    refreshAddress = gate("refresh-address", options.loginAddressLimitPerMinute)
  }

  /// Whose turn a log-in takes; throws if there were too many already.
  ///
  /// What does not depend on whether the tenant or the user exists: that is looked up when the turn has come.
  func admit(_ request: LoginRequest, _ knownDevice: DeviceToken?, from remoteAddress: Text) async throws -> TurnFlow {
    let name: Text = "\(request.tenant.text):\(request.user.text)"
    if let knownDevice {
      if let waitMs = await device.take(key: knownDevice.name) {
        throw Self.tooMany("log-ins from this device", options.loginLimitPerMinute, waitMs)
      }
      if let waitMs = await devices.take(key: name) {
        throw Self.tooMany(
          "log-ins from devices of this user", options.loginLimitPerMinute * Self.devicesFactor, waitMs)
      }
      return .known(request.tenant, request.user)
    }
    let source = NetworkAddress.limitKey(of: remoteAddress)
    // First of all, so that whoever asks for too many does not use up what a user may try.
    if let waitMs = await address.take(key: source) {
      throw Self.tooMany("log-ins from one address", options.loginAddressLimitPerMinute, waitMs)
    }
    if let waitMs = await pair.take(key: "\(name)@\(source)") {
      throw Self.tooMany(
        "log-ins of one user from one address", options.loginLimitPerMinute / Self.addressShare, waitMs)
    }
    if let waitMs = await user.take(key: name) {
      throw Self.tooMany("log-ins of one user", options.loginLimitPerMinute, waitMs)
    }
    // No tenant is named so.
    let group: Text = heard.contains(request.tenant) ? Text(request.tenant.text) : ""
    return TurnFlow(rank: .stranger, group: group, member: source)
  }

  /// Whose turn somebody takes who knows its old password; throws if there were too many guesses already.
  func admit(ownPasswordOf actor: Actor) async throws -> TurnFlow {
    if let waitMs = await own.take(actor) {
      throw Self.tooMany("changes of one user's password", options.loginLimitPerMinute, waitMs)
    }
    return .known(actor)
  }

  /// Whose turn a refresh token takes, and its family if it is one that the hub has signed; throws if there were too many.
  func admit(refreshToken text: Text, from remoteAddress: Text) async throws -> (flow: TurnFlow, family: Text?) {
    let source = NetworkAddress.limitKey(of: remoteAddress)
    if let token = RefreshToken(text, key: key) {
      if let waitMs = await family.take(key: token.family) {
        throw Self.tooMany("refreshes of one session", options.refreshLimitPerMinute, waitMs)
      }
      return (TurnFlow(rank: .known, group: source, member: token.family), token.family)
    }
    if let waitMs = await refreshAddress.take(key: source) {
      throw Self.tooMany("unknown refresh tokens from one address", options.loginAddressLimitPerMinute, waitMs)
    }
    return (TurnFlow(rank: .stranger, group: source, member: source), nil)
  }

  private static func tooMany(_ what: String, _ perMinute: Int, _ waitMs: Int) -> Problem {
    .tooMany(what, max(1, perMinute), waitMs)
  }
}
