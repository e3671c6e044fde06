import Orders
import Testing

@testable import HubRuntime

@Suite struct TrustedProxiesTests {
  private let proxies = TrustedProxies(
    ["10.0.0.0/8", "127.0.0.1", "2001:db8:1::/48"].compactMap { AddressRange($0.utf8) })

  private func client(
    _ peer: String = "127.0.0.1", xff: String? = nil, forwarded: String? = nil
  ) -> String {
    var headers: [(name: Text, value: Text)] = []
    if let xff { headers.append(("X-Forwarded-For", Text(xff))) }
    if let forwarded { headers.append(("Forwarded", Text(forwarded))) }
    return proxies.client(peer: Text(peer), headers: headers).string
  }

  @Test(arguments: [
    ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("2001:DB8:0:0::1", "2001:db8::1"), ("::", "::"),
    ("0.0.0.0", "0.0.0.0"),
  ])
  func anAddressHasOneSpelling(text: String, canonical: String) {
    #expect(NetworkAddress(text.utf8)?.text == canonical)
  }

  @Test(arguments: [
    "", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4x", " 1.2.3.4", "1.2.3.4 ", "1.2.3.4:80", "[::1]",
    "fe80::1%eth0",
    "::1::", "unknown", "_hidden", "localhost", "１.2.3.4", "1.2.3.4\0", String(repeating: "1", count: 100_000),
  ])
  func whatIsNoAddressIsNone(text: String) { #expect(NetworkAddress(text.utf8) == nil) }

  @Test(arguments: [
    ("10.0.0.0/8", "10.255.1.2", true), ("10.0.0.0/8", "11.0.0.0", false), ("0.0.0.0/0", "203.0.113.9", true),
    ("0.0.0.0/0", "2001:db8::1", false), ("::/0", "2001:db8::1", true), ("::/0", "192.0.2.1", false),
    ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false), ("192.0.2.1/32", "::ffff:192.0.2.1", true),
    ("2001:db8:1::/48", "2001:db8:1:ffff::1", true), ("2001:db8:1::/48", "2001:db8:2::1", false),
    ("2001:db8::8000:0:0:0/65", "2001:db8::8000:0:0:1", true), ("2001:db8::8000:0:0:0/65", "2001:db8::1", false),
    ("2001:db8::1/128", "2001:db8::1", true), ("2001:db8::1/128", "2001:db8::2", false),
    ("2001:db8::/64", "2001:db8::ffff:0:0:1", true), ("2001:db8::/64", "2001:db8:0:1::", false),
  ])
  func aRangeHoldsWhatItsPrefixSays(range: String, address: String, isIn: Bool) throws {
    let found = try #require(NetworkAddress(address.utf8))
    #expect(try #require(AddressRange(range.utf8)).contains(found) == isIn)
  }

