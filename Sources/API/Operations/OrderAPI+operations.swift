import HubContracts
import HubRuntime
import HubWire

extension OrderAPI {
  func service(_ call: Call) -> HTTPReply {
    .json { json in
      json.member("service", "orderhub")
      json.member("version", options.version)
      json.member("description", "/openapi.json")
    }
  }

  func health(_ call: Call) -> HTTPReply {
    .json { json in
      json.member("status", "ok")
    }
  }

  /// Whether a process may be sent requests.
  enum ReadyState: String, CaseIterable {
    case ready, unavailable
    /// On its way down.
    case draining
  }

  /// Whether a server answers.
  enum ServerState: String, CaseIterable {
    case up, down
  }

  /// Ready means that MongoDB answers and the process is not on its way down; Redis is told, and not needed.
  func readiness(_ call: Call) async -> HTTPReply {
    let store = parts.store
    let mongo: ServerState = await pings.value { (try? await store.ping()) != nil } ? .up : .down
    let redis: ServerState = parts.cache.isUp ? .up : .down
    let state: ReadyState = isDraining ? .draining : mongo == .up ? .ready : .unavailable
    let conditions = call.request.wantsConditions ? await parts.board.conditions() : nil
    var reply = HTTPReply.json { json in
      json.member("status", state.rawValue)
      json.member("mongodb", mongo.rawValue)
      json.member("redis", redis.rawValue)
      if let conditions {
        json.name("conditions")
        json.beginArray()
        for condition in conditions { condition.write(to: &json) }
        json.endArray()
      }
    }
    if state != .ready {
      reply.status = 503
      reply.headers.append(("Retry-After", "2"))
    }
    return reply
  }

  func metricsText(_ call: Call) -> HTTPReply {
    HTTPReply(
      status: 200, contentType: "text/plain; version=0.0.4; charset=utf-8",
      body: SharedBytes(Array(metrics.render().utf8)))
  }

  func description(_ call: Call) -> HTTPReply {
    HTTPReply(status: 200, body: describedRoutes)
  }
}
