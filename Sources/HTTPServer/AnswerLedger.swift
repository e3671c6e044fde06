import Glibc
import Orders
import Synchronization

/// What answers hold in memory until their clients have taken them, in all and by address. Counted are those that are
/// held as they are; small ones are copied into memory that a connection has anyway.
///
/// A client that does not read holds its answer for as long as it likes. So where an answer finds no room, the connections
/// are closed that were answered first, of its own address if that has its part already, else of whoever holds most.
final class AnswerLedger: @unchecked Sendable {
  // Owner: the server's thread; `total` may be read, and `highest` set, by any.
  private let limit: Int
  private let addressLimit: Int
  /// Of those addresses that hold something: there are never more than connections.
  private var holders: [Text: Holder] = [:]
  private var count: UInt64 = 0
  private let total = Atomic<Int>(0)
  private let highest = Atomic<Int>(0)

  /// What part of all one address may hold.
  static let addressPart = 4

  /// What an address holds.
  private struct Holder {
    var bytes = 0
    var answers: [ObjectIdentifier: ConnectionState] = [:]
  }

  /// An answer that is held.
  struct Entry {
    let address: Text
    let bytes: Int
    /// How many came before it.
    let number: UInt64
  }

  /// At most `limit` bytes in all, and a fourth of that of one address.
  init(limit: Int) {
    self.limit = limit
    addressLimit = limit / Self.addressPart
  }

  /// How many bytes are held now.
  var heldBytes: Int { total.load(ordering: .relaxed) }

  /// The most that was held since the last call of this, which begins anew.
  func takePeak() -> Int { highest.exchange(heldBytes, ordering: .relaxed) }

  /// Counts a connection's answer, which it has until `giveBack`. The connections that have to make room for it: they are
  /// counted no more, and are to be closed. Nil if there can be no room for so large an answer.
  func take(_ bytes: Int, of address: Text, by state: ConnectionState) -> [ConnectionState]? {
    guard bytes <= limit, state.answer == nil else { return nil }
    var closed: [ConnectionState] = []
    let own = holders[address]?.bytes ?? 0
    // One answer at a time may be had in any case.
    if own > 0, own + bytes > addressLimit { shed(own + bytes - addressLimit, of: address, &closed) }
    while heldBytes + bytes > limit, let most = holders.max(by: { $0.value.bytes < $1.value.bytes })?.key {
      shed(heldBytes + bytes - limit, of: most, &closed)
    }
    count += 1
    state.answer = Entry(address: address, bytes: bytes, number: count)
    holders[address, default: Holder()].bytes += bytes
    holders[address]?.answers[ObjectIdentifier(state)] = state
    let held = heldBytes + bytes
    total.store(held, ordering: .relaxed)
    if held > highest.load(ordering: .relaxed) { highest.store(held, ordering: .relaxed) }
    return closed
  }

  /// It is taken, or its client gone.
  func giveBack(_ state: ConnectionState) {
    guard let entry = state.answer else { return }
    state.answer = nil
    total.store(heldBytes - entry.bytes, ordering: .relaxed)
    guard var holder = holders.removeValue(forKey: entry.address) else { return }
    holder.bytes -= entry.bytes
    holder.answers[ObjectIdentifier(state)] = nil
    if !holder.answers.isEmpty { holders[entry.address] = holder }
  }

  /// Takes so many bytes or more from an address, the oldest answers first.
  private func shed(_ needed: Int, of address: Text, _ closed: inout [ConnectionState]) {
    let answers = holders[address]?.answers.values.sorted { ($0.answer?.number ?? 0) < ($1.answer?.number ?? 0) } ?? []
    var left = needed
    for state in answers where left > 0 {
      left -= state.answer?.bytes ?? 0
      giveBack(state)
      closed.append(state)
    }
  }
}
