public import Orders

/// The proxies whose word is taken for the address of the client behind them.
///
/// Each proxy adds the address that it was asked from at the right end of `X-Forwarded-For`, or of `Forwarded` (RFC
/// 7239). So the list is read from the right for as long as what it names is a trusted proxy too; the first that is none
/// is the client. What stands left of it is the client's own invention. Whoever leads to an entry that is no address is
/// the last proxy that is known, and counts as the client.
public struct TrustedProxies: Sendable {
  private let ranges: [AddressRange]
  /// How many hops are followed.
  static let hopLimit = 32

  /// Trusts these ranges; nobody if there are none.
  public init(_ ranges: [AddressRange] = []) { self.ranges = ranges }

  /// Whether nobody is trusted.
  public var isEmpty: Bool { ranges.isEmpty }

  /// The client's address: the peer's own unless that is a trusted proxy. It is always an address, in one spelling, or
  /// what was given as the peer.
  ///
  /// If both headers come and do not agree, the proxy writes only one of them and the other is the client's: nobody
  /// knows which, and the proxy itself counts as the client. So no client can choose the address that it is counted as.
  public func client(peer: Text, headers: [(name: Text, value: Text)]) -> Text {
    guard !ranges.isEmpty, let nearest = NetworkAddress(peer.utf8) else { return peer }
    guard trusts(nearest) else { return Text(nearest.text) }
    let listed = lists(named: "x-forwarded-for", in: headers).map(ForwardedList.init(plain:))
    let forwarded = lists(named: "forwarded", in: headers).map(ForwardedList.init(standard:))
    switch (listed, forwarded) {
    case (nil, nil): return Text(nearest.text)
    case (let list?, nil), (nil, let list?): return Text(client(from: nearest, list).text)
    case (let one?, let other?):
      let (first, second) = (client(from: nearest, one), client(from: nearest, other))
      return Text((first == second ? first : nearest).text)
    }
  }

  private func client(from nearest: NetworkAddress, _ list: ForwardedList) -> NetworkAddress {
    var client = nearest
    for hop in list.hops.reversed().prefix(Self.hopLimit) {
      guard let address = hop else { return client }
      client = address
      if !trusts(address) { return client }
    }
    return client
  }

  private func trusts(_ address: NetworkAddress) -> Bool { ranges.contains { $0.contains(address) } }

  /// All values of a header in their order, as one list; nil if there is none.
  private func lists(named name: StaticString, in headers: [(name: Text, value: Text)]) -> [UInt8]? {
    var joined: [UInt8]?
    for header in headers where header.name.isWord(name) {
      joined = (joined.map { $0 + [0x2c] } ?? []) + header.value.utf8
    }
    return joined
  }
}
