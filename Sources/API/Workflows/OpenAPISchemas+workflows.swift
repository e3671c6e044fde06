import Orders

extension OpenAPISchemas {
  /// Workflows, and what may be done by them.
  static let workflows: [Row] = [
    ("ActionInput", .actionInput),
    (
      "ActionAnswer",
      .object([
        .always("success", .yes), .always("order", .named("Order")), .sometimes("delivery", .named("Delivery")),
        .sometimes("invoice", .named("Invoice")), .sometimes("creditNote", .named("CreditNote")),
        .sometimes("parts", .list(.named("Part")).meaning("those that it made or moved, where there are such")),
      ])
    ),
    (
      "ActionList",
      .object([
        .always("orderId", .id), .always("version", .count), .always("status", .named("OrderStatus")),
        .always("actions", .list(.named("Action"))),
      ])
    ),
    (
      "Action",
      .object([.always("event", .text), .always("label", .text), .always("input", .list(.named("InputField")))])
    ),
    (
      "InputField",
      .object([
        .always("name", .text),
        .always(
          "type",
          .words(["text", "choice", "whole", "money", "quantity", "time", "flag", "identity", "items", "customer"])),
        .sometimes("min", .whole.meaning("of characters, for a text")), .sometimes("max", .whole),
        .sometimes("choices", .list(.text)), .always("required", .bool), .sometimes("label", .text),
      ])
    ),
    (
      "WorkflowList",
      .object([
        .always("workflows", .list(.object([.always("name", .text), .always("states", .list(.text))])))
      ])
    ),
    (
      "Workflow",
      .object([
        .always("name", .text), .sometimes("rules", .text), .always("states", .list(.named("WorkflowState"))),
        .always("rows", .list(.named("WorkflowRow"))), .sometimes("timers", .list(.named("WorkflowTimer"))),
      ])
    ),
    (
      "KeptWorkflow",
      .object([
        .always("success", .yes), .always("name", .text), .always("version", .count), .always("isRemoved", .bool),
        .always("definition", .named("Workflow")),
      ])
    ),
    ("Picture", .text), ("Mermaid", .text),
    (
      "WorkflowSchema",
      .object([
        .always("$schema", .text), .always("$id", .text), .always("title", .text), .always("description", .text),
        .always("type", .text), .always("additionalProperties", .bool), .always("required", .list(.text)),
        .always("properties", .anyObject), .always("$defs", .anyObject),
      ]).meaning("a JSON Schema of 2020-12")
    ),
    (
      "WorkflowState",
      .object([.always("name", .text), .always("phase", .named("Phase")), .sometimes("final", .bool)])
    ),
    (
      "WorkflowRow",
      .object([
        .always("event", .text), .sometimes("label", .text),
        .sometimes("from", .oneOrMore.meaning("the states it happens in; absent: it makes the order")),
        .always("to", .oneOrMore), .always("who", .list(.text)), .sometimes("input", .list(.named("InputField"))),
        .sometimes("conditions", .list(.wordOrObject)), .sometimes("effects", .list(.wordOrObject)),
        .sometimes("announces", .list(.text)),
      ])
    ),
    (
      "WorkflowTimer",
      .object([
        .always("name", .text), .always("event", .text), .always("afterSeconds", .whole(1...31_622_400)),
        .always("moment", .text),
      ])
    ),
  ]
}

extension Schema {
  /// What an event asks for is said by its action; none of it need be there for all.
  fileprivate static let actionInput: Schema = {
    var schema = Schema.anyObject.meaning("the fields that the action names under input")
    schema.mayBeEmpty = true
    return schema
  }()
  fileprivate static let oneOrMore = Schema.either([.text, .list(.text)])
  fileprivate static let wordOrObject = Schema.either([.text, .anyObject])
}
