import Orders

/// The names of keys and channels, and how long what stands there lives.
enum Keys {
  static let status = ":status"
  static let progress = ":progress"
  static let version = ":version"
  static let remaining = ":remaining"
  static let owner = ":owner"
  static let document = ":doc"
  /// The last event that went out. Apart from `:version`, because a filler raises that one without sending events.
  static let published = ":published"

  /// Seconds that an order's state lives.
  static let stateSeconds: Int64 = 3_600
  /// Seconds that an order's document lives.
  static let documentSeconds: Int64 = 300
  /// Seconds that the number of the last published event lives: as long as orders are usually written to.
  static let publishedSeconds: Int64 = 24 * 3_600
  /// Seconds that the sums of orders live.
  static let countersSeconds: Int64 = 300
  /// Seconds that the sums of a day's deliveries live.
  static let deliveriesSeconds: Int64 = 24 * 3_600
  /// Seconds that a tally's shards live.
  static let shardsSeconds: Int64 = 3_600
  /// Milliseconds that an order's lock lives.
  static let lockMs: Int64 = 30_000
  /// Milliseconds that an idempotency mark lives: what a process that was killed leaves must not hold up those that repeat
  /// its requests, and where a request takes longer the store lets only one through.
  static let markMs: Int64 = 5_000

  /// The server that the keys were written to, and whose removal of older ones they came after.
  static let mark = "hub:run-id"
  /// Written again and again, to see that the server takes writes.
  static let beat = "hub:beat"
  static let beating = ["SET", beat, "", "PX", "3000"]
  /// Held by the process that removes what an older server left.
  static let cleanse = "hub:cleanse"
  /// What is removed then: all that would be wrong if it were old.
  static let perishable = ["order:", "tally:", "dashboard:", "deliveries:today:", "events:"].map { Array($0.utf8) }

  /// Where Redis says which keys changed.
  static let invalidate = "__redis__:invalidate"
  /// Where processes say whose settings were changed: a tenant's name each.
  static let tenantNews = "orderhub:tenants"
  /// What a tenant's channel begins with.
  static let channelPrefix = Array("orderhub:events:".utf8)

  static func stream(_ tenant: TenantID) -> String { "events:\(tenant.text)" }
  /// How many bytes a tenant's stream has.
  static func streamSizes(_ tenant: TenantID) -> String { "events:\(tenant.text):sizes" }
  /// The rooms that a live session is in.
  static func note(_ session: String) -> String { "recovery:\(session)" }
  static func channel(_ tenant: TenantID) -> String { "orderhub:events:\(tenant.text)" }
  static func counters(_ tenant: TenantID) -> String { "dashboard:counters:\(tenant.text)" }
  static func deliveries(day: String, _ tenant: TenantID) -> String { "deliveries:today:\(day):\(tenant.text)" }
}
