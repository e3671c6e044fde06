import Testing

@testable import orderhub_load

/// Lends a text's bytes.
func withBytes<Result>(_ text: some Collection<UInt8>, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
  Array(text).withUnsafeBytes(body)
}

@Suite struct AnswerReaderTests {
  private static let answer = "HTTP/1.1 201 Created\r\ncontent-LENGTH:  5 \r\nX-Other: 1\r\n\r\nhello"

  /// Status and body, the number of bytes that are needed, or what else it is.
  private static func read(_ text: String) -> String {
    withBytes(text.utf8) { bytes in
      switch AnswerReader.read(bytes) {
      case .partial(let needed): "partial \(needed ?? 0)"
      case .malformed: "malformed"
      case .whole(let answer, let length): "\(answer.status) \(String(decoding: answer.body, as: UTF8.self)) \(length)"
      }
    }
  }

  @Test func findsAnAnswerAndWhereItEnds() {
    #expect(Self.read(Self.answer) == "201 hello 62")
    #expect(Self.read(Self.answer + "HTTP/1.1 200 OK") == "201 hello 62")
    #expect(Self.read("HTTP/1.1 204 No Content\r\n\r\n") == "204  27")
    #expect(Self.read("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n") == "101  56")
  }

  @Test func waitsForTheRestWhereverItIsCut() {
    // By bytes: to Swift's characters a line's end is one.
    func start(_ count: Int) -> String { String(decoding: Self.answer.utf8.prefix(count), as: UTF8.self) }
    for count in 0..<57 { #expect(Self.read(start(count)) == "partial 0", "\(count)") }
    for count in 57..<62 { #expect(Self.read(start(count)) == "partial 62", "\(count)") }
  }

  @Test(arguments: [
    "HTTP/1.1 2x1 Created\r\nContent-Length: 0\r\n\r\n", "FTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", "\r\n\r\n", "x\r\n\r\n",
  ])
  func refusesWhatIsNoAnswerOfAHub(text: String) {
    #expect(Self.read(text) == "malformed")
  }

  @Test func refusesAHeadWithoutEnd() {
    #expect(Self.read(String(repeating: "x", count: AnswerReader.headLimitBytes + 1)) == "malformed")
  }
}

@Suite struct FrameTests {
  @Test(arguments: [0, 1, 125, 126, 65_535, 65_536])
  func aClientsFrameIsMaskedAndSaysItsLength(count: Int) {
    let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
    let frame = ClientFrame.text(payload)
    let head = count < 126 ? 2 : count < 65_536 ? 4 : 10
    #expect(frame.count == head + 4 + count)
    #expect(frame[0] == 0x81)
    #expect(frame[1] & 0x80 == 0x80)
    let mask = Array(frame[head..<(head + 4)])
    let plain = frame[(head + 4)...].enumerated().map { $0.element ^ mask[$0.offset & 3] }
    #expect(plain == payload)
    if count > 0 { #expect(Array(frame[(head + 4)...]) != payload) }
  }

  private static func serverFrame(_ count: Int) -> [UInt8] {
    let payload = [UInt8](repeating: 0x61, count: count)
    if count < 126 { return [0x81, UInt8(count)] + payload }
    return [0x81, 126, UInt8(count >> 8), UInt8(count & 255)] + payload
  }

  @Test(arguments: [0, 5, 125, 126, 1_000])
  func readsAServersFrameOnceItIsWhole(count: Int) {
    let bytes = Self.serverFrame(count)
    for cut in [0, 1, 2, 3, bytes.count - 1, bytes.count] where cut <= bytes.count {
      let found: [Int] = withBytes(bytes.prefix(cut)) { bytes in
        if case .frame(let frame, let end) = FrameReader.read(bytes, from: 0) {
          [frame.payload.count, end]
        } else {
          []
        }
      }
      #expect(found == (cut == bytes.count ? [count, bytes.count] : []), "\(cut)")
    }
  }

  @Test(arguments: [[0x01, 0x00], [0x81, 0x80], [0xc1, 0x00], [0x81, 127, 255, 0, 0, 0, 0, 0, 0, 0]] as [[UInt8]])
  func refusesFragmentsMasksReservedBitsAndHugeFrames(bytes: [UInt8]) {
    let isRefused = withBytes(bytes) { if case .malformed = FrameReader.read($0, from: 0) { true } else { false } }
    #expect(isRefused)
  }
}

@Suite struct LiveTalkTests {
  @Test(arguments: [
    (#"{"type":"hub:ready","data":{}}"#, LiveTalk.Hearing.welcomed),
    (#"{"type":"subscribed","tenantId":"t"}"#, .subscribed),
    (#"{"type":"recovered","missed":3}"#, .subscribed), (#"{"type":"order:created","data":{}}"#, .created),
    (#"{"type":"order:updated"}"#, .otherEvent),
    (#"{"type":"delivery:created"}"#, .otherEvent), (#"{"type":"resync","reason":"bus"}"#, .resync),
    (#"{"type":"error","code":"forbidden"}"#, .refused("forbidden")), (#"{"type":"pong"}"#, .nothing), ("", .nothing),
  ])
  func hearsThePlainProtocol(text: String, hearing: LiveTalk.Hearing) {
    #expect(withBytes(text.utf8) { LiveTalk.plain.hear($0) } == hearing)
  }

  @Test(arguments: [
    (#"0{"sid":"a"}"#, LiveTalk.Hearing.opened), (#"40{"sid":"b","pid":"c"}"#, .session("c")),
    (#"42["subscribed",{}]"#, .subscribed),
    (#"42["order:created",{}]"#, .created), (#"42["hub:ready",{}]"#, .subscribed), (#"40{"sid":"b"}"#, .session("")),
    ("2", .ping),
    (#"44{"message":"no token"}"#, .refused("no token")), ("41", .refused("disconnected")), ("6", .nothing),
  ])
  func hearsSocketIO(text: String, hearing: LiveTalk.Hearing) {
    #expect(withBytes(text.utf8) { LiveTalk.socketIO.hear($0) } == hearing)
  }

  @Test func asksForWhatWasMissedOnlyInThePlainProtocol() {
    #expect(LiveTalk.plain.subscribe(after: nil) == #"{"type":"subscribe:orders"}"#)
    #expect(LiveTalk.plain.subscribe(after: "17-0") == #"{"type":"recover","offset":"17-0"}"#)
    #expect(LiveTalk.socketIO.subscribe(after: "17-0") == nil)
    #expect(LiveTalk.socketIO.connect(token: "t", resume: nil) == #"40{"token":"t"}"#)
    #expect(
      LiveTalk.socketIO.connect(token: "t", resume: ("s", "17-0")) == #"40{"token":"t","pid":"s","offset":"17-0"}"#)
  }

  @Test func findsTheOffsetAtTheEndOfAnEvent() {
    #expect(LiveTalk.plain.offset(tail: Array(#""seq":7,"offset":"17-0"}"#.utf8)) == "17-0")
    #expect(LiveTalk.plain.offset(tail: Array(#""type":"order:created"}"#.utf8)) == nil)
    #expect(LiveTalk.plain.offset(tail: []) == nil)
    #expect(LiveTalk.socketIO.offset(tail: Array(#"{"seq":7},"17-0"]"#.utf8)) == "17-0")
    #expect(LiveTalk.socketIO.offset(tail: Array(#"{"seq":7}]"#.utf8)) == nil)
  }

  @Test func aStampIsReadBack() {
    let stamp = Stamp(momentNs: 123_456_789_012_345, number: 42)
    let text = Array(#""notes":"\#(stamp.text)","other""#.utf8)
    #expect(withBytes(text) { Stamp($0, at: 9) } == stamp)
    #expect(withBytes(text) { Stamp($0, at: 8) } == nil)
    #expect(withBytes("load-ts:12".utf8) { Stamp($0, at: 0) } == nil)
    #expect(withBytes("load-ts:12:".utf8) { Stamp($0, at: 0) } == nil)
  }
}

@Suite struct OrderBookTests {
  @Test func deliveriesAreSpreadOverAllOrdersOrStayOnOne() {
    let spread = OrderBook()
    let hot = OrderBook()
    for id in ["a", "b"] {
      spread.addToPool(id)
      hot.addToPool(id)
    }
    #expect((0..<4).map { _ in spread.takeFromPool(hot: false)?.id } == ["a", "b", "a", "b"])
    #expect((0..<4).map { _ in hot.takeFromPool(hot: true)?.id } == ["a", "a", "a", "a"])
  }

  @Test func anOrderThatIsFullIsPassedOver() {
    let book = OrderBook()
    for id in ["a", "b"] { book.addToPool(id) }
    let taken = (0..<1_800).map { _ in book.takeFromPool(hot: true)?.id }
    #expect(taken[..<900].allSatisfy { $0 == "a" })
    #expect(taken[900...].allSatisfy { $0 == "b" })
    #expect(book.takeFromPool(hot: true) == nil)
    #expect(book.takeFromPool(hot: false) == nil)
  }

  @Test func aDeliveryThatWasNotMadeIsLeftToSomebodyElse() throws {
    let book = OrderBook()
    for id in ["a", "b"] { book.addToPool(id, deliveries: 1) }
    let first = try #require(book.takeFromPool(hot: false))
    #expect(book.takeFromPool(hot: false)?.id == "b")
    #expect(book.takeFromPool(hot: false) == nil)
    book.returnToPool(first.place)
    #expect(book.takeFromPool(hot: false)?.id == "a")
    #expect(book.takeFromPool(hot: false) == nil)
  }

  @Test func onlyABookThatKeepsAllKnowsMoreThanTheNewest() {
    let books = [OrderBook(), OrderBook(keepsAll: true)]
    for number in 1...300 { for book in books { book.created(id: "\(number)", number: Int64(number)) } }
    #expect(books.map(\.all.count) == [0, 300])
    #expect(books.allSatisfy { (0..<300).compactMap($0.recent).allSatisfy { (Int($0) ?? 0) > 300 - 256 } })
  }

  @Test func noMoreNumbersThanAllowed() {
    let book = OrderBook()
    book.allow(2)
    #expect([book.takeNumber(), book.takeNumber(), book.takeNumber()] == [1, 2, nil])
    book.giveBack()
    #expect(book.takeNumber() == 3)
  }
}

@Suite struct ProcessFactsTests {
  @Test func understandsTheSystemsLineOfAProcess() throws {
    let line = "12 (a (strange) name) S 1 1 1 0 -1 4194304 1 0 0 0 150 50 0 0 20 0 3 0 100 1000 10 0 0"
    let sample = try #require(ProcessSample(processID: 12, stat: line, name: nil))
    #expect(sample.cpuSeconds == 2)
    #expect(sample.residentBytes == 40_960)
    #expect(ProcessSample(processID: 12, stat: "12 (short) S", name: nil) == nil)
  }

  @Test func findsTheSocketThatListensOnAPort() {
    let table = """
        sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
         0: 0100007F:0BBA 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 111 1
         1: 0100007F:0BBA 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 222 1
      """
    #expect(PortOwner.inode(of: 3_002, in: table) == "222")
    #expect(PortOwner.inode(of: 3_003, in: table) == nil)
  }
}
