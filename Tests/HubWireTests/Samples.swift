import Orders
import Synchronization
import Testing

/// Identities that count up, through all tests of a run.
struct CountingIDs: IdentitySource {
  private static let count = Atomic<UInt32>(0)
  func next<Entity>(_ entity: Entity.Type) -> Identifier<Entity> {
    Identifier(high: 7, low: Self.count.add(1, ordering: .relaxed).newValue)
  }
  func token(bytes count: Int) -> String { String(repeating: "ab", count: count) }
}

func money(_ text: String) throws -> Money { try Money(parsing: text.utf8) }
func quantity(_ text: String) throws -> Quantity { try Quantity(parsing: text.utf8) }

func context(
  _ role: Role = .admin, user: String = "asha", origin: Origin = .request, at millis: Int64 = 1_000
) throws -> RuleContext {
  RuleContext(
    actor: Actor(tenant: try #require(TenantID("shop")), user: try #require(UserID(user)), role: role),
    origin: origin, now: Timestamp(millis: millis), workflows: Workflows.builtIn, ids: CountingIDs(),
    day: { "day-\($0.millis)" })
}

func product(_ id: Text, onHand: String) throws -> Product {
  Product(
    tenantID: try #require(TenantID("shop")), productID: id, name: "The \(id)", unitPrice: try money("10"),
    taxRate: TaxRate(millionths: 180_000), active: true, onHand: try quantity(onHand), damaged: .zero, onHold: .zero,
    version: 4, createdAt: Timestamp(millis: 1), updatedAt: Timestamp(millis: 1))
}
