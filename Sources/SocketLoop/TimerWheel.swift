/// Deadlines of many sockets, coarse on purpose: a slot a tick, nothing to move when a deadline is put off.
///
/// It knows no clock: `advance` is told the time. An entry is only a reminder to look at a socket; whoever is reminded
/// compares with the true deadline and, if that is later, schedules again.
struct TimerWheel {
  /// A reminder for one socket; stale if the socket's serial is another by then.
  struct Entry: Equatable {
    var slot: Int32
    var serial: UInt32
  }

  /// How long a tick is.
  let tickMs: Int64
  private var slots: [[Entry]]
  private var tick: Int64

  init(tickMs: Int64, slotCount: Int, nowMs: Int64) {
    self.tickMs = tickMs
    slots = [[Entry]](repeating: [], count: slotCount)
    tick = nowMs / tickMs
  }

  /// Reminds at `deadlineMs` or within a tick after it; earlier if that is further off than the wheel reaches. Gives the
  /// moment at which the reminder comes.
  @discardableResult
  mutating func schedule(_ entry: Entry, deadlineMs: Int64) -> Int64 {
    let due = (deadlineMs + tickMs - 1) / tickMs
    let at = min(max(due, tick + 1), tick + Int64(slots.count) - 1)
    slots[Int(at % Int64(slots.count))].append(entry)
    return at * tickMs
  }

  /// Moves to `nowMs` and gives the entries whose time has come.
  mutating func advance(nowMs: Int64) -> [Entry] {
    let target = nowMs / tickMs
    guard target > tick else { return [] }
    var due: [Entry] = []
    // After a long stall each slot is visited once, however many ticks were missed.
    for at in (max(tick + 1, target - Int64(slots.count) + 1))...target {
      let index = Int(at % Int64(slots.count))
      due += slots[index]
      slots[index] = []
    }
    tick = target
    return due
  }
}
