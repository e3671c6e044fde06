import HubContracts
import HubRuntime
import Orders

/// The commands that wait, and the orders that are being written: what lanes take their batches from.
///
/// An order is in one lane's hands at a time, from before it is read until its events are out, so within a process its
/// writers never collide, and its events leave in their sequence.
final class CommandQueue: Sendable {
  private struct State {
    var waiting: [Lane.Pending] = []
    var busy: Set<OrderID> = []
    var idle: [Lane] = []
    /// How many lanes have a batch in hand.
    var serving = 0

    /// Whether one more lane shall serve: a transaction of a few costs nearly as much as one of many, so a few that wait
    /// are left to the lane that is free next.
    var wantsLane: Bool { !waiting.isEmpty && (serving == 0 || waiting.count >= CommandQueue.companyCount) }

    /// A lane to run, if one shall.
    mutating func wake() -> Lane? {
      guard wantsLane, let lane = idle.popLast() else { return nil }
      serving += 1
      return lane
    }
  }

  private let state = Locked(State())
  private let limit: Int
  private let batchLimit: Int
  /// How many must wait for a second lane to serve beside the first.
  fileprivate static let companyCount = 12
  /// How far a lane looks past commands of busy orders.
  private static let scanLimit = 1_000

  init(_ options: DeskOptions) {
    limit = options.queueLimit
    batchLimit = options.batchLimit
  }

  /// How many commands wait.
  var waitingCount: Int { state.with { $0.waiting.count } }

  /// Lanes that have nothing to do yet.
  func admit(_ lanes: [Lane]) { state.with { $0.idle += lanes } }

  /// Puts a command in line, and wakes a lane for it; false if as many wait as may.
  func submit(_ pending: Lane.Pending) -> Bool {
    let (isTaken, lane): (Bool, Lane?) = state.with { state in
      guard state.waiting.count < limit else { return (false, nil) }
      state.waiting.append(pending)
      if let order = pending.command.subject.order, state.busy.contains(order) { return (true, nil) }
      return (true, state.wake())
    }
    if let lane { Task { await lane.run() } }
    return isTaken
  }

  /// All that may share a transaction now; nil if there is nothing to do, and the lane is idle until it is run again.
  func next(for lane: Lane) -> [Lane.Pending]? {
    state.with { state in
      state.serving -= 1
      if state.wantsLane {
        let batch = Self.take(from: &state, limit: batchLimit)
        if !batch.isEmpty {
          state.serving += 1
          return batch
        }
      }
      state.idle.append(lane)
      return nil
    }
  }

  /// Lets orders go that a lane is done with.
  func release(_ orders: [OrderID]) {
    let lane: Lane? = state.with { state in
      state.busy.subtract(orders)
      return state.wake()
    }
    if let lane { Task { await lane.run() } }
  }

  private static func take(from state: inout State, limit: Int) -> [Lane.Pending] {
    var batch: [Lane.Pending] = []
    var passed: [Lane.Pending] = []
    // One key twice would look as if somebody had answered it already, and neither would be written.
    var keys: Set<AnswerKey> = []
    var index = 0
    scan: while index < state.waiting.count, index < scanLimit, batch.count < limit {
      let pending = state.waiting[index]
      if let order = pending.command.subject.order, state.busy.contains(order) {
        passed.append(pending)
      } else if pending.command.isAlone {
        if !batch.isEmpty { break scan }
        batch.append(pending)
        index += 1
        break scan
      } else if let key = pending.command.answer?.key, !keys.insert(key).inserted {
        break scan
      } else {
        batch.append(pending)
      }
      index += 1
    }
    state.waiting.replaceSubrange(..<index, with: passed)
    state.busy.formUnion(batch.compactMap(\.command.subject.order))
    return batch
  }
}
