import HubContracts
import HubRuntime
import HubWire
import Orders

extension OrderAPI {
  /// What of an answer its caller sees. Every handler writes what the staff see; here, and nowhere else, the
  /// answer of a customer, a seller or a kiosk is put through the table, unless it is about the caller itself. An answer that is in no table is not given at all.
  func shown(_ reply: HTTPReply, to call: Call) throws -> HTTPReply {
    // Problems say nothing of a document but to those who may change it.
    guard let caller = call.caller, caller.role.sight != .business, (200..<300).contains(reply.status),
      call.route.access != .person
    else { return reply }
    guard let shown = caller.role.sight.shown(reply.body.bytes, answering: call.route.success.schema) else {
      throw UndecidedAnswer(route: call.route.pattern)
    }
    withheld.note(shown.withheld)
    var reply = reply
    reply.body = SharedBytes(shown.json)
    return reply
  }
}

/// An answer of which nobody has said what a customer sees of it, or that is no JSON.
struct UndecidedAnswer: Error {
  let route: String
}
