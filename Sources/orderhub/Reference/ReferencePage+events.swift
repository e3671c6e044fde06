import API
import Orders

extension ReferencePage {
  static var eventsPage: String {
    var table = MarkdownTable("event", "when", "data", "of it the staff's alone")
    for event in OrderAPI.eventReference {
      table.add(
        code(event.type.rawValue), event.type.meaning, code("{\(event.members.joined(separator: ", "))}"),
        event.staffOnly.map(code).joined(separator: ", "))
    }
    table.add("a workflow's own, as `order:new`", "a row of its table announces it", code("{order}"), "all of it")
    table.add("of a newer version", "that version says", "what that version says", "all of it")
    return """
      # Events

      For those who follow orders: what each type of events tells, the same [live](live.md), at
      `GET /api/orders/:id/events` and to those who come back. Printed by `orderhub describe events` from the hub's own
      table.

      \(table.text)
      What is the staff's alone stands in the data, or in an order, delivery or invoice in it; customers are given the rest.
      An event has `id` (`orderId:seq`), `seq`, `tenant`, `type`, `orderId`, `at` and `data`; each member of the data is
      described in `/openapi.json`, and [for people](routes.md#documents) at `/docs/api`. Types are
      [open](live.md#events): pass over those that you do not know.

      """
  }
}
