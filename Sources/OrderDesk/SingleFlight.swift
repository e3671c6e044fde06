import HubRuntime

/// Lets many who want the same thing at the same time share one fetch of it.
final class SingleFlight<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private let flights = Locked<[Key: Task<Result<Value, any Error>, Never>]>([:])

  /// What `fetch` gives, of a fetch begun now or one under way.
  func value(_ key: Key, _ fetch: @escaping @Sendable () async throws -> Value) async throws -> Value {
    let task = flights.with { flights in
      if let flight = flights[key] { return flight }
      let flight = Task { () async -> Result<Value, any Error> in
        let result: Result<Value, any Error>
        do { result = .success(try await fetch()) } catch { result = .failure(error) }
        self.flights.with { $0[key] = nil }
        return result
      }
      flights[key] = flight
      return flight
    }
    return try await task.value.get()
  }
}
