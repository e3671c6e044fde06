import Glibc
public import Orders

/// An IPv4 or IPv6 address. One of IPv4 that is written as IPv6 (`::ffff:192.0.2.1`, RFC 4291 2.5.5.2) is the IPv4 one.
public struct NetworkAddress: Hashable, Sendable {
  /// The 16 bytes of the IPv6 form, IPv4 mapped.
  private let high: UInt64
  private let low: UInt64

  /// How many bytes of text are looked at: the longest spelling of an address.
  private static let textLimitBytes = Int(INET6_ADDRSTRLEN)
  private static let mappedPrefix: UInt64 = 0xffff_0000_0000
  /// The bits of an IPv6 address that name a network of one site or household.
  private static let siteBits = 64

  private init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Reads an address without port, brackets, zone or spaces; nil for anything else.
  public init?(_ text: some Collection<UInt8>) {
    guard (2..<Self.textLimitBytes).contains(text.count), text.allSatisfy(Self.allows) else { return nil }
    let terminated = text.map { CChar(bitPattern: $0) } + [0]
    var v4 = in_addr()
    if inet_pton(AF_INET, terminated, &v4) == 1 {
      self.init(high: 0, low: Self.mappedPrefix | UInt64(UInt32(bigEndian: v4.s_addr)))
      return
    }
    var v6 = in6_addr()
    guard inet_pton(AF_INET6, terminated, &v6) == 1 else { return nil }
    let halves = withUnsafeBytes(of: &v6) {
      (
        UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)),
        UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
      )
    }
    self.init(high: halves.0, low: halves.1)
  }

  private static func allows(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x46, 0x61...0x66, 0x2e, 0x3a: true
    default: false
    }
  }

  /// Whether it is one of IPv4.
  public var isV4: Bool { high == 0 && low >> 32 == Self.mappedPrefix >> 32 }

  /// How many bits it has.
  public var bitCount: Int { isV4 ? 32 : 128 }

  /// The address in the one spelling of RFC 5952.
  public var text: String {
    var buffer = [CChar](repeating: 0, count: Self.textLimitBytes)
    if isV4 {
      var v4 = in_addr(s_addr: UInt32(truncatingIfNeeded: low).bigEndian)
      _ = inet_ntop(AF_INET, &v4, &buffer, socklen_t(buffer.count))
    } else {
      var v6 = (high.bigEndian, low.bigEndian)
      _ = inet_ntop(AF_INET6, &v6, &buffer, socklen_t(buffer.count))
    }
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// The first `bits` of the address, the others 0.
  func masked(to bits: Int) -> NetworkAddress {
    let kept = min(max(isV4 ? bits + 96 : bits, 0), 128)
    return NetworkAddress(
      high: kept >= 64 ? high : kept == 0 ? 0 : high & ~(UInt64.max >> UInt64(kept)),
      low: kept <= 64 ? 0 : kept == 128 ? low : low & ~(UInt64.max >> UInt64(kept - 64)))
  }

  /// What limits count an address as: an IPv4 address by itself, one of IPv6 as its /64, of which whoever has one address
  /// has all. A text that is no address is its own, cut to 64 bytes.
  public static func limitKey(of text: Text) -> Text {
    guard let address = NetworkAddress(text.utf8) else { return Text(decoding: text.utf8.prefix(64)) }
    return address.isV4 ? Text(address.text) : "\(address.masked(to: siteBits).text)/\(siteBits)"
  }
}

/// A range of addresses as CIDR writes it: `10.0.0.0/8`, `2001:db8::/32`, or one address.
public struct AddressRange: Hashable, Sendable {
  private let first: NetworkAddress
  private let bits: Int

  /// Reads a range; nil for anything else, and for one with bits set behind its prefix, which is a slip of the hand.
  public init?(_ text: some Collection<UInt8>) {
    let parts = text.split(separator: 0x2f, maxSplits: 1, omittingEmptySubsequences: false)
    guard let name = parts.first, let address = NetworkAddress(name) else { return nil }
    var bits = address.bitCount
    if parts.count == 2 {
      guard (1...3).contains(parts[1].count), parts[1].allSatisfy({ (0x30...0x39).contains($0) }),
        let number = Int(String(decoding: parts[1], as: UTF8.self)), number <= address.bitCount
      else { return nil }
      bits = number
    }
    guard address.masked(to: bits) == address else { return nil }
    first = address
    self.bits = bits
  }

  /// Whether an address is in it.
  public func contains(_ address: NetworkAddress) -> Bool {
    address.isV4 == first.isV4 && address.masked(to: bits) == first
  }
}
