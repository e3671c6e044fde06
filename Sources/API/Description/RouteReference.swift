import HubContracts
import Orders

/// A route as the reference of the documents has it.
public struct RouteReference: Sendable {
  /// `GET /api/orders/:id`
  public let route: String
  /// Who may call it: `staff`, `staff + owner`, roles, `everybody` with a token, `all` without one.
  public let who: String
  /// What it does, in a line.
  public let summary: String
  /// The name of the body that it takes; nil if it takes none.
  public let body: String?
  /// The status and the name of the body of its success.
  public let success: String
}

extension OrderAPI {
  /// The route table by what the routes are about, for the reference of the documents.
  public static var routeReference: [(title: String, routes: [RouteReference])] {
    routeGroups.map { group in
      (
        group.title,
        group.routes.map { route in
          RouteReference(
            route: "\(route.method.rawValue) \(route.pattern)", who: route.who, summary: route.summary,
            body: route.body, success: "\(route.success.status) \(route.success.schema)")
        }
      )
    }
  }
}

extension Route {
  /// Who may call it, in words for people.
  var who: String {
    switch access {
    case .open: "all"
    case .person: "everybody"
    case .roles(let roles):
      roles == .staff ? "staff" : roles.map { Text($0.rawValue) }.sorted().map(\.string).joined(separator: ", ")
    case .staffOrOwner: "staff + owner"
    }
  }
}
