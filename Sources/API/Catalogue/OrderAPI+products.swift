import HubContracts
import HubWire
import OrderDesk
import Orders

extension OrderAPI {
  func createProduct(_ call: Call) async throws -> HTTPReply {
    let (id, draft) = try await read(call) { try ProductDraft.read($0) }
    return try reply(
      await parts.desk.submit(
        .create(draft, named: id, actor: call.actor(), answer: call.answerSlot, requestID: call.request.requestID)))
  }

  func changeProduct(_ call: Call) async throws -> HTTPReply {
    let change = try await read(call) { try ProductChange($0) }
    return try reply(
      await parts.desk.submit(
        .change(
          call.parameters[0], by: change, actor: call.actor(), answer: call.answerSlot,
          requestID: call.request.requestID)))
  }

  func moveStock(_ call: Call) async throws -> HTTPReply {
    let request = try await read(call) { try StockRequest($0) }
    let (id, actor, slot, requestID) = (
      call.parameters[0], try call.actor(), call.answerSlot, call.request.requestID
    )
    let command: Command =
      switch request {
      case .movement(let movement): .move(movement, of: id, actor: actor, answer: slot, requestID: requestID)
      case .transfer(let transfer): .transfer(transfer, of: id, actor: actor, answer: slot, requestID: requestID)
      }
    return try reply(await parts.desk.submit(command))
  }

  func product(_ call: Call) async throws -> HTTPReply {
    try call.noQuery()
    let product = try await ownProduct(call)
    return .json { json in
      json.name("product")
      product.write(to: &json)
    }
  }

  func listProducts(_ call: Call) async throws -> HTTPReply {
    let window = try call.window { $0 }
    let products = try await parts.store.products(
      tenant: call.actor().tenant, after: window.after, limit: window.limit)
    return .json(capacity: 64 + products.count * 384) { json in
      json.name("products")
      json.beginArray()
      for product in products { product.write(to: &json) }
      json.endArray()
      json.member("nextAfter", products.count == window.limit ? products.last?.productID : nil)
    }
  }

  func ledger(_ call: Call) async throws -> HTTPReply {
    let window = try call.window { LedgerRowID($0) }
    let product = try await ownProduct(call)
    let rows = try await parts.store.ledger(
      product: product.productID, tenant: product.tenantID, after: window.after, limit: window.limit)
    return .json(capacity: 64 + rows.count * 256) { json in
      json.member("productId", product.productID)
      json.name("ledger")
      json.beginArray()
      for row in rows { row.write(to: &json) }
      json.endArray()
      json.member("nextAfter", rows.count == window.limit ? rows.last.map { "\($0.id)" } : nil)
    }
  }

  func ownProduct(_ call: Call) async throws -> Product {
    let id = call.parameters[0]
    guard let product = try await parts.store.products([id], tenant: call.actor().tenant).first else {
      throw Problem(status: 404, code: "product_not_found", detail: "there is no product \(id.start(64))")
    }
    return product
  }
}
