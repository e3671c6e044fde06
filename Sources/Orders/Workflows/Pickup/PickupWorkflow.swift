// The `pickup` workflow: a customer orders, the shop accepts in time, and the customer fetches it. A table and nothing
// else: no rule stands beside it.

/// The words of the `pickup` workflow.
enum Pickup {
  static let pending = Status(rawValue: "pending")
  static let confirmed = Status(rawValue: "confirmed")
  static let preparing = Status(rawValue: "preparing")
  static let ready = Status(rawValue: "ready")
  static let completed = Status(rawValue: "completed")
  static let rejected = Status(rawValue: "rejected")
  static let cancelled = Status(rawValue: "cancelled")
  static let expired = Status(rawValue: "expired")

  static let accept = WorkflowEvent(rawValue: "accept")
  static let reject = WorkflowEvent(rawValue: "reject")
  static let expire = WorkflowEvent(rawValue: "expire")
  static let prepare = WorkflowEvent(rawValue: "prepare")
  static let makeReady = WorkflowEvent(rawValue: "ready")
  static let complete = WorkflowEvent(rawValue: "complete")
  static let cancel = WorkflowEvent(rawValue: "cancel")

  static let expiry = ParticularName(known: "expiry")
  static let expiresAt = ParticularName(known: "expiresAt")
  static let reason = ParticularName(known: "reason")
  static let pickupTime = ParticularName(known: "pickupTime")
  static let estimatedTime = ParticularName(known: "estimatedTime")
  static let estimatedReady = ParticularName(known: "estimatedReady")
  static let acceptedAt = ParticularName(known: "acceptedAt")
  static let readyAt = ParticularName(known: "readyAt")
  static let paymentMethod = ParticularName(known: "paymentMethod")
  static let amount = ParticularName(known: "amount")
}

