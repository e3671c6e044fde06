import EngineServer
import HTTPServer
import HubContracts
import HubRuntime
import Orders

/// A log that keeps nothing.
struct Silence: LogSink {
  func write(_ line: LogLine) {}
}

/// Nothing but the door.
struct TestApplication: HTTPApplication, HTTPUpgrades {
  let door: EngineDoor

  func replyAtHand(_ head: borrowing HTTPHead) -> HTTPReply? { nil }

  func reply(to request: HTTPRequest) async -> HTTPReply {
    guard door.serves(request.path) else { return HTTPReply(status: 404, contentType: nil, body: SharedBytes([])) }
    return await door.reply(to: request)
  }

  func bodyLimitBytes(method: HTTPMethod, path: Text) -> Int { door.bodyLimitBytes(method) }

  func refusal(_ reason: HTTPRefusal, requestID: String) -> HTTPReply {
    HTTPReply(status: 500, contentType: "text/plain", body: SharedBytes(Array("\(reason)".utf8)))
  }

  var wantsBodyHeads: Bool { true }

  func bodyBegins(_ head: HTTPRequest) -> BodyVerdict { door.bodyBegins(head) }

  func bodyFailed(_ head: HTTPRequest, isTooLarge: Bool) -> HTTPReply? {
    door.bodyFailed(head, isTooLarge: isTooLarge)
  }

  func decide(_ request: HTTPRequest) -> UpgradeDecision {
    switch door.decide(request) {
    case .accept(let headers): .accept(headers: headers)
    case .refuse(let reply): .refuse(reply)
    case .notAnUpgrade: .notAnUpgrade
    }
  }

  func upgraded(_ request: HTTPRequest, socket: Int32, leftover: [UInt8]) {
    door.upgraded(request, socket: socket, leftover: leftover)
  }
}
