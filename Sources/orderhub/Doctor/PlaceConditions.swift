import Glibc
import HubContracts
import HubRuntime

/// What should be so with the place that a hub runs in: its settings, their files, its ports, what the system lets it
/// have. It reads the working directory and waits some seconds at most.
enum PlaceConditions {
  /// Free space under which databases get into trouble, in bytes.
  private static let spaceBytes: UInt64 = 1 << 30
  /// The fewest different bytes of a secret that was made at random.
  static let secretVariety = 12
  /// Descriptors beside those of live clients.
  private static let otherDescriptors = 1_000

  /// All of it, for settings that can be read.
  static func all(_ settings: Settings, descriptorLimit: Int) -> [Condition] {
    [
      Condition(
        "settings.valid", settings.warnings.isEmpty ? .ok : .doubtful,
        found: settings.warnings.isEmpty ? "all can be read" : settings.warnings.joined(separator: "; "),
        wanted: "names and values that the hub knows", remedy: "correct .env; .env.example has every name"),
      secret(settings.tokens.secret), secretsKey(settings.secrets),
      mode(of: ".env", allowed: 0o600, what: "the settings' file"),
      mode(of: ".data", allowed: 0o700, what: "the folder of data and logs"),
      descriptors(descriptorLimit, wanted: settings.live.connectionLimit + otherDescriptors),
      port("api", "PORT", settings.http.host, settings.http.port),
      port("live", "LIVE_PORT", settings.http.host, settings.http.livePort),
      port("worker", "WORKER_PORT", settings.http.host, settings.http.workerPort),
      space(),
    ].compactMap { $0 }
  }

  /// Settings that cannot be read.
  static func invalid(_ error: SettingsError) -> Condition {
    Condition(
      "settings.valid", .unmet, found: error.problems.joined(separator: "; "), wanted: "values that are allowed",
      remedy: "correct them in the environment or in .env; .env.example has every name")
  }

  /// Whether a key can be guessed. How long it must be is the settings' own matter.
  static func secret(_ secret: String?) -> Condition {
    let remedy = "JWT_SECRET=$(openssl rand -hex 32), the same for all processes; tokens of before are then refused"
    let wanted = "32 bytes or more, made at random"
    guard let secret else {
      return Condition("secret.strength", .unmet, found: "JWT_SECRET is not set", wanted: wanted, remedy: remedy)
    }
    let variety = Set(secret.utf8).count
    return Condition(
      "secret.strength", variety < secretVariety ? .doubtful : .ok,
      found: variety < secretVariety
        ? "only \(variety) different characters: it may be guessed" : "\(secret.utf8.count) bytes", wanted: wanted,
      remedy: remedy)
  }

  /// Whether tenants can keep secrets. The hub runs without; what needs one says so.
  static func secretsKey(_ secrets: Settings.Secrets) -> Condition {
    Condition(
      "secrets.key", secrets.key == nil ? .doubtful : .ok,
      found: secrets.key.map { "\($0), and \(secrets.oldKeys.count) old ones" }
        ?? "SECRETS_KEY is not set: secrets of tenants are refused",
      wanted: "32 bytes made at random, the same for all processes", remedy: "SECRETS_KEY=$(openssl rand -hex 32)")
  }

  /// Whether others of the machine may read a file; nil if it is not there.
  private static func mode(of path: String, allowed: mode_t, what: String) -> Condition? {
    var entry = stat()
    guard stat(path, &entry) == 0 else { return nil }
    let mode = entry.st_mode & 0o777
    return Condition(
      "files.\(path)", mode & ~allowed & 0o077 == 0 ? .ok : .doubtful,
      found: "\(what) has the mode \(String(mode, radix: 8))",
      wanted: "\(String(allowed, radix: 8)): nobody else reads it",
      remedy: "chmod \(String(allowed, radix: 8)) \(path)")
  }

  private static func descriptors(_ limit: Int, wanted: Int) -> Condition {
    Condition(
      "system.openFiles", limit == 0 ? .unknown : limit < wanted ? .doubtful : .ok, found: "\(limit)",
      wanted: "\(wanted), for LIVE_CONNECTION_LIMIT and some; streams of server-sent events need two each",
      remedy: "raise it (ulimit -Hn, LimitNOFILE= of the service), or lower LIVE_CONNECTION_LIMIT")
  }

  private static func port(_ process: String, _ setting: String, _ host: String, _ port: Int) -> Condition {
    let wanted = "free, or a hub's"
    switch PortLook.at(host, port) {
    case .free: return Condition("port.\(process)", .ok, found: "\(setting)=\(port) is free", wanted: wanted)
    case .hub(let state):
      return Condition(
        "port.\(process)", state == "unavailable" ? .unmet : .ok, found: "a hub is at \(setting)=\(port): \(state)",
        wanted: wanted, remedy: "curl 'http://\(host):\(port)/readyz?verbose'")
    case .taken:
      return Condition(
        "port.\(process)", .unmet, found: "another program is at \(setting)=\(port)", wanted: wanted,
        remedy: "set \(setting) to a free port; who is there: ss -ltnp 'sport = :\(port)'")
    }
  }

  private static func space() -> Condition? {
    var place = statvfs()
    guard statvfs(".", &place) == 0 else { return nil }
    let free = UInt64(place.f_bavail).multipliedReportingOverflow(by: UInt64(place.f_frsize)).partialValue
    return Condition(
      "system.disk", free < spaceBytes ? .doubtful : .ok, found: "\(free >> 20) MiB are free here",
      wanted: "\(spaceBytes >> 20) MiB or more", remedy: "make room: MongoDB ends when its disk is full")
  }
}