extension WorkflowDefinition {
  /// The `pickup` workflow.
  public static let pickup: WorkflowDefinition = {
    let staff: [Role] = [.admin, .employee, .system]
    let optionalReason = InputField(Pickup.reason, .text(1...500))
    let reason = InputField(Pickup.reason, .text(1...500), isRequired: true)
    let changes = OrderEdit.fields([.customer, .notes, .notesForCustomer, .discount, .items])
    let tellOfChanges: [WorkflowEffect] = [
      .set(Pickup.pickupTime, .input(Pickup.pickupTime)), .notify("ORDER_CHANGED_PHARMACY"),
      .notify("ORDER_CHANGED_CUSTOMER"),
    ]
    let keepReason = WorkflowEffect.set(Pickup.reason, .input(Pickup.reason))
    return WorkflowDefinition(
      name: WorkflowName(rawValue: "pickup"),
      states: [
        WorkflowState(Pickup.pending, .open), WorkflowState(Pickup.confirmed, .open),
        WorkflowState(Pickup.preparing, .active), WorkflowState(Pickup.ready, .active),
        WorkflowState(Pickup.completed, .closed, isTerminal: true),
        WorkflowState(Pickup.rejected, .cancelled, isTerminal: true),
        WorkflowState(Pickup.cancelled, .cancelled, isTerminal: true),
        WorkflowState(Pickup.expired, .cancelled, isTerminal: true),
      ],
      rows: [
        WorkflowRow(
          .place, from: nil, to: [Pickup.pending], roles: staff + [.kiosk], relations: [.owner],
          input: [InputField(Pickup.pickupTime, .time)],
          effects: [
            .set(Pickup.pickupTime, .input(Pickup.pickupTime)), .startTimer(Pickup.expiry),
            .notify("ORDER_PLACED_PHARMACY"),
          ], announces: [EventType("order:new")]),
        WorkflowRow(
          Pickup.accept, from: Pickup.pending, to: [Pickup.confirmed], roles: staff,
          input: [
            InputField(Pickup.estimatedTime, .whole(1...1_440), label: "minutes until it is ready"),
            InputField(ParticularName.items, .items, label: "fewer units of these"),
          ],
          conditions: [.before(Pickup.expiresAt, code: "order_expired"), .stockSuffices],
          effects: [
            .stopTimer(Pickup.expiry), .reduceItems, .deductStock, .set(Pickup.acceptedAt, .now),
            .set(Pickup.estimatedReady, .minutesFromNow(Pickup.estimatedTime)), .notify("ORDER_ACCEPTED_CUSTOMER"),
          ]),
        WorkflowRow(
          Pickup.reject, from: Pickup.pending, to: [Pickup.rejected], roles: staff, input: [reason],
          effects: [
            .stopTimer(Pickup.expiry), keepReason, .cancelItems, .refundPayment, .notify("ORDER_REJECTED_CUSTOMER"),
          ], announces: [.orderCancelled]),
        WorkflowRow(
          Pickup.expire, from: Pickup.pending, to: [Pickup.expired], roles: [], relations: [.timer],
          conditions: [.after(Pickup.expiresAt)],
          effects: [
            .set(Pickup.reason, .text("Order expired - pharmacy did not respond in time")), .cancelItems,
            .refundPayment, .notify("ORDER_EXPIRED"),
          ], announces: [.orderCancelled]),
        WorkflowRow(
          Pickup.prepare, from: Pickup.confirmed, to: [Pickup.preparing], roles: staff,
          effects: [.notify("ORDER_PREPARING_CUSTOMER")]),
      ]
        + WorkflowRow.each([Pickup.confirmed, Pickup.preparing]) { from in
          WorkflowRow(
            Pickup.makeReady, from: from, to: [Pickup.ready], roles: staff,
            effects: [.set(Pickup.readyAt, .now), .notify("ORDER_READY_CUSTOMER")])
        }
        + [
          WorkflowRow(
            Pickup.complete, from: Pickup.ready, to: [Pickup.completed], roles: staff,
            input: [
              InputField(Pickup.paymentMethod, .choice(["cash", "upi", "card", "online"]), isRequired: true),
              InputField(Pickup.amount, .money),
            ],
            conditions: [.amountIsDue(Pickup.amount)],
            effects: [
              .set(Pickup.paymentMethod, .input(Pickup.paymentMethod)), .takePayment, .notify("ORDER_COMPLETED"),
            ]),
          WorkflowRow(
            Pickup.cancel, from: Pickup.pending, to: [Pickup.cancelled], roles: staff, relations: [.owner],
            input: [optionalReason],
            effects: [.stopTimer(Pickup.expiry), keepReason, .cancelItems, .refundPayment],
            announces: [.orderCancelled]),
        ]
        + WorkflowRow.each([Pickup.confirmed, Pickup.preparing, Pickup.ready]) { from in
          WorkflowRow(
            Pickup.cancel, from: from, to: [Pickup.cancelled], roles: staff, input: [reason],
            effects: [keepReason, .restoreStock, .cancelItems, .refundPayment], announces: [.orderCancelled])
        }
        + [
          WorkflowRow(
            .edit, from: Pickup.pending, to: [Pickup.pending], roles: staff, relations: [.owner],
            input: [InputField(Pickup.pickupTime, .time)] + changes,
            conditions: [.before(Pickup.expiresAt, code: "order_expired")], effects: [.editOrder] + tellOfChanges),
          // Its goods are put aside already: they follow.
          WorkflowRow(
            .edit, from: Pickup.confirmed, to: [Pickup.confirmed], roles: staff,
            input: [InputField(Pickup.pickupTime, .time)] + changes, conditions: [.stockSuffices],
            effects: [.editOrder, .deductStock] + tellOfChanges),
        ],
      timers: [
        WorkflowTimer(Pickup.expiry, event: Pickup.expire, afterSeconds: 1_800, moment: Pickup.expiresAt)
      ])
  }()
}
