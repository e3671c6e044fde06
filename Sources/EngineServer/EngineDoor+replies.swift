import EngineIO
import HubContracts
import HubRuntime

extension EngineDoor {
  /// An outcome as HTTP, which no cache may keep.
  func reply(_ outcome: HeldOutcome, to request: HTTPRequest) -> HTTPReply {
    var headers = [(name: "Cache-Control", value: "no-store")]
    switch outcome {
    case .answer(let answer):
      return HTTPReply(
        status: answer.status, contentType: answer.contentType, headers: headers, body: SharedBytes(answer.body))
    case .busy:
      headers.append(("Retry-After", String(options.retryAfterSeconds)))
      return HTTPReply(
        status: 503, contentType: "text/plain; charset=UTF-8", headers: headers,
        body: SharedBytes(Array("Service Unavailable".utf8)))
    }
  }

  /// The answer to what is refused. A page of another origin is told who decides that.
  func refuse(_ refusal: EngineRefusal, _ request: HTTPRequest) -> HTTPReply {
    let message = refusal == .forbidden && !crossOrigin.allows(request) ? options.originRefusal : nil
    return reply(.answer(.refused(refusal, message: message)), to: request)
  }

  /// The answer to a browser that asks what a page may do.
  func preflight(_ request: HTTPRequest) -> HTTPReply {
    guard crossOrigin.allows(request) else { return refuse(.forbidden, request) }
    var headers = crossOrigin.preflightHeaders(for: request)
    headers.append(("Cache-Control", "no-store"))
    return HTTPReply(status: 204, contentType: nil, headers: headers, body: SharedBytes([]))
  }
}
