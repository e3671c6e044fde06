import HubContracts
import HubRuntime
import Orders

/// The commands that wait, and the orders that are being written: what lanes take their batches from.
///
/// Tenants, and a tenant's users, take turns by the work of what they ask for. A batch holds so much work, not so many
/// commands. Commands that are heavy in themselves wait in a line of their own and never have all lanes, so that
/// nobody's small command waits for a lane behind them or shares a transaction with one.
///
/// An order is in one lane's hands at a time, from before it is read until its events are out, so within a process its
/// writers never collide, its events leave in their sequence, and its commands are done in the order in which they came.
final class CommandQueue: Sendable {
  /// Commands that share a transaction.
  struct Batch: Sendable {
    var commands: [Lane.Pending] = []
    var isHeavy = false
  }

  /// An order, to those of its tenant: what others ask of it is refused, and must not be in their way.
  private struct OrderKey: Hashable {
    let tenant: TenantID
    let order: OrderID
  }

  private struct State {
    var light = FairQueue<Lane.Pending>(quantum: CommandQueue.quantum)
    var heavy = FairQueue<Lane.Pending>(quantum: CommandQueue.quantum)
    var places: Places
    /// The orders that have a command in line or in a lane's hands, and what waits behind it.
    var orders: [OrderKey: Fifo<Lane.Pending>] = [:]
    var idle: [Lane] = []
    /// How many lanes have a batch in hand, and how many of these a heavy one.
    var serving = 0
    var servingHeavy = 0
    var wasHeavy = false
    var returning: Returning
    /// Whether a lane that could take light ones waits for who is about to come, which of such waits it is, and what
    /// ends it.
    var isGathering = false
    var gatherings: UInt64 = 0
    var gathered: CheckedContinuation<Void, Never>?
  }

  private let state: Locked<State>
  private let batchLimit: Int
  private let workLimit: Int
  private let heavyLanes: Int
  /// A turn, in items: a few ordinary commands.
  fileprivate static let quantum = 64
  /// A command of more work is heavy.
  static let heavyWork = 64
  /// How many light ones must wait for a second lane to serve beside the first: a transaction of a few costs nearly as
  /// much as one of many, so a few that wait are left to the lane that is free next.
  private static let companyCount = 12

  init(_ options: DeskOptions) {
    state = Locked(
      State(
        places: Places(limit: options.queueLimit),
        returning: Returning(patienceMicros: options.returnPatienceMicros)))
    batchLimit = options.batchLimit
    workLimit = options.workLimit
    heavyLanes = max(1, options.lanes - 1)
  }

  /// Lanes that have nothing to do yet.
  func admit(_ lanes: [Lane]) { state.with { $0.idle += lanes } }

  /// Puts a command in line, and wakes a lane for it; or says why it may not wait.
  func submit(_ pending: Lane.Pending) -> Places.Lack? {
    let (lack, lane): (Places.Lack?, Lane?) = state.with { state in
      if let lack = state.places.take(pending.party) { return (lack, nil) }
      if let key = Self.key(pending) {
        guard state.orders[key] == nil else {
          state.orders[key]?.append(pending)
          return (nil, nil)
        }
        state.orders[key] = Fifo()
      }
      Self.line(pending, in: &state)
      state.returning.came()
      if state.isGathering, !isWorthWaiting(state) { endGathering(&state) }
      return (nil, wake(&state))
    }
    if let lane { run(lane) }
    return lack
  }

  /// So many light commands are written: their clients hear of it now, and come back.
  func written(_ count: Int) {
    let now = monotonicMicros()
    state.with { $0.returning.written(count, now: now) }
  }

  /// What may share a transaction now; nil if there is nothing to do, and the lane is idle until it is run again. `last`
  /// is the batch that the lane is done with. It may wait a moment for those who are about to come.
  func next(for lane: Lane, after last: Batch?) async -> Batch? {
    let gathers = state.with { state in
      state.serving -= 1
      if last?.isHeavy == true { state.servingHeavy -= 1 }
      // One gathers at a time: while one does, what it waits for is not wanted by another.
      guard wantsLight(state), !wantsHeavy(state), isWorthWaiting(state) else { return false }
      state.isGathering = true
      return true
    }
    if gathers { await gather() }
    let (batch, other): (Batch?, Lane?) = state.with { state in
      if gathers { state.isGathering = false }
      let batch = takeBatch(&state)
      if let batch {
        state.serving += 1
        if batch.isHeavy { state.servingHeavy += 1 }
        state.wasHeavy = batch.isHeavy
      } else {
        state.idle.append(lane)
      }
      return (batch, wake(&state))
    }
    if let other { run(other) }
    return batch
  }

  /// Waits until nobody is worth waiting for any more.
  private func gather() async {
    await withCheckedContinuation { gathered in
      let (ticket, micros): (UInt64, UInt64) = state.with { state in
        precondition(state.gathered == nil, "two lanes gather")
        state.gatherings &+= 1
        state.gathered = gathered
        if !isWorthWaiting(state) { endGathering(&state) }
        return (state.gatherings, state.returning.untilMicros &- min(monotonicMicros(), state.returning.untilMicros))
      }
      Party.$current.withValue(.hub) {
        _ = Task {
          try? await Task.sleep(for: .microseconds(Int64(micros)))
          state.with { if $0.gatherings == ticket { endGathering(&$0) } }
        }
      }
    }
  }

