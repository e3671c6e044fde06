import HubContracts

/// A request that is ready to be sent.
struct Request {
  /// Under which number of the scenario's operations it is counted.
  let operation: Int
  let bytes: SharedBytes
}

/// What one user does, as a round of requests: a state machine, touched only on its loop's thread.
protocol Errand: AnyObject {
  /// The next request of the round, which should start at `startNs`, or nil when the round is over. The call after that
  /// begins the next round; if it gives nil too, the user is done for good.
  func next(startNs: Int64) -> Request?
  /// Takes the answer to the last request. Nil if it is as it should be; else the kind of failure, and the round is over.
  func take(_ answer: Answer) -> String?
  /// The last request got no answer: the round is over.
  func broke()
  /// Under which number a whole round is counted; nil if it is not.
  var round: Int? { get }
}

extension Errand {
  var round: Int? { nil }
}
