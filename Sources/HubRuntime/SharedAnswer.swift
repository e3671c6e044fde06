/// One question at a time: whoever asks while it is under way gets its answer. So a question that strangers may ask, such
/// as whether a server is there, is never asked more than once at a time, however many want to know.
public final class SharedAnswer<Value: Sendable>: Sendable {
  private let underWay = Locked<Task<Value, Never>?>(nil)

  /// Nobody has asked.
  public init() {}

  /// The answer of `ask`, begun now or under way.
  public func value(_ ask: @escaping @Sendable () async -> Value) async -> Value {
    let task = underWay.with { underWay in
      if let underWay { return underWay }
      let task = Task {
        let value = await ask()
        self.underWay.with { $0 = nil }
        return value
      }
      underWay = task
      return task
    }
    return await task.value
  }
}
