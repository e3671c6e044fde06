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

  /// Ready means that MongoDB answers and the process is not on its way down; Redis is told, and not needed.
  func readiness(_ call: Call) async -> HTTPReply {
    var mongo = "up"
    do { try await parts.store.ping() } catch { mongo = "down" }
    let isReady = mongo == "up" && !isDraining
    let conditions = call.request.wantsConditions ? await parts.board.conditions() : nil
    var reply = HTTPReply.json { json in
      json.member("status", isDraining ? "draining" : isReady ? "ready" : "unavailable")
      json.member("mongodb", mongo)
      json.member("redis", parts.cache.isUp ? "up" : "down")
      if let conditions {
        json.name("conditions")
        json.beginArray()
        for condition in conditions { condition.write(to: &json) }
        json.endArray()
      }
    }
    if !isReady {
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
    HTTPReply(status: 200, body: SharedBytes(OpenAPI.describe(table.routes, version: options.version)))
  }
}
