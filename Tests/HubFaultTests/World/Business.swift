/// What the shop does beside deliveries: a workflow that is a table and nothing else. What the table allows is written
/// down here once more, by hand, so that what the hub makes of it is held against something.
struct Business: Sendable, Equatable {
  /// One thing that may happen, and where it leads.
  struct Way: Sendable, Equatable {
    var event: String
    var from: [String]
    var to: String
    /// Where the order's own customer may do it, beside the staff.
    var customersFrom: [String] = []
    /// What is told of it beside `order:updated`: what tells two ways apart that lead from and to the same state.
    var announces: String?
  }

  /// What happens by itself.
  struct Alarm: Sendable, Equatable {
    /// The state in which it is awaited.
    var state: String
    var event: String
    /// The particular of the order that says when.
    var moment: String
    /// What it leads to.
    var to: String
    /// How long the shop waits for it, in seconds.
    var seconds: Int
  }

  /// The workflow's name.
  var name: String
  /// The state that an order begins in.
  var first: String
  var ways: [Way]
  var alarm: Alarm
  /// In which states the order's goods are set aside, and in which they have left the shelf.
  var reserving: [String]
  var taking: [String]
  /// In which states it is cancelled.
  var cancelled: [String]
  /// In which state it is paid.
  var paid: String?

  /// The states that nothing leads out of.
  var ends: [String] {
    let to = Set(ways.map(\.to) + [alarm.to, first])
    return to.filter { state in state != alarm.state && !ways.contains { $0.from.contains(state) } }.sorted()
  }

  /// The ways out of a state, for those who ask.
  func ways(from state: String, isCustomer: Bool) -> [Way] {
    ways.filter { $0.from.contains(state) && (!isCustomer || $0.customersFrom.contains(state)) }
  }
}

extension Business {
  /// The hub's own.
  static let pickup = table(named: "pickup", seconds: 1_800)
  /// The same as a workflow of the shop's own, whose customers are hasty.
  static let hasty = table(named: "hasty", seconds: 5)
  /// Another one of its own: goods are set aside for a while, and then made firm, or go back.
  static let hold = Business(
    name: "hold", first: "waiting",
    ways: [
      Way(event: "change", from: ["waiting"], to: "waiting", customersFrom: ["waiting"], announces: "hold:changed"),
      Way(event: "extend", from: ["waiting"], to: "waiting", announces: "hold:extended"),
      Way(event: "confirm", from: ["waiting"], to: "firm"), Way(event: "send", from: ["firm"], to: "sent"),
      Way(event: "cancel", from: ["waiting", "firm"], to: "cancelled", customersFrom: ["waiting"]),
    ], alarm: Alarm(state: "waiting", event: "lapse", moment: "heldUntil", to: "released", seconds: 5),
    reserving: ["waiting", "firm"], taking: ["sent"], cancelled: ["cancelled", "released"])

  static let all = [pickup, hasty, hold]

  /// Those whose workflows the shop makes itself.
  static let own = [hasty, hold]

  private static func table(named name: String, seconds: Int) -> Business {
    Business(
      name: name, first: "pending",
      ways: [
        Way(event: "accept", from: ["pending"], to: "confirmed"),
        Way(event: "reject", from: ["pending"], to: "rejected"),
        Way(event: "prepare", from: ["confirmed"], to: "preparing"),
        Way(event: "ready", from: ["confirmed", "preparing"], to: "ready"),
        Way(event: "complete", from: ["ready"], to: "completed"),
        Way(
          event: "cancel", from: ["pending", "confirmed", "preparing", "ready"], to: "cancelled",
          customersFrom: ["pending"]),
      ], alarm: Alarm(state: "pending", event: "expire", moment: "expiresAt", to: "expired", seconds: seconds),
      reserving: [], taking: ["confirmed", "preparing", "ready", "completed"],
      cancelled: ["rejected", "cancelled", "expired"], paid: "completed")
  }

  /// Whose orders stand in a slot; nil: those that are delivered, as in most.
  static func of(slot: Int) -> Business? {
    switch slot % 8 {
    case 1: pickup
    case 4: hasty
    case 6: hold
    default: nil
    }
  }

  /// The one of this name; nil for deliveries.
  static func named(_ name: String) -> Business? { all.first { $0.name == name } }
}

extension Business {
  /// The shop's own workflow as it gives it to the hub. `pickup` is the hub's own definition, which one of them is a copy
  /// of.
  func definition(copying pickup: String) -> String {
    guard self == .hold else {
      return pickup.replacing(#""afterSeconds":1800"#, with: #""afterSeconds":\#(alarm.seconds)"#)
        .replacing(#""name":"pickup""#, with: #""name":"\#(name)""#)
    }
    let items = #""input":[{"name":"items","type":"items"}]"#
    return #"""
      {"name":"hold","states":[{"name":"waiting","phase":"open"},{"name":"firm","phase":"active"},
        {"name":"sent","phase":"closed","final":true},{"name":"cancelled","phase":"cancelled","final":true},
        {"name":"released","phase":"cancelled","final":true}],
       "rows":[
        {"event":"place","to":"waiting","who":["staff","owner"],"conditions":["stockSuffices"],
         "effects":["reserveStock",{"startTimer":"holding"}]},
        {"event":"change","from":"waiting","to":"waiting","who":["staff","owner"],\#(items),
         "effects":["reduceItems","reserveStock"],"announces":["hold:changed"]},
        {"event":"extend","from":"waiting","to":"waiting","who":["staff"],
         "effects":[{"startTimer":"holding"}],"announces":["hold:extended"]},
        {"event":"confirm","from":"waiting","to":"firm","who":["staff"],
         "effects":[{"stopTimer":"holding"},"confirmStock",{"notify":"HOLD_CONFIRMED"}]},
        {"event":"send","from":"firm","to":"sent","who":["staff"],\#(items),"conditions":["stockSuffices"],
         "effects":["reduceItems","deductStock",{"notify":"HOLD_SENT"}]},
        {"event":"cancel","from":"waiting","to":"cancelled","who":["staff","owner"],
         "input":[{"name":"reason","type":"text","min":1,"max":500}],
         "effects":[{"stopTimer":"holding"},{"set":"reason","from":"reason"},"releaseStock","cancelItems"]},
        {"event":"cancel","from":"firm","to":"cancelled","who":["staff"],
         "input":[{"name":"reason","type":"text","min":1,"max":500}],
         "effects":[{"set":"reason","from":"reason"},"releaseStock","cancelItems"]},
        {"event":"lapse","from":"waiting","to":"released","who":["timer"],"conditions":[{"after":"heldUntil"}],
         "effects":["releaseStock","cancelItems",{"notify":"HOLD_RELEASED"}]}],
       "timers":[{"name":"holding","event":"lapse","afterSeconds":\#(alarm.seconds),"moment":"heldUntil"}]}
      """#
  }
}