  @Test(arguments: [
    "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.1/8", "::1/129", "::1/64", "10.0.0.0/+8", "10.0.0.0/8/8",
    "10.0.0.0/0008", "all",
  ])
  func whatIsNoRangeIsNone(text: String) { #expect(AddressRange(text.utf8) == nil) }

  @Test(arguments: [
    ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("2001:db8::1", "2001:db8::/64"),
    ("2001:db8:0:0:ffff::2", "2001:db8::/64"), ("2001:db8:0:1::1", "2001:db8:0:1::/64"), ("unknown", "unknown"),
  ])
  func aLimitCountsAnIPv6AddressByItsNetwork(address: String, key: String) {
    #expect(NetworkAddress.limitKey(of: Text(address)) == Text(key))
  }

  @Test(arguments: [
    // The right-most that is no proxy of ours.
    ("203.0.113.7", "203.0.113.7"), ("203.0.113.7, 10.1.2.3", "203.0.113.7"),
    ("203.0.113.7,10.1.2.3,2001:db8:1::9", "203.0.113.7"), ("1.1.1.1, 203.0.113.7, 10.1.2.3", "203.0.113.7"),
    // With ports, brackets and blanks.
    ("203.0.113.7:4711", "203.0.113.7"), ("\t 203.0.113.7 \t", "203.0.113.7"), ("[2001:db8::7]:443", "2001:db8::7"),
    ("[2001:db8::7]", "2001:db8::7"), ("2001:db8::7", "2001:db8::7"), ("::ffff:203.0.113.7", "203.0.113.7"),
    // All are trusted: the first of them.
    ("10.0.0.1, 10.0.0.2", "10.0.0.1"),
    // Nobody knows who is beyond this.
    ("unknown", "127.0.0.1"), ("203.0.113.7, unknown", "127.0.0.1"), ("203.0.113.7, _hidden, 10.0.0.2", "10.0.0.2"),
    ("", "127.0.0.1"), (",", "127.0.0.1"), ("203.0.113.7,", "127.0.0.1"), ("203.0.113.7, 10.0.0.1:x", "127.0.0.1"),
    ("[203.0.113.7]", "127.0.0.1"), ("[2001:db8::7", "127.0.0.1"), ("fe80::1%eth0", "127.0.0.1"),
    ("203.0.113.7 10.0.0.1", "127.0.0.1"), ("<script>", "127.0.0.1"),
  ])
  func theListIsReadFromTheRight(list: String, expected: String) { #expect(client(xff: list) == expected) }

  @Test(arguments: [
    ("for=203.0.113.7", "203.0.113.7"), ("FOR=203.0.113.7;proto=https;by=10.0.0.1", "203.0.113.7"),
    ("for=\"203.0.113.7:4711\"", "203.0.113.7"), ("for=\"[2001:db8::7]:4711\"", "2001:db8::7"),
    ("for=\"[2001:db8::7]\"", "2001:db8::7"), ("for=\"203.0.113.7:_port\"", "203.0.113.7"),
    ("for=1.1.1.1, for=203.0.113.7;host=x, for=10.0.0.2", "203.0.113.7"),
    ("for=\"2\\03.0.113.7\"", "203.0.113.7"), ("host=\"a,for=1.1.1.1\";for=203.0.113.7", "203.0.113.7"),
    ("for=unknown", "127.0.0.1"), ("for=_secret, for=10.0.0.2", "10.0.0.2"), ("proto=https", "127.0.0.1"),
    ("for=1.1.1.1;for=203.0.113.7", "127.0.0.1"), ("for=\"203.0.113.7", "127.0.0.1"), ("for", "127.0.0.1"),
    ("for=", "127.0.0.1"), ("for = 203.0.113.7", "127.0.0.1"), ("", "127.0.0.1"), ("for=203.0.113.7,", "127.0.0.1"),
    // A quote that the client opened and the proxy's entry closes.
    ("for=\"1.1.1.1, for=203.0.113.7", "127.0.0.1"),
  ])
  func theStandardHeaderIsReadToo(list: String, expected: String) { #expect(client(forwarded: list) == expected) }

  @Test func twoHeadersAreBelievedOnlyIfTheyAgree() {
    #expect(client(xff: "203.0.113.7", forwarded: "for=203.0.113.7") == "203.0.113.7")
    #expect(client(xff: "203.0.113.7", forwarded: "for=198.51.100.1") == "127.0.0.1")
    #expect(client(xff: "203.0.113.7", forwarded: "nonsense") == "127.0.0.1")
    // One header in several lines is one list.
    let lines = [("x-forwarded-for", "198.51.100.1"), ("Host", "x"), ("X-FORWARDED-FOR", "203.0.113.7")]
    #expect(
      proxies.client(peer: "10.0.0.9", headers: lines.map { (name: Text($0.0), value: Text($0.1)) }) == "203.0.113.7")
  }

  @Test func whoIsNoTrustedProxyIsNotBelieved() {
    #expect(client("203.0.113.50", xff: "1.1.1.1", forwarded: "for=1.1.1.1") == "203.0.113.50")
    #expect(client("::ffff:203.0.113.50", xff: "1.1.1.1") == "203.0.113.50")
    #expect(client("::ffff:127.0.0.1", xff: "1.1.1.1") == "1.1.1.1")
    #expect(client("unknown", xff: "1.1.1.1") == "unknown")
    #expect(TrustedProxies().client(peer: "127.0.0.1", headers: [("X-Forwarded-For", "1.1.1.1")]) == "127.0.0.1")
    #expect(client() == "127.0.0.1")
  }

  @Test func longListsAreReadOnlySoFar() {
    let inventions = String(repeating: "1.1.1.1, ", count: 5_000)
    #expect(client(xff: inventions + "203.0.113.7") == "203.0.113.7")
    #expect(client(xff: String(repeating: "x", count: 100_000) + ", 203.0.113.7, 10.0.0.1") == "203.0.113.7")
    #expect(client(xff: "203.0.113.7" + String(repeating: ",10.0.0.1", count: TrustedProxies.hopLimit)) == "10.0.0.1")
    #expect(client(xff: String(repeating: " ", count: 100_000)) == "127.0.0.1")
    #expect(client(forwarded: String(repeating: "for=1.1.1.1, ", count: 5_000) + "for=203.0.113.7") == "127.0.0.1")
    #expect(ForwardedList(plain: Array(inventions.utf8)).hops.count <= TrustedProxies.hopLimit + 1)
  }

  @Test func damagedListsGiveAnAddressAlways() {
    var random = SystemRandomNumberGenerator()
    let alphabet = Array("for=\"[]:;,. \\%_1\u{301}\u{316}2001:db8::7".utf8)
    for _ in 0..<5_000 {
      let bytes = (0..<Int.random(in: 0...60, using: &random)).compactMap { _ in alphabet.randomElement(using: &random)
      }
      let text = String(decoding: bytes, as: UTF8.self)
      for answer in [client(xff: text), client(forwarded: text), client(xff: text, forwarded: text)] {
        #expect(NetworkAddress(answer.utf8)?.text == answer)
      }
    }
  }
}
