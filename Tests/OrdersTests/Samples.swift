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

/// A generator whose seed a failure prints.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed &+ 0x9e37_79b9_7f4a_7c15 }
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}

func money(_ text: String) throws -> Money { try Money(parsing: text.utf8) }
func quantity(_ text: String) throws -> Quantity { try Quantity(parsing: text.utf8) }

func context(
  _ role: Role = .admin, tenant: String = "shop", at millis: Int64 = 1_000,
  workflows: any WorkflowBook = Workflows.builtIn
) throws -> RuleContext {
  RuleContext(
    actor: Actor(tenant: try #require(TenantID(tenant)), user: try #require(UserID("asha")), role: role),
    now: Timestamp(millis: millis), workflows: workflows, ids: CountingIDs(), day: { "day-\($0.millis)" })
}

func draft(
  _ items: ItemDraft..., currency: String = "INR", discount: String = "0", advance: String? = nil
) throws -> OrderDraft {
  OrderDraft(
    customer: Customer(name: "Ravi"), items: items, currency: try #require(Currency(currency)),
    discount: try money(discount), advance: try advance.map { Advance(amount: try money($0), method: "cash") })
}

func item(
  _ product: Text, _ amount: String, at price: String? = "10", discount: String = "0", tax: Int64? = nil
) throws -> ItemDraft {
  ItemDraft(
    productID: product, quantity: try quantity(amount), unitPrice: try price.map(money), discount: try money(discount),
    taxRate: tax.map(TaxRate.init(millionths:)))
}

func product(_ id: Text, onHand: String = "0", price: String = "10", active: Bool = true) throws -> Product {
  Product(
    tenantID: try #require(TenantID("shop")), productID: id, name: "The \(id)", unitPrice: try money(price),
    taxRate: TaxRate(millionths: 180_000), active: active, onHand: try quantity(onHand), damaged: .zero, onHold: .zero,
    version: 4, createdAt: Timestamp(millis: 1), updatedAt: Timestamp(millis: 1))
}

func placed(_ draft: OrderDraft, products: [Product] = []) throws -> Order {
  try Rules.place(draft, number: "ORD-1", products: catalogue(products), in: context()).order
}

func catalogue(_ products: [Product]) -> [Text: Product] {
  Dictionary(products.map { ($0.productID, $0) }) { first, _ in first }
}

func delivery(_ lines: [(Text, String)], _ status: DeliveryStatus = .pending) throws -> DeliveryDraft {
  DeliveryDraft(
    lines: try lines.map { DeliveryLine(subject: .product($0.0), quantity: try quantity($0.1)) }, status: status)
}

/// Makes a delivery and gives it with the order it leaves.
func deliver(
  _ order: Order, _ lines: [(Text, String)], _ status: DeliveryStatus = .pending
) throws -> (order: Order, delivery: Delivery) {
  let change = try Rules.deliver(try delivery(lines, status), of: order, in: context())
  return (change.order, try #require(change.insertedDelivery))
}

/// What the body refuses with; a test issue if it does not.
func refusal<Result>(_ body: () throws -> Result, location: SourceLocation = #_sourceLocation) throws -> Refusal {
  try #require(throws: Refusal.self, sourceLocation: location) { _ = try body() }
}

extension Refusal {
  var paths: [String] { fields.map(\.path) }
}
