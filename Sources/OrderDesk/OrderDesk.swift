public import HubContracts
public import HubRuntime
public import Orders

/// Where every write goes through: it reads what a command needs, lets the rules decide, writes the outcome in one
/// MongoDB transaction with its events, ledger rows, tallies and kept answer, and then tells Redis and the bus.
///
/// Commands wait in one queue, in which tenants and users take turns. A lane takes as much at once as a transaction shall
/// hold, decides one after the other, and writes it: the more is asked for, the less each costs. An order is in one lane's hands at a time, so within a
/// process its writers never collide; between processes the version of each order, and nothing else, keeps them apart.
public final class OrderDesk: Sendable {
  private let queue: CommandQueue
  private let memory: DeskMemory
  private let book: TenantBook
  private let lockPatienceMs: Int

  /// Opens a desk at which all tenants have the same calendar.
  public convenience init(
    store: any OrderStore, cache: any HubCache, publisher: Publisher, workflows: any WorkflowBook, clock: any HubClock,
    ids: any IdentitySource, calendar: BusinessCalendar, options: DeskOptions = DeskOptions(), log: Log,
    metrics: Metrics
  ) {
    // A desk has no use for it.
    guard let currency = Currency("USD") else { preconditionFailure("the code is one") }
    self.init(
      store: store, cache: cache, publisher: publisher, workflows: workflows, clock: clock, ids: ids,
      book: TenantBook(calendar: calendar, currency: currency), options: options, log: log, metrics: metrics)
  }

  /// Opens a desk.
  public init(
    store: any OrderStore, cache: any HubCache, publisher: Publisher, workflows: any WorkflowBook, clock: any HubClock,
    ids: any IdentitySource, book: TenantBook, options: DeskOptions = DeskOptions(), log: Log, metrics: Metrics
  ) {
    let queue = CommandQueue(options)
    self.queue = queue
    self.book = book
    let memory = DeskMemory(itemsLimit: options.rememberedItemsLimit)
    self.memory = memory
    lockPatienceMs = options.lockPatienceMs
    let gate = TenantTurns()
    let meters = DeskMeters(metrics)
    let firstShard = ids.token(bytes: 1).utf8.reduce(0) { $0 &* 31 &+ Int($1) }
    let lanes = (0..<options.lanes).map { index in
      Lane(
        desk: Lane.Desk(
          store: store, cache: cache, publisher: publisher, workflows: workflows, clock: clock, ids: ids, gate: gate,
          queue: queue, memory: memory, options: options, log: log, meters: meters),
        shard: (firstShard + index) % TallyShard.limit)
    }
    queue.admit(lanes)
  }

  /// How many commands no lane has taken yet.
  var waitingCount: Int { queue.waitingCount }

  /// Does what is asked, or says why not. Bounded in time by the store's deadlines.
  public func submit(_ command: Command) async -> Outcome {
    let calendar: BusinessCalendar
    do throws(StoreError) {
      calendar = try await book.terms(of: command.actor.tenant).calendar
    } catch {
      return Outcome(notBegun: error)
    }
    let work = command.work(orderItems: command.subject.order.flatMap { memory.itemCount(of: $0) })
    return await withCheckedContinuation { continuation in
      let pending = Lane.Pending(
        command: command, calendar: calendar, work: work, lockPatienceMs: lockPatienceMs, continuation: continuation)
      if let lack = queue.submit(pending) { continuation.resume(returning: .overloaded(lack)) }
    }
  }
}

extension Outcome {
  /// How a command ended that was not begun, for its tenant's terms could not be read.
  fileprivate init(notBegun error: StoreError) {
    switch error {
    case .unavailable(let cause), .outcomeUnknown(let cause): self = .unavailable(cause)
    case .overloaded(let lack): self = .overloaded(lack)
    case .broken(let cause): self = .broken(cause)
    }
  }
}

/// Bounds of a desk.
public struct DeskOptions: Sendable {
  /// How many lanes write side by side.
  public var lanes = 2
  /// How many commands one transaction may hold.
  public var batchLimit = 128
  /// How much work one transaction may hold, in items of orders; one command alone may be more.
  public var workLimit = 640
  /// How many commands may wait; see `Places` for how many of them may be one tenant's or user's.
  public var queueLimit = 4_000
  /// How often a command is tried again after somebody else changed what it had read.
  public var attemptLimit = 8
  /// How many items of orders a desk remembers, to spare reading what it wrote last.
  public var rememberedItemsLimit = 8_000
  /// How long a command waits for another process's lock before it goes on without.
  public var lockPatienceMs = 300
  /// How long after a transaction a lane waits for those who hear of it to come back, in microseconds: they are
  /// answered, and ask for the next thing, within about half of it.
  public var returnPatienceMicros: UInt64 = 3_000
  /// The defaults.
  public init() {}
}

/// What an operator may want to know of the desk.
struct DeskMeters: Sendable {
  let transactions: Counter
  let commands: Counter
  let conflicts: Counter
  let lockMisses: Counter
  let commitTime: Histogram
  let publishTime: Histogram

  init(_ metrics: Metrics) {
    transactions = metrics.counter(.deskTransactions)
    commands = metrics.counter(.deskCommands)
    conflicts = metrics.counter(.deskConflicts)
    lockMisses = metrics.counter(.deskLockMisses)
    commitTime = metrics.histogram(.deskCommitSeconds)
    publishTime = metrics.histogram(.deskPublishSeconds)
  }
}