  /// Lets orders go that a lane is done with: what waits behind them is in line from now on.
  func release(_ served: [Lane.Pending]) {
    let lane: Lane? = state.with { state in
      for key in Set(served.compactMap(Self.key)) { Self.release(key, &state) }
      return wake(&state)
    }
    if let lane { run(lane) }
  }

  /// Puts commands that a lane has taken and not served before all others of their owners and orders. `held` are those
  /// of the same batch that it serves: their orders stay in its hands.
  func putBack(_ late: [Lane.Pending], held: [Lane.Pending]) {
    let lane: Lane? = state.with { state in
      let held = Set(held.compactMap(Self.key))
      for pending in late.reversed() {
        state.places.keep(pending.party)
        guard let key = Self.key(pending) else {
          Self.line(pending, in: &state, first: true)
          continue
        }
        state.orders[key, default: Fifo()].prepend(pending)
      }
      // Only now: of several commands of an order the first is in line, and the others wait behind it.
      for key in Set(late.compactMap(Self.key)).subtracting(held) { Self.release(key, &state) }
      return wake(&state)
    }
    if let lane { run(lane) }
  }

  /// Counts work that was not known when a command was taken.
  func charge(_ work: Int, to party: Party) {
    state.with { state in
      state.light.charge(work, to: party)
      state.heavy.charge(work, to: party)
    }
  }

  /// How many commands no lane has taken yet.
  var waitingCount: Int { state.with { $0.places.taken } }

  // MARK: Under the lock

  private static func key(_ pending: Lane.Pending) -> OrderKey? {
    pending.command.subject.order.map { OrderKey(tenant: pending.command.actor.tenant, order: $0) }
  }

  private static func isHeavy(_ pending: Lane.Pending) -> Bool { pending.work > heavyWork }

  private static func line(_ pending: Lane.Pending, in state: inout State, first: Bool = false) {
    switch (isHeavy(pending), first) {
    case (false, false): state.light.append(pending, of: pending.party)
    case (false, true): state.light.prepend(pending, of: pending.party)
    case (true, false): state.heavy.append(pending, of: pending.party)
    case (true, true): state.heavy.prepend(pending, of: pending.party)
    }
  }

  private static func release(_ key: OrderKey, _ state: inout State) {
    if let next = state.orders[key]?.popFirst() {
      // It came before whatever its owner asked for since.
      line(next, in: &state, first: true)
    } else {
      state.orders[key] = nil
    }
  }

  private func wantsHeavy(_ state: State) -> Bool { !state.heavy.isEmpty && state.servingHeavy < heavyLanes }

  private func wantsLight(_ state: State) -> Bool {
    !state.light.isEmpty && !state.isGathering
      && (state.serving == state.servingHeavy || state.light.count >= Self.companyCount)
  }

  private func isWorthWaiting(_ state: State) -> Bool {
    state.light.count < batchLimit
      && state.returning.isWorthWaiting(with: state.light.count, now: monotonicMicros())
  }

  private func endGathering(_ state: inout State) {
    state.gathered?.resume()
    state.gathered = nil
  }

  /// A lane to run, if one more shall serve.
  private func wake(_ state: inout State) -> Lane? {
    guard wantsHeavy(state) || wantsLight(state), let lane = state.idle.popLast() else { return nil }
    state.serving += 1
    return lane
  }

  private func run(_ lane: Lane) {
    // It serves whoever waits, and not the one who happened to wake it.
    Party.$current.withValue(.hub) { _ = Task { await lane.run() } }
  }

  private func takeBatch(_ state: inout State) -> Batch? {
    if wantsHeavy(state), !state.wasHeavy || !wantsLight(state) { return take(from: \.heavy, &state) }
    if wantsLight(state) { return take(from: \.light, &state) }
    return nil
  }

  private func take(from line: WritableKeyPath<State, FairQueue<Lane.Pending>>, _ state: inout State) -> Batch {
    var batch = Batch(isHeavy: line == \.heavy)
    // One key twice would look as if somebody had answered it already, and neither would be written.
    var keys: Set<AnswerKey> = []
    var room = workLimit
    func fits(_ pending: Lane.Pending) -> Bool {
      if batch.commands.isEmpty { return true }
      guard batch.commands.count < batchLimit, pending.work <= room, !pending.command.isAlone else { return false }
      return pending.command.answer.map { !keys.contains($0.key) } ?? true
    }
    func put(_ pending: Lane.Pending, _ state: inout State) {
      if let key = pending.command.answer?.key { keys.insert(key) }
      room -= pending.work
      batch.commands.append(pending)
      state.places.leave(pending.party)
    }
    while let (pending, _) = state[keyPath: line].take(work: { fits($0) ? $0.work : nil }) {
      put(pending, &state)
      if pending.command.isAlone { break }
      // What else is asked of the order now costs no read of its own.
      guard let key = Self.key(pending) else { continue }
      while let next = state.orders[key]?.first, Self.isHeavy(next) == batch.isHeavy, fits(next) {
        _ = state.orders[key]?.popFirst()
        put(next, &state)
        state[keyPath: line].charge(next.work, to: next.party)
      }
    }
    return batch
  }
}
