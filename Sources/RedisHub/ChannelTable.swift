import Orders

/// Which tenant a channel belongs to, found by the bytes of its name without making a string.
///
/// Owner: the bus's thread.
struct ChannelTable {
  private struct Entry {
    let name: [UInt8]
    let tenant: TenantID
  }

  private var entries: [UInt64: [Entry]] = [:]
  private var last: Entry?

  /// Adds a tenant's channel.
  mutating func add(_ tenant: TenantID) {
    let name = Array(tenant.text.utf8)
    name.withUnsafeBytes { bytes in
      let hash = Self.hash(bytes)
      if !entries[hash, default: []].contains(where: { $0.tenant == tenant }) {
        entries[hash, default: []].append(Entry(name: name, tenant: tenant))
      }
    }
  }

  /// Takes a tenant's channel out.
  mutating func remove(_ tenant: TenantID) {
    let name = Array(tenant.text.utf8)
    name.withUnsafeBytes { bytes in
      let hash = Self.hash(bytes)
      entries[hash]?.removeAll { $0.tenant == tenant }
      if entries[hash]?.isEmpty == true { entries[hash] = nil }
    }
    last = nil
  }

  /// The tenant of a channel; nil if it is nobody's here.
  mutating func tenant(of channel: UnsafeRawBufferPointer) -> TenantID? {
    let prefix = Keys.channelPrefix.count
    guard channel.count > prefix, channel.starts(with: Keys.channelPrefix) else { return nil }
    let name = UnsafeRawBufferPointer(rebasing: channel[prefix...])
    // Messages of one tenant come in runs.
    if let last, last.name.elementsEqual(name) { return last.tenant }
    last = entries[Self.hash(name)]?.first { $0.name.elementsEqual(name) }
    return last?.tenant
  }

  /// FNV-1a.
  private static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return hash
  }
}
