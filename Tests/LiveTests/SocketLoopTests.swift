import HubContracts
import Testing

@testable import SocketLoop

@Suite struct SocketLoopTests {
  private func chunk(_ text: String) -> SharedBytes { SharedBytes(Array(text.utf8)) }

  /// What a queue would send from here on.
  private func rest(_ queue: OutQueue) -> String {
    var bytes: [UInt8] = []
    for index in 0..<queue.chunkCount { bytes += queue[index]?.bytes.dropFirst(index == 0 ? queue.sent : 0) ?? [] }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func aQueueSendsEveryByteOnceHoweverMuchASocketTakes() {
    let text = (0..<200).map { "chunk-\($0);" }.joined()
    for step in [1, 3, 7, 64, 1_000, text.utf8.count] {
      var queue = OutQueue()
      for index in 0..<200 { queue.append(chunk("chunk-\(index);")) }
      queue.append(chunk(""))
      var sent = 0
      while !queue.isEmpty {
        #expect(queue.count == text.utf8.count - sent)
        #expect(rest(queue) == String(text.dropFirst(sent)))
        let count = min(step, queue.count)
        queue.drop(count)
        sent += count
      }
      #expect(sent == text.utf8.count)
      #expect(queue.count == 0)
    }
  }

  @Test func aQueueThatIsCutKeepsOnlyTheRestOfTheFrameThatIsOutInPart() {
    // Frames of four bytes.
    let end: (Int, [UInt8]) -> Int = { sent, _ in (sent + 3) / 4 * 4 }
    for (sent, kept) in [(0, ""), (1, "aaa"), (4, ""), (6, "bb")] {
      var queue = OutQueue()
      queue.append(chunk("aaaabbbb"))
      queue.append(chunk("cccc"))
      queue.drop(sent)
      queue.cut(end)
      #expect(rest(queue) == kept)
      #expect(queue.count == kept.utf8.count)
      queue.append(chunk("last"))
      #expect(rest(queue) == kept + "last")
    }
  }

  @Test func aWheelRemindsWithinATickAndNeverEarlyWithinItsReach() {
    var wheel = TimerWheel(tickMs: 250, slotCount: 8, nowMs: 10_100)
    for (slot, deadline) in [10_101, 10_250, 10_251, 11_000, 11_600].enumerated() {
      let at = wheel.schedule(TimerWheel.Entry(slot: Int32(slot), serial: 1), deadlineMs: Int64(deadline))
      #expect(at >= Int64(deadline))
      #expect(at < Int64(deadline) + 250)
    }
    var reminded: [Int32: Int64] = [:]
    for now in stride(from: Int64(10_100), through: 13_000, by: 50) {
      for entry in wheel.advance(nowMs: now) { reminded[entry.slot] = now }
    }
    #expect(reminded == [0: 10_250, 1: 10_250, 2: 10_500, 3: 11_000, 4: 11_750])
  }

  @Test func aWheelRemindsEarlyOfWhatIsBeyondItsReachAndOnceAfterAStall() {
    var wheel = TimerWheel(tickMs: 250, slotCount: 8, nowMs: 0)
    let far = TimerWheel.Entry(slot: 1, serial: 1)
    #expect(wheel.schedule(far, deadlineMs: 1_000_000) == 1_750)
    let past = TimerWheel.Entry(slot: 2, serial: 1)
    #expect(wheel.schedule(past, deadlineMs: -5) == 250)
    let due = wheel.advance(nowMs: 3_600_000)
    #expect(due.count == 2)
    #expect(due.contains(far) && due.contains(past))
    #expect(wheel.advance(nowMs: 7_200_000).isEmpty)
  }

  @Test func aMailboxIsBoundedInNumberAndWeight() {
    let mailbox = Mailbox<Int>(limit: 3, limitBytes: 100)
    #expect(mailbox.post(1, bytes: 500) == .first)
    #expect(mailbox.post(2, bytes: 1) == .full)
    #expect(mailbox.post(3, urgent: true) == .further)
    #expect(mailbox.takeAll() == [1, 3])
    for letter in 4...6 { #expect(mailbox.post(letter, bytes: 10) == (letter == 4 ? .first : .further)) }
    #expect(mailbox.post(7) == .full)
    #expect(mailbox.takeAll() == [4, 5, 6])
    #expect(mailbox.takeAll() == [])
  }
}
