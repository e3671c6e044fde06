/// Everything that a tenant may set. A new member is a row here; the page about settings of a tenant names the first level.
public enum TenantMembers {
  /// The members of the first level.
  public static let all: [TenantMember] = [
    TenantMember("defaultWorkflow", .workflow, "the workflow of orders that name none"),
    TenantMember("timeZone", .timeZone, "where days and years are counted, and a date alone is a day"),
    TenantMember("currency", .currency, "of orders that name none, and of totalValue"),
    TenantMember("store", .group(store), "who the tenant is to its customers"),
    TenantMember(
      "notifications", .named(limit: 100, .group(channels)), "by event: through which channels it is told"),
    TenantMember("alerts", .named(limit: 50, .group(threshold)), "by alert: when it is raised"),
    TenantMember("payments", .named(limit: 20, .group(provider)), "by provider of payments: how to reach it"),
    TenantMember("carriers", .named(limit: 50, .group(carrier)), "by carrier: how to reach it"),
    TenantMember("escrow", .group(escrow), "who holds buyers' money until they have their goods"),
    TenantMember("pos", .group(pos), "the system of the tills"),
    TenantMember("smtp", .group(smtp), "through which server mails go"),
    TenantMember("branding", .group(branding), "how pages and mails look"),
  ]

  private static let store = [
    TenantMember("name", .text(limit: 200), "its name"),
    TenantMember("address", .text(limit: 500, isLong: true), "where it is"),
    TenantMember("phone", .text(limit: 40), "its telephone"),
    TenantMember("email", .form(.email), "where it reads mail"),
    TenantMember("openingHours", .group(week), "when it is open, by day; a day that is not there is closed"),
  ]

  private static let week = [
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
  ].map { TenantMember($0, .list(limit: 6, .group(hours)), "from when to when, in the tenant's time zone") }

  private static let hours = [
    TenantMember("from", .form(.clock), "when it opens"),
    TenantMember("to", .form(.clock), "when it closes; before from: on the next day"),
  ]

  private static let channels = ["live", "mail", "sms", "webhook", "push"].map {
    TenantMember($0, .flag, "whether it is told so")
  }

  private static let threshold = [
    TenantMember("enabled", .flag, "whether it is raised at all"),
    TenantMember("threshold", .decimal, "above what, in the alert's own unit"),
    TenantMember("windowMinutes", .whole(1...10_080), "of how long"),
    TenantMember("minimumOrders", .whole(0...1_000_000), "of how many orders at least"),
  ]

  private static let reached = [
    TenantMember("enabled", .flag, "whether it is used"),
    TenantMember("account", .form(.account), "what the tenant is called there"),
    TenantMember("url", .form(.url), "where it is, if not where the hub expects it"),
  ]

  private static let provider =
    reached + [
      TenantMember("publicKey", .form(.account), "a key that may be seen"),
      TenantMember("secretKey", .secret, "what the hub proves itself with"),
      TenantMember("webhookSecret", .secret, "what its messages are signed with"),
    ]

  private static let carrier =
    reached + [
      TenantMember("apiKey", .secret, "what the hub proves itself with"),
      TenantMember("secret", .secret, "what its messages are signed with"),
    ]

  private static let escrow =
    reached + [
      TenantMember("apiKey", .secret, "what the hub proves itself with"),
      TenantMember("secret", .secret, "what its messages are signed with"),
    ]

  private static let pos =
    [
      TenantMember("kind", .form(.name), "which system")
    ] + reached + [TenantMember("secrets", .named(limit: 20, .secret), "what it asks for, by its own names")]

  private static let smtp = [
    TenantMember("host", .form(.host), "the server"),
    TenantMember("port", .whole(1...65_535), "its port"),
    TenantMember("security", .word(["starttls", "tls", "none"]), "how the way there is made safe"),
    TenantMember("user", .text(limit: 254), "to log in with"),
    TenantMember("password", .secret, "of that user"),
    TenantMember("from", .form(.email), "the sender"),
    TenantMember("fromName", .text(limit: 200), "the sender's name"),
  ]

  private static let branding = [
    TenantMember("name", .text(limit: 200), "instead of the store's name"),
    TenantMember("color", .form(.color), "of what stands out"),
    TenantMember("logoUrl", .form(.url), "a picture"),
    TenantMember("footer", .text(limit: 1_000, isLong: true), "under each mail"),
  ]
}
