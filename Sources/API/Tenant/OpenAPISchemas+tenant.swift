import HubContracts
import HubWire

extension OpenAPISchemas {
  /// What a tenant sets.
  static let tenant: [Row] = [
    (
      "TenantChange",
      .object(
        [.optional("version", Schema.count.meaning("the version that is to be changed; another one is 409"))]
          + members(TenantMembers.all, isSent: true)
      ).meaning("by RFC 7396: null takes away, what is not named stays")
    ),
    (
      "Tenant",
      .object(
        [
          .always("id", .text), .always("version", .count), .sometimes("updatedAt", .time),
          .sometimes("updatedBy", userName),
          .always(
            "inForce",
            .object([
              .always("defaultWorkflow", .text), .always("timeZone", .text), .always("currency", .currency),
            ])),
        ] + members(TenantMembers.all, isSent: false))
    ),
    ("TenantDocument", .object([.always("tenant", .named("Tenant"))])),
    ("TenantAnswer", .object([.always("success", .yes), .always("tenant", .named("Tenant"))])),
    (
      "TenantChanges",
      .object([
        .always(
          "changes",
          .list(
            .object([
              .always("version", .count), .always("at", .time), .always("by", userName),
              .always("members", .list(.text)), .always("memberCount", .count),
            ]))), .always("nextBefore", Schema.count.orNull),
      ])
    ),
  ]

  private static func members(_ table: [TenantMember], isSent: Bool) -> [Schema.Member] {
    table.map { row in
      let schema = schema(of: row.value, isSent: isSent).meaning(row.meaning)
      return isSent ? .optional(row.name, schema) : .sometimes(row.name, schema)
    }
  }

  private static func schema(of value: TenantValue, isSent: Bool) -> Schema {
    switch value {
    case .workflow, .timeZone, .text: .text
    case .currency: .currency
    case .form(let form): .text.pattern(form.pattern)
    case .word(let words): .words(words)
    case .flag: .bool
    case .whole(let range): .whole(Int(range.lowerBound)...Int(range.upperBound))
    case .decimal: .quantity
    case .secret: isSent ? .text : .object([.always("set", .yes), .always("setAt", .time)])
    case .group(let table): .object(members(table, isSent: isSent))
    case .named(_, let inner):
      .map(isSent ? schema(of: inner, isSent: isSent).orNull : schema(of: inner, isSent: isSent))
    case .list(let limit, let inner): .list(schema(of: inner, isSent: isSent), 0...limit)
    }
  }
}
