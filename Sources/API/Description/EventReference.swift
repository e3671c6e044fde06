import HubWire
public import Orders

/// A type of events as the reference of the documents has it.
public struct EventReference: Sendable {
  /// The type.
  public let type: EventType
  /// The members of its data, in their order.
  public let members: [String]
  /// Those members of it, and of what is in it, that customers are not shown; each once.
  public let staffOnly: [String]
}

extension OrderAPI {
  /// What each type of events tells, and what of it the staff alone are shown.
  public static var eventReference: [EventReference] {
    OpenAPISchemas.data.map { type, members in
      let shown = SightTable.events.first { $0.type == type }?.data
      var seen: Set<Text> = []
      let hidden = shown.map { staffOnly(.object($0)) } ?? members.map(\.name)
      return EventReference(
        type: type, members: members.map(\.name), staffOnly: hidden.filter { seen.insert(Text($0)).inserted })
    }
  }

  private static func staffOnly(_ showing: Showing) -> [String] {
    switch showing {
    case .value, .sellersToo, .staffOnly: []
    case .list(let inner), .map(let inner): staffOnly(inner)
    case .object(let columns), .event(let columns):
      columns.rows.flatMap { name, showing in
        switch showing {
        case .staffOnly, .sellersToo: ["\(name)"]
        case .value, .list, .map, .object, .event: staffOnly(showing)
        }
      }
    }
  }
}
