import Orders
import Synchronization

/// What the bodies of requests hold in memory, in all and by address, from when they begin to come until their requests
/// are answered.
///
/// Whom nobody knows has a part of its own, so that those who are known find what is theirs, whoever else comes. Of the
/// strangers' part no address has more than is free (the dynamic thresholds of Choudhury and Hahne, as in `Places`): from
/// however few addresses it is taken, one more address finds some.
final class BodyLedger: @unchecked Sendable {
  // Owner: the server's thread; `total` and `peak` may be read, and `peak` set, by any.
  private var known: Share
  private var strangers: Share
  private let total = Atomic<Int>(0)
  private let highest = Atomic<Int>(0)

  /// What part of all is the strangers'.
  static let strangersPart = 4

  /// Whose a body is.
  struct Holder: Equatable {
    /// Where it comes from, as limits count it.
    let address: Text
    /// Whether the program knows whose it is.
    let isKnown: Bool
  }

  /// At most `limit` bytes in all and, unless that is 0, `addressLimit` of one address; a fourth of either for strangers,
  /// if they are told from others at all.
  init(limit: Int, addressLimit: Int, tellsStrangers: Bool) {
    let ofAddress = addressLimit > 0 ? min(addressLimit, limit) : limit
    let (part, ofAddressPart) =
      tellsStrangers ? (limit / Self.strangersPart, ofAddress / Self.strangersPart) : (0, 0)
    known = Share(limit: limit - part, addressLimit: ofAddress - ofAddressPart, leavesAsMuch: false)
    strangers = Share(limit: part, addressLimit: ofAddressPart, leavesAsMuch: true)
  }

  /// How many bytes are held now.
  var heldBytes: Int { total.load(ordering: .relaxed) }

  /// The most that was held since the last call of this, which begins anew.
  func takePeak() -> Int { highest.exchange(heldBytes, ordering: .relaxed) }

  /// Whether so many bytes more may be held for somebody.
  func hasRoom(for bytes: Int, of holder: Holder) -> Bool {
    holder.isKnown ? known.hasRoom(for: bytes, of: holder.address) : strangers.hasRoom(for: bytes, of: holder.address)
  }

  /// Counts bytes that are about to be held; false if there is no room for them.
  func take(_ bytes: Int, of holder: Holder) -> Bool {
    guard hasRoom(for: bytes, of: holder) else { return false }
    guard bytes > 0 else { return true }
    if holder.isKnown { known.add(bytes, of: holder.address) } else { strangers.add(bytes, of: holder.address) }
    let held = heldBytes + bytes
    total.store(held, ordering: .relaxed)
    if held > highest.load(ordering: .relaxed) { highest.store(held, ordering: .relaxed) }
    return true
  }

  /// They are held no more.
  func giveBack(_ bytes: Int, of holder: Holder) {
    guard bytes > 0 else { return }
    total.store(heldBytes - bytes, ordering: .relaxed)
    if holder.isKnown { known.add(-bytes, of: holder.address) } else { strangers.add(-bytes, of: holder.address) }
  }

  /// A part of what there is, and who holds how much of it.
  private struct Share {
    let limit: Int
    let addressLimit: Int
    /// Whether nobody may hold more than is left then for others.
    let leavesAsMuch: Bool
    var held = 0
    /// Of those addresses that hold something: there are never more than connections.
    var byAddress: [Text: Int] = [:]

    func hasRoom(for bytes: Int, of address: Text) -> Bool {
      // All are small: what is held is below the limit, which is a setting.
      let (free, own) = (limit - held, byAddress[address] ?? 0)
      guard bytes <= free, bytes <= addressLimit - own else { return false }
      return !leavesAsMuch || own + bytes <= free - bytes
    }

    mutating func add(_ bytes: Int, of address: Text) {
      held += bytes
      let own = (byAddress[address] ?? 0) + bytes
      byAddress[address] = own > 0 ? own : nil
    }
  }
}
