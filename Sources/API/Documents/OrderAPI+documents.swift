import HubContracts
import HubRuntime
import Orders

extension OrderAPI {
  /// Where one starts.
  func handbookStart(_ call: Call) async throws -> HTTPReply { try await handbook.start(call) }

  /// The routes, for people.
  func handbookAPI(_ call: Call) async throws -> HTTPReply { try await handbook.file(Handbook.apiName, call) }

  /// Any other file of the handbook.
  func handbookPage(_ call: Call) async throws -> HTTPReply { try await handbook.file(call.parameters[0], call) }
}

extension Handbook {
  fileprivate func start(_ call: Call) async throws -> HTTPReply {
    let files = try await files()
    // The start has one address; by its name it is not found.
    guard let name = startName, let file = files[name] else { throw Self.noPage(startName ?? "start") }
    return file.reply(to: call)
  }

  fileprivate func file(_ name: Text, _ call: Call) async throws -> HTTPReply {
    guard name != startName, let file = try await files()[name] else { throw Self.noPage(name) }
    return file.reply(to: call)
  }

  private static func noPage(_ name: Text) -> Problem {
    Problem(
      status: 404, code: "page_not_found", detail: "the documents have no page \"\(name.start(64))\"; /docs lists them")
  }
}

extension Handbook.File {
  /// The file, or word that it is still the one that the client has.
  fileprivate func reply(to call: Call) -> HTTPReply {
    let caching = [("ETag", tag), ("Cache-Control", "public, max-age=300")]
    if let tags = call.request.list("If-None-Match"), tags.names(tag: Text(tag)) {
      return HTTPReply(status: 304, contentType: nil, headers: caching, body: SharedBytes([]))
    }
    return HTTPReply(status: 200, contentType: type, headers: caching + Handbook.guards(of: kind), body: body)
  }
}
