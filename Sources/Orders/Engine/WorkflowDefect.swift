/// Why a workflow is not accepted.
public enum WorkflowDefect: Error, Sendable, Equatable {
  /// Two workflows of one name.
  case duplicateWorkflow(WorkflowName)
  /// The name, a state or an event is no word: 1 to 64 of `A–Z a–z 0–9 _ -`.
  case badWord(Text)
  /// A state stands twice.
  case duplicateState(Status)
  /// Nothing makes an order.
  case noInitialState
  /// A row names a state that does not exist.
  case unknownState(Status, event: WorkflowEvent)
  /// Two rows for one event in one state; nil for what makes an order.
  case duplicateRow(event: WorkflowEvent, from: Status?)
  /// A row leads nowhere, or nobody may.
  case emptyRow(event: WorkflowEvent, from: Status?)
  /// A row leads out of a terminal state.
  case terminalWithExit(Status, event: WorkflowEvent)
  /// No row leads out of a state that is not terminal.
  case deadEnd(Status)
  /// No row leads to a state from where an order begins.
  case unreachable(Status)
  /// A field stands twice in a row, or asks for what no value fits.
  case wrongField(ParticularName, event: WorkflowEvent)
  /// A row has more than one effect that moves stock.
  case severalStockMoves(event: WorkflowEvent)
  /// A row takes items, or reads a field, that its input does not ask for.
  case unaskedField(ParticularName, event: WorkflowEvent)
  /// A timer stands twice, runs for no time or too long, or leads to an event that it may not do.
  case wrongTimer(ParticularName)
  /// A row moves or asks about a part that its input does not name.
  case unnamedPart(PartKind, event: WorkflowEvent)
  /// A row moves or asks about a part of a kind or in a status that no row brings about.
  case unknownPart(PartKind, Status?, event: WorkflowEvent)
  /// The items of a part are kept for the staff alone.
  case hiddenItems(PartKind, event: WorkflowEvent)
  /// What makes an order moves or asks about a part: there is none yet.
  case partBeforeOrder(PartKind, event: WorkflowEvent)
  /// A row announces what is no name of a type of events.
  case wrongAnnouncement(EventType, event: WorkflowEvent)
  /// The particular that names the seller is set to what is no user's name.
  case wrongSeller(event: WorkflowEvent)
  /// A row starts or stops a timer that does not exist.
  case unknownTimer(ParticularName, event: WorkflowEvent)
  /// A row makes a reservation firm and leaves a timer running that gives it back.
  case unfirm(ParticularName, event: WorkflowEvent)
  /// A row edits an order otherwise than the event `edit` does; why.
  case wrongEdit(Text, event: WorkflowEvent)
  /// A row announces a type that the hub tells by itself, with what a row cannot know.
  case hubsEvent(EventType, event: WorkflowEvent)
  /// The rules beside the table are none that are known here.
  case unknownRules(Text)
  /// Something is asked of an event that the rules beside the table do not do.
  case ruled(Text, event: WorkflowEvent)
  /// There are more of something than may be.
  case tooMany(Text, limit: Int)
}

/// A defect, and where it stands.
public struct PlacedDefect: Sendable, Equatable {
  /// The place in the definition's own words: `rows[3].to`; empty for the whole of it.
  public let place: String
  /// What is wrong.
  public let defect: WorkflowDefect
  /// Names a defect.
  public init(_ place: String, _ defect: WorkflowDefect) {
    self.place = place
    self.defect = defect
  }
}

extension WorkflowDefect: CustomStringConvertible {
  /// What is wrong and what would be right, for whoever wrote the definition.
  public var description: String {
    switch self {
    case .badWord(let word): "\(word.start(64)) is no word: 1 to 64 of A-Z a-z 0-9 _ -."
    case .duplicateWorkflow(let name): "There is a workflow \(name.rawValue) already; give it another name."
    case .duplicateState(let status): "The state \(status.rawValue) stands twice."
    case .noInitialState: "Nothing makes an order: a row without \"from\" is needed."
    case .unknownState(let status, let event):
      "\(event.rawValue) names the state \(status.rawValue), which is not among the states."
    case .duplicateRow(let event, let from):
      "There are two rows for \(event.rawValue) \(from.map { "from \($0.rawValue)" } ?? "that make an order")."
    case .emptyRow(let event, let from):
      "\(event.rawValue) \(from.map { "from \($0.rawValue) " } ?? "")leads nowhere, or nobody may do it."
    case .terminalWithExit(let status, let event):
      "\(event.rawValue) leads out of \(status.rawValue), which is terminal."
    case .deadEnd(let status): "Nothing leads out of \(status.rawValue), and it is not terminal."
    case .unreachable(let status): "No way leads to \(status.rawValue) from where an order begins."
    case .wrongField(let name, let event):
      "The field \(name.text) of \(event.rawValue) stands twice, no value fits its bounds, it is not items that are called items, or an edit takes something else by that name."
    case .severalStockMoves(let event): "\(event.rawValue) moves stock in more than one way; one is allowed."
    case .unaskedField(let name, let event): "\(event.rawValue) uses \(name.text), which its input does not ask for."
    case .wrongTimer(let name):
      "The timer \(name.text) stands twice, runs for less than a second or more than \(WorkflowTimer.limitSeconds), or its event has no row that a timer may do."
    case .unnamedPart(let kind, let event):
      "\(event.rawValue) takes a \(kind.text) and must be told which: a required field \(kind.idField.text) of type identity."
    case .unknownPart(let kind, let status?, let event):
      "\(event.rawValue) asks for a \(kind.text) that is \(status.rawValue), which no row makes one."
    case .unknownPart(let kind, nil, let event):
      "\(event.rawValue) takes a \(kind.text), which no row adds."
    case .hiddenItems(let kind, let event):
      "\(event.rawValue) keeps the items of a \(kind.text) for the staff; items stand in \"fields\", for all to see."
    case .partBeforeOrder(let kind, let event):
      "\(event.rawValue) makes an order, which has no \(kind.text) yet."
    case .wrongAnnouncement(let type, let event):
      "\(event.rawValue) cannot announce \(type.name.start(64)): that is no name for an event."
    case .wrongSeller(let event):
      "\(event.rawValue) sets \(ParticularName.sellerID.text), which names the user who sells: a text, or a field of type text or choice, is needed."
    case .unknownTimer(let name, let event):
      "\(event.rawValue) names the timer \(name.text), which is not among the timers."
    case .unfirm(let name, let event):
      "\(event.rawValue) confirms stock that the timer \(name.text) gives back; stop it in the same row."
    case .wrongEdit(let why, let event): "\(event.rawValue) cannot edit orders so: \(why)."
    case .hubsEvent(let type, let event):
      "\(event.rawValue) announces \(type.rawValue), which the hub tells by itself; take a name of your own."
    case .unknownRules(let name):
      "The rules \(name.start(64)) are not known; known are \(WorkflowDefinition.ruleNames.map(\.string).joined(separator: ", "))."
    case .ruled(let what, let event):
      "\(event.rawValue) is of a workflow with rules beside its table, which know no \(what) there."
    case .tooMany(let what, let limit): "There are too many \(what); at most \(limit) are allowed."
    }
  }
}

extension Text {
  /// Whether it may name a workflow, a state or an event, and so stand in keys: 1 to 64 of `A–Z a–z 0–9 _ -`.
  public var isWorkflowWord: Bool {
    (1...64).contains(utf8.count)
      && utf8.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x5f: true
        default: false
        }
      }
  }
}
