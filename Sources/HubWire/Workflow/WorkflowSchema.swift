import Orders

/// The format of a workflow's definition as JSON Schema (2020-12), for editors and validators.
///
/// It is made of the words and bounds that the reader takes. What one member says of another no schema can say, nor how
/// many bytes a text has: `WorkflowDocument` does, and so does `orderhub workflow check`.
public enum WorkflowSchema {
  /// The media type.
  public static let contentType = "application/schema+json"

  /// The schema.
  public static let json: [UInt8] = {
    let head = [
      #""$schema":"https://json-schema.org/draft/2020-12/schema""#, #""$id":"urn:orderhub:schema:workflow""#,
      #""title":"A workflow of OrderHub""#,
    ]
    let definitions = [
      ("state", state), ("row", row), ("timer", timer), ("field", field), ("condition", condition), ("effect", effect),
    ].map { "\"\($0.0)\":\($0.1.json)" }
    let tail = #""$defs":{\#(definitions.joined(separator: ","))}"#
    return Array(SchemaPart(keywords: head + whole.keywords + [tail]).json.utf8)
  }()

  private static let whole = SchemaPart.object([
    .always(
      "name", .word,
      "What it is called. PUT names it by its path, whatever stands here: so a definition can be sent again."),
    .always(
      "states", .list(.ref("state"), WorkflowDefinition.stateLimit),
      "Its states, in the order in which people list them."),
    .always(
      "rows", .list(.ref("row"), WorkflowDefinition.rowLimit),
      "What may happen. In all at most \(WorkflowDefinition.rowLimit), one for each state that each begins in."),
    .sometimes(
      "rules", .words(WorkflowDefinition.ruleNames.map(\.string)),
      "Rules of the hub beside the table: deliveries and invoices. Without it the table says all of it."),
    .sometimes("timers", .list(.ref("timer"), WorkflowDefinition.timerLimit), "What happens by itself."),
  ]).described(
    "States, and rows of what may happen in them; at most \(WorkflowDocument.limitBytes) bytes. What members say of one another is checked by orderhub workflow check FILE."
  )

  // MARK: Its parts

  private static let state = SchemaPart.object([
    .always("name", .word, "The word that an order's status is."),
    .always(
      "phase", .words(Phase.allCases.map(\.rawValue)), "What it amounts to in any workflow: lists and sums go by it."),
    .sometimes("final", .bool, "Whether nothing leads out of it."),
  ])

  private static let row = SchemaPart.object([
    .always("event", .word, "What happens. An order is made by place."),
    .sometimes("label", .text(WorkflowWords.labelLimit), "What people call it; the event if absent."),
    .sometimes("from", .some(.word), "The states it happens in. Absent: it makes the order."),
    .always("to", .some(.word), "The state it leads to; several only where rules derive which."),
    .always(
      "who", .list(.words(WorkflowWords.who), WorkflowWords.whoLimit), "Who may: staff is admin, employee, system."),
    .sometimes("input", .list(.ref("field"), InputField.limit), "What it asks for."),
    .sometimes("conditions", .list(.ref("condition"), InputField.limit), "What must hold beside the state."),
    .sometimes("effects", .list(.ref("effect"), InputField.limit), "What else is done, in this order."),
    .sometimes(
      "announces", .list(.eventType, InputField.limit), "What is told of it beside order:updated, as order:collected."),
  ])

  private static let timer = SchemaPart.object([
    .always("name", .particular, "The name by which effects start and stop it."),
    .always("event", .word, "What happens then, by a row whose who names timer."),
    .always(
      "afterSeconds", .whole(1...WorkflowTimer.limitSeconds), "How long after it is started, without a fraction."),
    .always("moment", .particular, "The particular of the order that keeps the moment."),
  ])

  /// By the type there are further members.
  private static let field = SchemaPart.either(
    InputField.Kind.words.map { type in
      .object(
        [
          .always("name", .particular, "The member of the action's body."),
          .always("type", .words([type]), "What it may hold."),
        ] + further(type) + [
          .sometimes("required", .bool, "Whether it must be given."),
          .sometimes("label", .text(WorkflowWords.labelLimit), "What people call it; the name if absent."),
        ])
    })

  private static func further(_ type: String) -> [SchemaPart.Member] {
    switch Text(type) {
    case "text":
      [
        .sometimes("min", .whole(0...InputField.textLimit), "The fewest characters."),
        .sometimes("max", .whole(1...InputField.textLimit), "The most characters."),
      ]
    case "whole":
      [
        .sometimes("min", .whole(WorkflowWords.whole), "The least."),
        .sometimes("max", .whole(WorkflowWords.whole), "The greatest."),
      ]
    case "choice": [.always("choices", .some(.word), "The words of which one may be given.")]
    default: []
    }
  }

  private static let condition = SchemaPart.either(
    [.words(WorkflowWords.plainConditions)] + WorkflowWords.conditions.map { .object(condition(named: $0)) })

  private static func condition(named name: String) -> [SchemaPart.Member] {
    switch Text(name) {
    case "payment":
      [.always(name, .some(.words(PaymentStatus.allCases.map(\.rawValue))), "The order's payment is one of these.")]
    case "before":
      [
        .always(name, .particular, "The moment in this particular has not come."),
        .always("code", .word, "The code of the refusal where it has."),
      ]
    case "after": [.always(name, .particular, "The moment in this particular has come.")]
    case "amountIsDue": [.always(name, .particular, "This field, if given, is what is still to be paid.")]
    case "partIs":
      [
        .always(name, .partKind, "The part of this kind that the input names…"),
        .always("status", .some(.word), "…is in one of these statuses."),
      ]
    default: [.always(name, .particular, "This particular is there.")]
    }
  }

  private static let effect = SchemaPart.either(
    [.words(WorkflowEffect.plain.compactMap(\.plainWord))] + WorkflowWords.effects.flatMap(effects))

  private static func effects(named name: String) -> [SchemaPart] {
    switch Text(name) {
    case "notify": [.object([.always(name, .word, "A message by this template goes out.")])]
    case "call": [.object([.always(name, .word, "This partner is asked.")])]
    case "startTimer": [.object([.always(name, .particular, "This timer begins.")])]
    case "stopTimer": [.object([.always(name, .particular, "This timer ends.")])]
    case "addPart": [part(.always(name, .partKind, "The order gets a part of this kind…"))]
    case "movePart": [part(.always(name, .partKind, "The part of this kind that the input names by its Id…"))]
    default:
      WorkflowWords.values.map { value in
        .object([.always(name, .particular, "The particular of the order that is set."), self.value(value)])
      }
    }
  }

  private static func part(_ kind: SchemaPart.Member) -> SchemaPart {
    .object([
      kind, .always("status", .word, "…which is in this status then."),
      .sometimes("fields", .list(.particular, InputField.limit), "What it keeps of the input, for all to see."),
      .sometimes("staffFields", .list(.particular, InputField.limit), "What it keeps for the staff alone."),
    ])
  }

  private static func value(_ name: String) -> SchemaPart.Member {
    switch Text(name) {
    case "from": .always(name, .particular, "To what this field says; as it was where it is not given.")
    case "minutesFromNow": .always(name, .particular, "To so many minutes from now, as this field says.")
    case "text": .always(name, .text(WorkflowWords.textLimit), "To this text.")
    default: .always(name, .yes, "To the moment of the change.")
    }
  }
}
