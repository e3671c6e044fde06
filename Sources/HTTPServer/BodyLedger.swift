import Orders
import Synchronization

/// What the bodies of requests hold in memory, in all and by address, from when they begin to come until their requests
/// are answered.
final class BodyLedger: @unchecked Sendable {
  // Owner: the server's thread; `total` and `peak` may be read, and `peak` set, by any.
  private let limit: Int
  private let addressLimit: Int
  /// Of those addresses that hold something: there are never more than connections.
  private var byAddress: [Text: Int] = [:]
  private let total = Atomic<Int>(0)
  private let highest = Atomic<Int>(0)

  /// At most `limit` bytes in all and, unless that is 0, `addressLimit` of one address.
  init(limit: Int, addressLimit: Int) {
    self.limit = limit
    self.addressLimit = addressLimit > 0 ? addressLimit : limit
  }

  /// How many bytes are held now.
  var heldBytes: Int { total.load(ordering: .relaxed) }

  /// The most that was held since the last call of this, which begins anew.
  func takePeak() -> Int { highest.exchange(heldBytes, ordering: .relaxed) }

  /// Whether so many bytes more may be held for an address.
  func hasRoom(for bytes: Int, of address: Text) -> Bool {
    // Both sides are small: what is held is below the limit, which is a setting.
    let held = byAddress[address] ?? 0
    return bytes <= limit - heldBytes && bytes <= addressLimit - held
  }

  /// Counts bytes that are about to be held; false if there is no room for them.
  func take(_ bytes: Int, of address: Text) -> Bool {
    guard hasRoom(for: bytes, of: address) else { return false }
    guard bytes > 0 else { return true }
    byAddress[address, default: 0] += bytes
    let held = heldBytes + bytes
    total.store(held, ordering: .relaxed)
    if held > highest.load(ordering: .relaxed) { highest.store(held, ordering: .relaxed) }
    return true
  }

  /// They are held no more.
  func giveBack(_ bytes: Int, of address: Text) {
    guard bytes > 0 else { return }
    total.store(heldBytes - bytes, ordering: .relaxed)
    let left = (byAddress[address] ?? bytes) - bytes
    byAddress[address] = left > 0 ? left : nil
  }
}
